"""Rates as ordered: each order goes on with the count where the one before stood, for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.rate_schedule import AHEAD_S, RateSchedule
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp
from perfconsole.model.states import GroupState, StopMode
from perfconsole.pool.port import InjectorLost


class RecordingPool:
    def __init__(self) -> None:
        self.sent: list[tuple[int, wire.Order]] = []

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {plan.injector: 1000 + plan.injector for plan in plans}

    def send(self, injector: int, order: wire.Order) -> None:
        self.sent.append((injector, order))

    def kill(self, injector: int) -> None:
        raise AssertionError(injector)

    async def stop(self) -> None:
        raise AssertionError


@dataclass
class Play:
    """A group and its injectors, on a clock that moves when told."""

    planned: Profile
    vus: int = 10
    injectors: int = 1
    now_s: float = 1.0
    pool: RecordingPool = field(default_factory=RecordingPool)

    def __post_init__(self) -> None:
        self.rate = RateSchedule(self.planned)
        self.group = GroupSchedule("buy", ramp(0, self.vus), rate=self.rate)
        self.fleet = Fleet(self.pool, {"buy": self.group}, lambda _: None)
        self.fleet.joined({n: 1000 + n for n in range(self.injectors)})
        self.rates = Rates({"buy": self.group}, self.fleet, lambda: self.now_s)

    def start(self) -> list[wire.SetRate]:
        self.group.start()
        return self.beat()

    def beat(self) -> list[wire.SetRate]:
        """What the beat of the run does; the rates ordered."""
        if self.fleet.wanted("buy") != self.group.target:
            self.fleet.want("buy", self.group.target, StopMode.AFTER_ITERATION)
        self.rates.beat()
        sent, self.pool.sent = self.pool.sent, []
        return [order for _, order in sent if isinstance(order, wire.SetRate)]

    def wait(self, seconds: float) -> list[wire.SetRate]:
        orders = []
        for _ in range(20):
            self.now_s += seconds / 20
            self.group.advance(seconds / 20)
            orders += self.beat()
        return orders


def test_the_whole_ramp_is_one_order() -> None:
    play = Play(ramp(0, 100, over_s=10))
    (order,) = play.start()
    assert (order.first, order.law, order.since_s) == (0, play.planned, 0)
    assert order.at_s == pytest.approx(1 + AHEAD_S)
    assert (order.share, order.of) == (0, 1)
    assert play.group.state is GroupState.RAMPING
    assert play.wait(11) == []
    assert play.group.state is GroupState.RUNNING
    assert play.rate.now == 100


def test_every_injector_with_vus_has_its_share() -> None:
    assert [(o.share, o.of) for o in Play(ramp(0, 9), injectors=3).start()] == [
        (0, 3), (1, 3), (2, 3),
    ]  # fmt: skip
    few = Play(ramp(0, 9), vus=2, injectors=3)
    assert [(o.share, o.of) for o in few.start()] == [(0, 2), (1, 2)]


def test_a_lost_injectors_arrivals_go_to_the_others() -> None:
    play = Play(ramp(0, 100), injectors=2)
    play.start()
    play.wait(4)
    play.fleet.lost(InjectorLost(0, 1000, 0, "killed"))
    (order,) = play.beat()
    assert (order.share, order.of) == (0, 1)
    assert order.first == pytest.approx(100 * (order.at_s - 1 - AHEAD_S))
    play.fleet.joined({2: 1002})
    assert {(o.share, o.of) for o in play.beat()} == {(0, 2), (1, 2)}


def test_what_is_asked_goes_on_while_nobody_can_do_it() -> None:
    """Else a run whose injectors were lost would look as if it had asked for less."""
    play = Play(ramp(0, 100))
    play.start()
    play.wait(2)
    play.fleet.lost(InjectorLost(0, 1000, 0, "killed"))
    assert play.wait(3) == []
    assert play.rate.asked == pytest.approx(500, abs=5)
    play.group.paused = True
    play.beat()
    play.wait(3)
    assert play.rate.asked == pytest.approx(500, abs=5), "a pause asks for nothing"


def test_by_hand_it_goes_on_from_where_it_stands() -> None:
    play = Play(ramp(0, 100, over_s=10))
    play.start()
    play.wait(5)
    play.rates.change(play.group, play.rate, 20, 3)
    (order,) = play.beat()
    passed_s = order.at_s - 1 - AHEAD_S
    assert order.law.start == pytest.approx(10 * passed_s)
    assert (order.law.target, order.law.length_s) == (20, 3)
    assert order.first == pytest.approx(5 * passed_s**2)
    assert play.group.by_hand
    play.wait(4)
    assert play.rate.now == 20
    play.group.go_on()
    (order,) = play.beat()
    assert order.law == ramp(20, 100, over_s=8)


def test_a_hold_keeps_the_rate_and_the_ramp_goes_on_after_it() -> None:
    play = Play(ramp(0, 100, over_s=10))
    play.start()
    play.wait(5)
    play.group.held = True
    (held,) = play.beat()
    assert held.law.at(0) == held.law.at(1000) == pytest.approx(50, abs=1)
    assert play.wait(7) == []
    play.group.go_on()
    (on,) = play.beat()
    assert on.law == play.planned
    assert on.law.at(on.since_s) == pytest.approx(held.law.target)
    assert on.first == pytest.approx(held.first + held.law.target * (on.at_s - held.at_s))


def test_a_pause_stops_the_count_and_needs_no_order() -> None:
    play = Play(ramp(0, 100, over_s=10))
    play.start()
    play.wait(5)
    play.group.paused = True
    assert play.beat() == []
    stood = play.rate
    assert play.rate.now == 0
    assert play.wait(30) == []
    play.rates.change(play.group, play.rate, 10, 0)
    assert play.beat() == []
    play.group.paused = False
    (order,) = play.beat()
    assert order.first == pytest.approx(5 * (5 - AHEAD_S) ** 2, rel=0.02)
    assert order.law.at(order.since_s) == 10
    assert stood.now == 10


def test_a_stop_ends_it_and_a_start_begins_anew() -> None:
    play = Play(ramp(0, 100, over_s=10))
    play.start()
    play.wait(5)
    count = 5 * (5 - AHEAD_S) ** 2
    play.group.stop()
    assert play.beat() == []
    assert play.wait(3) == []
    play.group.start()
    (order,) = play.beat()
    assert (order.law, order.since_s) == (play.planned, 0)
    assert order.first == pytest.approx(count, rel=0.02)


def test_a_delayed_group_has_no_arrivals_before() -> None:
    play = Play(ramp(0, 100))
    play.group.start(2.0)
    assert play.beat() == []
    assert play.rate.now == 0
    (order,) = play.wait(3)
    assert order.first == 0
    assert order.at_s == pytest.approx(3 + AHEAD_S, abs=0.2)


def test_a_start_loses_not_even_the_first_arrival() -> None:
    play = Play(ramp(0, 100, over_s=10))
    ticking = iter(range(10**6))
    play.rates = Rates({"buy": play.group}, play.fleet, lambda: 1.0 + next(ticking) * 1e-6)
    (order,) = play.start()
    assert (order.first, order.since_s) == (0, 0)
