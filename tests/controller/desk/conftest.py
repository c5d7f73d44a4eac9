"""A steering desk without a run around it: hands, undo and questions on schedules and a pool that
only listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.run_length import RunLength
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.opening import group_schedules, points_of_run, started_fields
from perfconsole.controller.points import Crowd
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.releases import Releases
from perfconsole.controller.reloading import Reloads
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.controller.steering import Parts, steering_of
from perfconsole.controller.traces import Traces
from perfconsole.controller.vu_roll import VuRoll
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.controller.watching.goals import Goals
from perfconsole.controller.watching.snapshots import Snapshots
from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.command import COMMAND, CommandRequest
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.model.states import StopMode
from perfconsole.pool.port import Pool
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest


class SilentPool(Pool):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.sent: list[wire.Order] = []

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {}

    def send(self, injector: int, order: wire.Order) -> None:
        self.sent.append(order)

    def kill(self, injector: int) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        pass


class NoJournal:
    """In place of the writer: the view alone is looked at."""

    def put(self, event: ev.Event) -> None:
        pass


def no_plan(*_: object) -> InjectorPlan:
    raise NotImplementedError


class Desk:
    def __init__(self, scenario: dict[str, Any], target: str = "http://127.0.0.1:1") -> None:
        whole = {"name": "x", "target": target} | scenario
        flows = {name: [{"request": "GET /"}] for name in whole["groups"]}
        self.scenario = Scenario.model_validate({"flows": flows} | whole)
        self.now_s, self.pool = 0.0, SilentPool()
        self.record = Record(NoJournal())  # type: ignore[arg-type]
        spec = StartSpec("/runs/x", {}, target, 2, 7, None)
        self.record.add(ev.Started, **started_fields(spec, self.scenario))
        self.groups = group_schedules(self.scenario, 7)
        self.fleet = Fleet(self.pool, self.groups, lambda _: None)
        self.fleet.joined({0: 100, 1: 101})
        self.rates = Rates(self.groups, self.fleet, lambda: self.now_s)
        self.points = points_of_run(self.scenario)
        crowd = Crowd(9, 9, paused=False)
        self.releases = Releases(self.points, self.fleet, self.record, lambda _: crowd)
        self.lives = Lives(
            self.scenario, self.groups, self.fleet, lambda: self.now_s, lambda *_: None
        )
        self.pauses, self.goals = SinglePauses(), Goals(self.scenario, self.record)
        self.breaches = BreachWatch(self.scenario, self.record)
        parts = Parts(
            spec=spec,
            scenario=self.scenario,
            record=self.record,
            schedules=self.groups,
            fleet=self.fleet,
            rates=self.rates,
            lives=self.lives,
            pauses=self.pauses,
            roll=VuRoll(self.fleet),
            releases=self.releases,
            traces=Traces(self.fleet, self.record),
            breaches=self.breaches,
            goals=self.goals,
            snapshots=Snapshots(self.scenario.servers, self.record, self.asked_for, str),
            length=RunLength(self.scenario.duration),
            reloads=Reloads(self.scenario, no_plan, self.fleet, self.points),
            plan_of=no_plan,
            spread=self.spread,
            end=lambda _: None,
            leave=lambda: "",
            loaded_s=lambda: self.now_s,
        )
        self.dispatch, self.precautions = steering_of(parts)
        self.lives.open()
        self.advance(0.0)

    def asked_for(self, server: str, request: SnapshotRequest) -> None:
        """Of servers that never answer."""

    def spread(self, schedule: GroupSchedule) -> list[int]:
        wanted = schedule.target, schedule.ready
        if self.fleet.wanted(schedule.name) == wanted:
            return []
        mode = StopMode.AFTER_ITERATION
        return [self.fleet.want(schedule.name, wanted[0], mode, schedule.by_hand, wanted[1])]

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
        if seconds:
            self.lives.beat()
        for schedule in self.groups.values():
            schedule.advance(seconds)
            self.spread(schedule)
        self.rates.beat()

    def do(
        self, who: str = "anna", client: str = "console:1", revision: int | None = None,
        sure: bool = True, **command: Any,
    ) -> str:  # fmt: skip
        """What was said to a command; a question ends with a question mark."""
        asked = COMMAND.validate_python(command)
        request = CommandRequest(id="1", by=who, command=asked, revision=revision, sure=sure)
        check = self.precautions.check(request, client)
        if check.refused or check.question:
            return check.refused or check.question or ""
        try:
            done = self.dispatch.apply(asked)
        except Refusal as refusal:
            return f"refused: {refusal}"
        self.rates.beat()
        event = self.record.add(
            ev.Commanded, id="1", by=who, said=done.said, command=command, client=client
        )
        self.precautions.did(check, event)
        return done.said

    @property
    def revision(self) -> int:
        return self.record.view.revision

    def vus(self) -> dict[str, int]:
        return {name: group.target for name, group in self.groups.items()}


@pytest.fixture(scope="session")
def make_desk() -> Callable[..., Desk]:
    return Desk
