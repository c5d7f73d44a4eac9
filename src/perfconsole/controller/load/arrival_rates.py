"""The open groups' arrivals, ordered: whenever a law is new or is shared by other injectors.

Arrivals come while their group runs, stand still with its pauses, and keep their rate while it is
held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.rate_schedule import ArrivalMode, RateSchedule
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model.profile import Profile
from perfconsole.model.states import GroupState

_NO_ARRIVALS = frozenset(
    {
        GroupState.DOWN,
        GroupState.PENDING,
        GroupState.INITIALIZING,
        GroupState.STOPPING,
        GroupState.STOPPED,
        GroupState.FINISHED,
    }
)


def _coming_of(group: GroupSchedule) -> ArrivalMode:
    if group.initializing or group.waits or group.state in _NO_ARRIVALS:
        return ArrivalMode.OFF
    if group.paused:
        return ArrivalMode.STILL
    return ArrivalMode.HELD if group.held else ArrivalMode.ON


class Rates:
    """`run_s` is the run's clock."""

    def __init__(
        self, schedules: Mapping[str, GroupSchedule], fleet: Fleet, run_s: Callable[[], float]
    ) -> None:
        self._groups: dict[str, tuple[GroupSchedule, RateSchedule]] = {}
        for group in schedules.values():
            self.add(group)
        self._fleet = fleet
        self._run_s = run_s
        self._shared_by: dict[str, tuple[int, ...]] = {}
        """Injectors that each group's arrivals were last shared out to."""

    def add(self, group: GroupSchedule) -> None:
        """One more group; nothing when it is of a closed model."""
        if group.rate is not None:
            self._groups[group.name] = (group, group.rate)

    def beat(self) -> list[int]:
        """Order what is new; the orders' numbers."""
        orders = []
        now_s = self._run_s()  # one for both: else a law would begin after its first arrival
        for name, (group, rate) in self._groups.items():
            news = rate.follow(_coming_of(group), group.by_hand, now_s)
            sharers = self._fleet.sharers(name)
            if rate.arriving and sharers and (news or sharers != self._shared_by.get(name)):
                orders.append(self._order(name, rate, sharers, now_s))
            elif not rate.arriving:
                self._shared_by.pop(name, None)
        return orders

    def change(self, group: GroupSchedule, rate: RateSchedule, to: float, over_s: float) -> None:
        """By hand; the next beat orders it."""
        rate.follow(_coming_of(group), group.by_hand, self._run_s())
        rate.change(to, over_s, self._run_s())
        group.by_hand, group.held = True, False
        self._shared_by.pop(group.name, None)

    def edit(self, group: GroupSchedule, rate: RateSchedule, plan: Profile) -> None:
        """What is left of its plan is `plan`; the next beat orders it."""
        rate.follow(_coming_of(group), group.by_hand, self._run_s())
        rate.edit(plan, self._run_s())
        self._shared_by.pop(group.name, None)

    def put_back(self, group: str, before: RateSchedule, after: RateSchedule) -> None:
        """As `RateSchedule.put_back`; the next beat orders it."""
        _, rate = self._groups[group]
        rate.put_back(before, after, self._run_s())
        self._shared_by.pop(group, None)

    def _order(self, name: str, rate: RateSchedule, sharers: tuple[int, ...], now_s: float) -> int:
        self._shared_by[name] = sharers
        of = len(sharers)
        return self._fleet.tell_each(
            {
                injector: partial(rate.order, name, now_s, share, of)
                for share, injector in enumerate(sharers)
            }
        )
