"""The injectors as one: shares, orders acted on, and what a loss does. Over a pool that records."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan, ThinkPlan
from perfconsole.model.sketch import ramp
from perfconsole.model.states import StopMode, VuState
from perfconsole.pool.port import InjectorLost

GENTLY = StopMode.AFTER_ITERATION


class RecordingPool:
    def __init__(self) -> None:
        self.sent: list[tuple[int, wire.Order]] = []

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {plan.injector: 1000 + plan.injector for plan in plans}

    def send(self, injector: int, order: wire.Order) -> None:
        self.sent.append((injector, order))

    def kill(self, injector: int) -> None:
        self.sent.clear()

    async def stop(self) -> None:
        self.sent.clear()

    def take(self) -> list[tuple[int, wire.Order]]:
        sent, self.sent = self.sent, []
        return sent


@pytest.fixture
def pool() -> RecordingPool:
    return RecordingPool()


@pytest.fixture
def acted() -> list[int]:
    return []


@pytest.fixture
def fleet(pool: RecordingPool, acted: list[int]) -> Fleet:
    schedules = {
        "browse": GroupSchedule("browse", ramp(0, 10)),
        "quote": GroupSchedule("quote", ramp(0, 10)),
    }
    fleet = Fleet(pool, schedules, acted.append)
    fleet.joined({0: 1000, 1: 1001})
    return fleet


def tick(injector: int, requests: int = 0, cut: int = 0, alive: int = 0) -> wire.InjectorTick:
    states = {VuState.RUNNING: alive} if alive else {}
    return wire.InjectorTick(
        injector=injector, second=0, transactions=(),
        groups=(wire.GroupCounts("browse", states, 0, 0),), errors=(),
        requests=requests, requests_failed=0, cut=cut, bytes_in=0, connections_opened=0,
        lag_p99_ms=0.0, cpu_s=0.0, rss_mb=0.0,
    )  # fmt: skip


def lost(injector: int, begun: int) -> InjectorLost:
    return InjectorLost(injector, 1000 + injector, begun, "killed")


def test_vus_are_shared_out_and_only_changes_are_told(fleet: Fleet, pool: RecordingPool) -> None:
    order = fleet.want("browse", 5, GENTLY)
    assert pool.take() == [
        (0, wire.SetVus(order, "browse", 3, GENTLY, False)),
        (1, wire.SetVus(order, "browse", 2, GENTLY, False)),
    ]
    order = fleet.want("browse", 6, GENTLY)
    assert pool.take() == [(1, wire.SetVus(order, "browse", 3, GENTLY, False))]


def test_a_stop_is_told_to_all_even_when_they_have_none(fleet: Fleet, pool: RecordingPool) -> None:
    fleet.want("browse", 0, GENTLY)
    pool.take()
    order = fleet.want("browse", 0, StopMode.NOW, by_hand=True)
    assert pool.take() == [(n, wire.SetVus(order, "browse", 0, StopMode.NOW, True)) for n in (0, 1)]


def test_an_order_has_acted_when_every_injector_has(fleet: Fleet, acted: list[int]) -> None:
    order = fleet.pause(["browse"])
    fleet.has_acted(0, order)
    assert (acted, fleet.still_open([order])) == ([], {order})
    fleet.has_acted(1, order)
    assert (acted, fleet.still_open([order])) == ([order], set())


def test_a_lost_injector_holds_no_order_up(fleet: Fleet, acted: list[int]) -> None:
    order = fleet.pause(["browse"])
    fleet.has_acted(0, order)
    fleet.lost(lost(1, 0))
    assert acted == [order]


def test_a_loss_moves_the_vus_and_tells_what_was_in_flight(
    fleet: Fleet, pool: RecordingPool
) -> None:
    fleet.want("browse", 10, GENTLY)
    fleet.took(tick(1, requests=90, cut=2, alive=5))
    assert fleet.vus_of(1) == 5
    pool.take()
    assert fleet.lost(lost(1, begun=97)) == 5
    assert [(n, o.count) for n, o in pool.take() if isinstance(o, wire.SetVus)] == [(0, 10)]
    assert (fleet.living, fleet.alive("browse")) == ([0], 0)


def test_a_newcomer_is_brought_to_where_the_others_are(fleet: Fleet, pool: RecordingPool) -> None:
    fleet.want("browse", 4, GENTLY)
    fleet.pause(["browse"])
    fleet.switch("top-up", False)
    fleet.lost(lost(0, 0))
    fleet.lost(lost(1, 0))
    pool.take()
    fleet.joined({2: 1002})
    kinds = [type(order) for _, order in pool.take()]
    assert kinds[:2] == [wire.Pause, wire.SwitchRendezvous]
    assert wire.SetVus in kinds[2:]


def test_a_loss_does_not_repeat_iterations_already_done(fleet: Fleet, pool: RecordingPool) -> None:
    fleet.want("quote", 10, GENTLY)
    done = wire.GroupCounts("quote", {VuState.PASSED: 4, VuState.RUNNING: 1}, 4, 0, retired=4)
    fleet.took(wire.InjectorTick(**{**_fields(tick(1)), "groups": (done,)}))
    assert fleet.done("quote") == 4
    pool.take()
    fleet.lost(lost(1, 0))
    assert [(n, o.count) for n, o in pool.take() if isinstance(o, wire.SetVus)] == [(0, 6)]
    assert fleet.done("quote") == 4
    fleet.want("quote", 0, GENTLY)
    assert fleet.done("quote") == 0


def test_one_that_does_not_tick_is_found_once(fleet: Fleet) -> None:
    assert fleet.grow_silent(6.0, 10.0) == []
    fleet.took(tick(0))
    assert fleet.grow_silent(6.0, 10.0) == [1]
    assert fleet.grow_silent(6.0, 10.0) == [0]


def test_without_any_injector_no_order_stays_open(fleet: Fleet) -> None:
    fleet.lost(lost(0, 0))
    fleet.lost(lost(1, 0))
    orders = [
        fleet.pause(["browse"]),
        fleet.release("gate", 1, {}),
        fleet.want("browse", 3, GENTLY),
    ]
    assert fleet.still_open(orders) == set()


def test_finishing_is_over_when_every_last_tick_has_come(fleet: Fleet) -> None:
    fleet.finish()
    for injector in (0, 1):
        assert not fleet.all_done.is_set()
        fleet.took(wire.InjectorTick(**{**_fields(tick(injector)), "last": True}))
    assert fleet.all_done.is_set()


def _fields(of: wire.InjectorTick) -> dict[str, object]:
    return {name: getattr(of, name) for name in of.__struct_fields__}


class SteeredFleet:
    """A fleet under whatever happens, and what each living injector was last told."""

    def __init__(self) -> None:
        self.pool = RecordingPool()
        schedules = {name: GroupSchedule(name, ramp(0, 10)) for name in ("a", "b", "c")}
        self.fleet = Fleet(self.pool, schedules, lambda _: None)
        self.told: dict[tuple[int, str], int] = {}
        self.born = 0

    def play(self, what: str, number: int) -> None:
        match what:
            case "join":
                self.fleet.joined({self.born: 1000 + self.born})
                self.born += 1
            case "lose" if self.fleet.living:
                gone = self.fleet.living[number % len(self.fleet.living)]
                self.fleet.lost(lost(gone, 0))
            case "a" | "b" | "c":
                self.fleet.want(what, number, GENTLY)
        for injector, order in self.pool.take():
            if isinstance(order, wire.SetVus):
                self.told[injector, order.group] = order.count


@given(
    st.lists(
        st.tuples(st.sampled_from(["join", "lose", "a", "b", "c"]), st.integers(0, 40)), max_size=40
    )
)
def test_whatever_joins_or_dies_the_living_share_all_vus_evenly(course: list[tuple[str, int]]):
    steered = SteeredFleet()
    for what, number in [("join", 0), *course]:
        steered.play(what, number)
        if not (living := steered.fleet.living):
            continue
        for group in ("a", "b", "c"):
            shared = [steered.told.get((injector, group), 0) for injector in living]
            assert sum(shared) == steered.fleet.wanted(group)[0]
            assert max(shared) - min(shared) <= 1


def states(injector: int, second: int = 0, **counted: object) -> wire.InjectorTick:
    """A tick that tells of ``browse``."""
    counts = wire.GroupCounts("browse", **{"iterations": 0, "iterations_failed": 0, **counted})
    return wire.InjectorTick(
        **{**_fields(tick(injector)), "groups": (counts,), "second": second}
    )  # fmt: skip


def test_ready_vus_are_shared_as_those_that_play(fleet: Fleet, pool: RecordingPool) -> None:
    fleet.want("browse", 0, GENTLY, ready=5)
    assert [(n, o.count, o.ready) for n, o in pool.take()] == [(0, 0, 3), (1, 0, 2)]
    fleet.want("browse", 3, GENTLY, ready=5)
    assert [(n, o.count, o.ready) for n, o in pool.take()] == [(0, 2, 3), (1, 1, 2)]
    fleet.lost(lost(0, 0))
    assert [(n, o.count, o.ready) for n, o in pool.take()] == [(1, 3, 5)]
    assert fleet.wanted("browse") == (3, 5)


def test_a_group_is_initialized_when_nobody_is_still_at_it(fleet: Fleet) -> None:
    fleet.want("browse", 0, GENTLY, ready=5)
    fleet.took(states(0, states={VuState.READY: 3}))
    assert not fleet.initialized("browse")
    fleet.took(states(1, states={VuState.INITIALIZING: 1, VuState.FAILED: 1}, retired=1))
    assert not fleet.initialized("browse")
    fleet.took(states(1, states={VuState.READY: 1, VuState.FAILED: 1}, retired=1))
    assert fleet.initialized("browse")
    assert (fleet.alive("browse"), fleet.at_work("browse")) == (4, 0)


def test_samples_left_are_known_when_every_injector_has_told(fleet: Fleet) -> None:
    fleet.took(states(0, states={}, samples_left=3))
    assert fleet.samples_left("browse") is None
    fleet.took(states(1, states={}, samples_left=0))
    assert fleet.samples_left("browse") == 3
    fleet.lost(lost(0, 0))
    assert fleet.samples_left("browse") == 0
    fleet.lost(lost(1, 0))
    assert fleet.samples_left("browse") is None


def test_a_changed_think_time_is_told_to_those_that_come_later(
    fleet: Fleet, pool: RecordingPool, acted: list[int]
) -> None:
    half, limited = ThinkPlan(0.5), ThinkPlan(2.0, 10.0)
    first = fleet.set_think("browse", half)
    assert pool.take() == [(n, wire.SetThink(first, "browse", half)) for n in (0, 1)]
    fleet.has_acted(0, first)
    assert acted == []
    fleet.has_acted(1, first)
    assert acted == [first]
    fleet.set_think("browse", limited)
    pool.take()
    fleet.joined({2: 1002})
    [(injector, order)] = pool.take()
    assert (injector, order.group, order.think) == (2, "browse", limited)


def test_what_hands_have_set_is_told_to_those_that_come_later(
    fleet: Fleet, pool: RecordingPool
) -> None:
    fleet.mute("browse", True)
    fleet.mute("quote", True)
    fleet.mute("quote", False)
    fleet.trace("quote", 20, True)
    fleet.trace_left("quote", 7, True)
    fleet.trace("browse", 5, False)
    fleet.trace("browse", 0, False)
    fleet.switch("gate", True)
    fleet.switch("gate", False, ("browse", "quote"))
    fleet.switch("gate", True, ("browse",))
    pool.take()
    fleet.joined({2: 1002})
    told = [order for _, order in pool.take()]
    assert [(o.group, o.on) for o in told if isinstance(o, wire.Mute)] == [("browse", True)]
    traces = [(o.group, o.count, o.all) for o in told if isinstance(o, wire.Trace)]
    assert traces == [("quote", 7, True)]
    switches = [(o.on, o.groups) for o in told if isinstance(o, wire.SwitchRendezvous)]
    assert switches == [(True, ()), (True, ("browse",)), (False, ("quote",))]
    fleet.switch("gate", False)
    pool.take()
    fleet.joined({3: 1003})
    switches = [(o.on, o.groups) for _, o in pool.take() if isinstance(o, wire.SwitchRendezvous)]
    assert switches == [(False, ())]


def test_a_loss_after_single_vus_were_stopped_loses_and_doubles_nobody(
    fleet: Fleet, pool: RecordingPool
) -> None:
    fleet.want("browse", 10, GENTLY)
    fleet.stop_vus("browse", {0: (1, 2, 3)}, GENTLY, {0: (3, 3)}, (7, 7))
    pool.take()
    fleet.joined({2: 1002})
    counts = {n: o.count for n, o in pool.take() if isinstance(o, wire.SetVus)}
    assert counts == {0: 1, 1: 3, 2: 3}
    fleet.lost(lost(0, 0))
    assert {n: o.count for n, o in pool.take() if isinstance(o, wire.SetVus)} == {1: 4}
    fleet.lost(lost(2, 0))
    assert [(n, o.count) for n, o in pool.take() if isinstance(o, wire.SetVus)] == [(1, 7)]
