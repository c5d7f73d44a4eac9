"""Whatever happens to those who meet, a rendezvous lets them go in the end, and never by itself
while anything is paused: the controller's side of it and that of its injectors together."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.points import Crowd, Point
from perfconsole.controller.releases import Releases
from perfconsole.injector import gathering
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.sketch import ramp
from perfconsole.pool.port import InjectorLost

GROUPS = ("a", "b")
VUS = 8
TIMEOUT_S = 1.0
POLICIES = ("100% of all", "50% of all", "100% of running", "30% of running", 1, 3, 20, "manual")


class Handle:
    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clockwork:
    """An event loop whose short timers run when told to; the long ones never do."""

    def __init__(self) -> None:
        self._due: list[Handle] = []

    def call_later(self, delay_s: float, call: Callable[[], object]) -> Handle:
        handle = Handle(call)
        if delay_s < 1:
            self._due.append(handle)
        return handle

    def call_soon(self, call: Callable[[], object]) -> Handle:
        return self.call_later(0, call)

    def turn(self) -> None:
        due, self._due = self._due, []
        for handle in due:
            if not handle.cancelled:
                handle.call()


class Visitor:
    """A VU: it roams, waits at the point, or is over."""

    def __init__(self, number: int) -> None:
        self.group = GROUPS[number % 2]
        self.injector = number // 2 % 2
        self.over = False

    def wake(self) -> None:
        """Nobody is asleep: who is let go roams again."""

    def fire(self, volley: gathering.Volley) -> None:
        volley.sent()


class Place:
    """One injector: orders come in and reports go out, both in order and with delay."""

    def __init__(self, clock: Clockwork) -> None:
        self.orders: deque[wire.Order] = deque()
        self.reports: deque[wire.Report] = deque()
        self.point = gathering.Point("p", True, self.reports.append, clock)

    def act(self) -> None:
        order = self.orders.popleft()
        if isinstance(order, wire.Release):
            self.point.release(order.release, order.count)
        elif isinstance(order, wire.SwitchRendezvous):
            self.point.switch(order.on, order.groups)
        else:
            return
        self.reports.append(wire.Acted(order.order))


class Places:
    """The pool."""

    def __init__(self, clock: Clockwork) -> None:
        self.clock = clock
        self.there: dict[int, Place] = {}

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {}

    def send(self, injector: int, order: wire.Order) -> None:
        self.there[injector].orders.append(order)

    def kill(self, injector: int) -> None:
        del self.there[injector]

    async def stop(self) -> None:
        self.there.clear()


class Untold:
    """What is recorded is of no interest here."""

    def add(self, *_: object, **__: object) -> None:
        pass


class Rendezvous:
    """Two groups, at first in two injectors."""

    def __init__(self, wait_for: str | int) -> None:
        self.clock = Clockwork()
        self.pool = Places(self.clock)
        schedules = {name: GroupSchedule(name, ramp(0, VUS // 2)) for name in GROUPS}
        self.fleet = Fleet(self.pool, schedules, lambda _: None)
        spec = PointSpec(wait_for=wait_for, timeout=TIMEOUT_S)
        self.point = Point("p", spec, frozenset(GROUPS))
        self.releases = Releases({"p": self.point}, self.fleet, Untold(), self.crowd)
        self.vus = [Visitor(number) for number in range(VUS)]
        self.paused: set[str] = set()
        self.heard = Counter(vu.group for vu in self.vus)
        self.born = 0
        self.join()
        self.join()

    # ---------------------------------------------------------------- the world

    def join(self) -> None:
        self.pool.there[self.born] = Place(self.clock)
        self.fleet.joined({self.born: 100 + self.born})
        self.born += 1

    def crowd(self, point: Point) -> Crowd:
        """As last heard of, which may be some time ago."""
        alive = sum(self.heard[group] for group in point.groups_on)
        here = sum(not vu.over and vu.group in point.groups_on for vu in self.vus)
        return Crowd(max(alive, here), alive, bool(self.paused & point.groups_on))

    def place(self, vu: Visitor) -> Place:
        return self.pool.there[vu.injector]

    def is_waiting(self, vu: Visitor) -> bool:
        return vu in self.place(vu).point._waiting

    def deliver(self) -> None:
        """All orders and all reports."""
        for number, place in list(self.pool.there.items()):
            while place.orders:
                place.act()
            self.clock.turn()
            while place.reports:
                self.hear(number, place.reports.popleft())

    def hear(self, number: int, report: wire.Report) -> None:
        if isinstance(report, wire.Gathered):
            self.releases.gathered(number, report)
        elif isinstance(report, wire.Spread):
            self.releases.spread(report)
        elif isinstance(report, wire.Acted):
            self.releases.answered(number, report.order)
            self.fleet.has_acted(number, report.order)

    # ---------------------------------------------------------------- what happens

    def some_come(self, numbers: set[int]) -> None:
        for vu in (self.vus[number] for number in numbers):
            if not vu.over and not self.is_waiting(vu) and self.place(vu).point.is_on(vu.group):
                self.place(vu).point.add(vu)

    def all_that_stopped_start_again(self) -> None:
        for vu in self.vus:
            vu.over = False

    def somebody_stops(self, number: int) -> None:
        vu = self.vus[number]
        self.place(vu).point.discard(vu)
        vu.over = True

    def ticks_come(self) -> None:
        self.heard = Counter(vu.group for vu in self.vus if not vu.over)

    def a_group_or_a_vu_of_it_is_paused(self, group: str, on: bool) -> None:
        (self.paused.add if on else self.paused.discard)(group)

    def an_injector_is_killed(self, which: int) -> None:
        gone = self.fleet.living[which % len(self.fleet.living)]
        self.pool.kill(gone)
        self.fleet.lost(InjectorLost(gone, 100 + gone, 0, "killed"))
        self.releases.lost(gone)
        if not self.fleet.living:
            self.join()
        for vu in self.vus:
            if vu.injector == gone:
                vu.injector = self.fleet.living[0]

    def a_hand_switches_it(self, on: bool, groups: tuple[str, ...]) -> None:
        self.releases.switch(self.point, on, groups)
        for group in groups or GROUPS:
            assert (group in self.point.groups_on) == on

    def a_hand_changes_the_policy(self, wait_for: str | int) -> None:
        self.point.follow(PointSpec(wait_for=wait_for, timeout=TIMEOUT_S))

    def a_hand_releases(self, count: int | None) -> None:
        if self.point.total:
            self.releases.release(self.point, count)

    def a_hand_staggers(self, count: int, every_s: float) -> None:
        if self.point.total and not self.crowd(self.point).paused:
            self.releases.stagger(self.point, count, every_s)

    def time_passes(self, dt_s: float, in_time: bool) -> None:
        if in_time:
            self.deliver()
        before, paused = self.point.releases, self.crowd(self.point).paused
        self.releases.advance(dt_s)
        if paused:
            assert self.point.releases == before

    def one_message_arrives(self, which: int, orders: bool) -> None:
        number = self.fleet.living[which % len(self.fleet.living)]
        place = self.pool.there[number]
        if orders and place.orders:
            place.act()
        elif not orders and place.reports:
            self.hear(number, place.reports.popleft())

    def all_messages_arrive(self) -> None:
        self.deliver()
        there = Counter(vu.group for vu in self.vus if self.is_waiting(vu))
        assert self.point.waiting == dict(there)
        assert set(there) <= self.point.groups_on

    # ---------------------------------------------------------------- what holds

    def what_is_needed_can_come(self) -> None:
        crowd = self.crowd(self.point)
        needed = self.point.needed(crowd)
        assert needed is None or 1 <= needed <= max(1, crowd.expected)

    def come_to_an_end(self) -> None:
        """Nothing more happens: whoever waits goes, by a hand where only that helps."""
        self.paused.clear()
        self.ticks_come()
        self.deliver()
        for _ in range(12):
            self.releases.advance(0.25)
            self.deliver()
        if self.point.total:
            assert self.point.needed(self.crowd(self.point)) is None
            self.releases.release(self.point)
            self.deliver()
        assert not any(self.is_waiting(vu) for vu in self.vus)


def calls(name: str, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), st.fixed_dictionaries(given))


ON = st.sampled_from([True, True, True, False])
COMING = calls("some_come", numbers=st.sets(st.integers(0, VUS - 1), min_size=1))
PASSING = calls("time_passes", dt_s=st.sampled_from([0.05, 0.5, 1.5]), in_time=ON)
WHICH = st.integers(0, VUS - 1)
COURSE = st.lists(
    st.one_of(
        COMING,
        COMING,
        PASSING,
        PASSING,
        calls("somebody_stops", number=WHICH),
        calls("all_that_stopped_start_again"),
        calls("ticks_come"),
        calls("a_group_or_a_vu_of_it_is_paused", group=st.sampled_from(GROUPS), on=st.booleans()),
        calls("an_injector_is_killed", which=WHICH),
        calls("a_hand_switches_it", on=ON, groups=st.sampled_from([(), ("a",), ("b",), GROUPS])),
        calls("a_hand_changes_the_policy", wait_for=st.sampled_from(POLICIES)),
        calls("a_hand_releases", count=st.none() | st.integers(1, 4)),
        calls("a_hand_staggers", count=st.integers(1, 2), every_s=st.sampled_from([0.2, 2.0])),
        calls("one_message_arrives", which=WHICH, orders=st.booleans()),
        calls("all_messages_arrive"),
    ),
    min_size=20,
    max_size=60,
)


@settings(max_examples=150)
@given(wait_for=st.sampled_from(POLICIES), course=COURSE)
def test_whatever_happens_nobody_waits_for_ever(
    wait_for: str | int, course: list[tuple[str, dict[str, Any]]]
) -> None:
    meeting = Rendezvous(wait_for)
    for name, how in course:
        getattr(meeting, name)(**how)
        meeting.what_is_needed_can_come()
    meeting.come_to_an_end()
