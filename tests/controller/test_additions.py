"""What injectors are told of a group that comes later. Over a pool that records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import yaml

from perfconsole.controller.additions import Additions
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.opening import (
    group_info,
    group_schedules,
    points_of_run,
    schedule_of,
    started_fields,
)
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.reloading import Reloads
from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.command import AddGroup
from perfconsole.model.dataset import Table
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.model.states import GroupState
from perfconsole.pool.port import InjectorLost
from perfconsole.scenario.planning import plan_for

RUNNING = """\
name: running
target: http://127.0.0.1:8080
groups:
  browse: {vus: 3}
data:
  users: {csv: users.csv, order: unique_per_run}
  old: {csv: old.csv}
flows:
  browse: [{request: 'GET /${old.a}'}, {rendezvous: gate}]
  buy: [{request: 'GET /${users.name}/${old.a}'}, {rendezvous: gate}]
  meet: [{request: GET /}, {rendezvous: dam}]
"""


class RecordingPool:
    def __init__(self) -> None:
        self.sent: list[tuple[int, wire.Order]] = []

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {plan.injector: 1000 + plan.injector for plan in plans}

    def send(self, injector: int, order: wire.Order) -> None:
        self.sent.append((injector, order))

    def kill(self, injector: int) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError

    def added(self) -> dict[int, wire.AddGroup]:
        return {n: order for n, order in self.sent if isinstance(order, wire.AddGroup)}


class Forgetting:
    """A journal that keeps nothing."""

    def put(self, event: ev.Event) -> None:
        pass


class Desk:
    """A run's parts that an addition needs, without its clock."""

    def __init__(self, tmp_path: Path) -> None:
        self.pool = RecordingPool()
        scenario = Scenario.model_validate(yaml.safe_load(RUNNING))
        self.record = Record(Forgetting())  # type: ignore[arg-type] # all that is asked of it is put
        users = Table(("name",), tuple((f"u{n}",) for n in range(4)))
        tables = {"users": users, "old": Table(("a",), (("x",), ("y",)))}
        self.spec = StartSpec(str(tmp_path), {}, "http://127.0.0.1:8080", 2, 1, None, data=tables)
        self.record.add(ev.Started, at=1.0, **started_fields(self.spec, scenario))
        self.schedules = group_schedules(scenario, 1)
        self.fleet = Fleet(self.pool, self.schedules, lambda _: None)
        self.fleet.joined({0: 1000, 1: 1001})
        points = points_of_run(scenario)
        plan_of = partial(_plan, self.spec)
        self.reloads = Reloads(scenario, lambda edited: plan_of(edited, 0, 2), self.fleet, points)
        self.points = points
        self.additions = Additions(self.spec, self.reloads, plan_of, self.fleet, self.record)

    def add(self, group: str = "more", **spec: object) -> None:
        edited = self.additions.checked(AddGroup(group=group, spec={"flow": "buy", **spec}))
        self.record.add(ev.GroupAdded, group=group_info(edited, group, 1, ()))
        self.additions.place(edited, group)

    def lose(self, *injectors: int) -> None:
        for injector in injectors:
            self.fleet.lost(InjectorLost(injector, 1000 + injector, 0, "killed"))


def _plan(spec: StartSpec, scenario: Scenario, number: int, of: int) -> InjectorPlan:
    return plan_for(
        scenario, spec.target, injector=number, started_at=0.0, seed=1, lease_s=4.0,
        tables=spec.data, injectors=of,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_each_injector_that_lives_has_its_share(desk: Desk) -> None:
    desk.add(vus=4, samples=10)
    told = desk.pool.added()
    assert sorted(order.group.samples or 0 for order in told.values()) == [5, 5]
    assert all(order.data.keys() == {"users"} for order in told.values())  # "old" is there
    rows = [row for order in told.values() for row in order.data["users"].table.rows]
    assert sorted(rows) == [("u0",), ("u1",), ("u2",), ("u3",)]
    assert "more" in desk.points["gate"].groups
    assert desk.reloads.scenario.flow_of("more") == "buy"


def test_what_a_lost_injector_would_have_had_others_have(desk: Desk) -> None:
    desk.lose(0)
    desk.add(vus=4, samples=10)
    (order,) = desk.pool.added().values()
    assert order.group.samples == 10
    assert len(order.data["users"].table.rows) == 4


def test_those_that_come_later_have_what_is_left_and_no_row_twice(desk: Desk) -> None:
    desk.add(vus=4, samples=10)
    desk.record.view.groups["more"].iterations = 4
    desk.lose(0, 1)
    desk.pool.sent.clear()
    desk.fleet.joined({2: 1002, 3: 1003})
    told = desk.pool.added()
    assert set(told) == {2, 3}
    assert sum(order.group.samples or 0 for order in told.values()) == 6
    assert not [row for order in told.values() for row in order.data["users"].table.rows]
    first = [(n, type(order)) for n, order in desk.pool.sent][:2]
    assert first == [(2, wire.AddGroup), (3, wire.AddGroup)]


def test_a_second_group_finds_the_data_of_the_first(desk: Desk) -> None:
    desk.add(vus=1)
    desk.pool.sent.clear()
    desk.add("again", vus=1)
    assert all(not order.data for order in desk.pool.added().values())


def test_a_new_point_is_refused_and_nothing_has_changed(desk: Desk) -> None:
    with pytest.raises(Refusal, match="rendezvous dam is new: a running test gets no new points"):
        desk.add(flow="meet")
    assert (desk.pool.added(), list(desk.reloads.scenario.groups)) == ({}, ["browse"])


def test_without_an_injector_it_is_refused_for_now(desk: Desk) -> None:
    desk.lose(0, 1)
    with pytest.raises(Refusal, match="no load generator is up at the moment"):
        desk.add(vus=1)


def _lives(desk: Desk, *, initialize_all: bool = False) -> Lives:
    scenario = desk.reloads.scenario.model_copy(update={"initialize_all": initialize_all})
    return Lives(scenario, desk.schedules, desk.fleet, lambda: 7.0, lambda *_: None)


def _joined(desk: Desk, lives: Lives, **spec: object) -> GroupState:
    desk.add(**spec)
    edited = desk.reloads.scenario
    schedule = desk.schedules["more"] = schedule_of(edited, "more", 1)
    lives.add(schedule, edited.groups["more"])
    return schedule.state


def test_it_begins_at_once_or_when_its_time_comes(desk: Desk) -> None:
    lives = _lives(desk)
    lives.open()
    assert _joined(desk, lives, vus=2) is GroupState.RUNNING
    assert desk.schedules["more"].target == 2
    assert lives.opened_s == 7.0


def test_it_waits_for_its_start_delay(desk: Desk) -> None:
    lives = _lives(desk)
    lives.open()
    assert _joined(desk, lives, vus=2, start_after=5) is GroupState.PENDING


def test_it_waits_for_the_group_that_it_comes_after(desk: Desk) -> None:
    lives = _lives(desk)
    lives.open()
    assert _joined(desk, lives, vus=2, after_group="browse") is GroupState.PENDING
    desk.schedules["browse"].stop()
    lives.beat()
    assert desk.schedules["more"].state is GroupState.RUNNING


def test_while_all_initialize_it_initializes_with_them(desk: Desk) -> None:
    lives = _lives(desk, initialize_all=True)
    lives.open()
    assert _joined(desk, lives, vus=2) is GroupState.INITIALIZING
    assert desk.schedules["more"].ready == 2
