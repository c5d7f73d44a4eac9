"""The injectors as one: shares, orders acted on, and what a loss does. Over a pool that records."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from perfconsole.controller.fleet import Fleet
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
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
    fleet = Fleet(pool, ["browse", "quote"], acted.append)
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


def test_finishing_is_over_when_every_last_tick_has_come(fleet: Fleet) -> None:
    fleet.finish()
    for injector in (0, 1):
        assert not fleet.all_done.is_set()
        fleet.took(wire.InjectorTick(**{**_fields(tick(injector)), "last": True}))
    assert fleet.all_done.is_set()


def _fields(of: wire.InjectorTick) -> dict[str, object]:
    return {name: getattr(of, name) for name in of.__struct_fields__}
