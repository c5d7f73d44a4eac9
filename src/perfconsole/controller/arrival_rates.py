"""The open groups' arrivals, ordered: whenever a law is new or is shared by other injectors.

Arrivals come while their group runs, stand still with its pauses, and keep their rate while it is
held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.rate_schedule import Flow, RateSchedule
from perfconsole.controller.schedule import GroupSchedule
from perfconsole.model.states import GroupState

_NO_ARRIVALS = frozenset(
    {
        GroupState.DOWN,
        GroupState.PENDING,
        GroupState.STOPPING,
        GroupState.STOPPED,
        GroupState.FINISHED,
    }
)


def _flow_of(group: GroupSchedule) -> Flow:
    if group.state in _NO_ARRIVALS:
        return Flow.OFF
    if group.paused:
        return Flow.STILL
    return Flow.HELD if group.held else Flow.ON


@dataclass(slots=True)
class _Sharing:
    """Injectors that a group's arrivals were last shared out to."""

    sharers: tuple[int, ...]
    first: float
    """The group's count of arrivals then."""
    lost: dict[int, float] = field(default_factory=dict)
    """Those of them that died since: up to which count they had told of their arrivals."""


class Rates:
    """`run_s` is the run's clock.

    `missed` is told of a group's arrivals that fell due in an injector which was lost, and in
    none that would tell: from its last tick until its share was given to others.
    """

    def __init__(
        self,
        schedules: Mapping[str, GroupSchedule],
        fleet: Fleet,
        run_s: Callable[[], float],
        missed: Callable[[str, float], None],
    ) -> None:
        self._groups = {
            name: (group, group.rate) for name, group in schedules.items() if group.rate is not None
        }
        self._fleet = fleet
        self._run_s = run_s
        self._missed = missed
        self._shared: dict[str, _Sharing] = {}

    def beat(self) -> list[int]:
        """Order what is new; the orders' numbers."""
        orders = []
        for name, (group, rate) in self._groups.items():
            news = rate.follow(_flow_of(group), group.by_hand, self._run_s())
            sharers = self._fleet.sharers(name)
            shared = self._shared.get(name)
            is_new = news or shared is None or sharers != shared.sharers
            if rate.flows and sharers and is_new:
                self._settle(name, rate)
                orders.append(self._order(name, rate, sharers))
            elif not rate.flows:
                self._settle(name, rate)
        return orders

    def lost(self, injector: int, told_until_s: int) -> None:
        """It died, and had told of its arrivals until that run second."""
        for name, shared in self._shared.items():
            if injector in shared.sharers:
                told = self._groups[name][1].count_at(told_until_s)
                shared.lost[injector] = max(told, shared.first)

    def _settle(self, name: str, rate: RateSchedule) -> None:
        """Its arrivals are shared out no more as they were."""
        shared = self._shared.pop(name, None)
        if shared is not None and shared.lost:
            missed = sum(max(0.0, rate.count - told) for told in shared.lost.values())
            self._missed(name, missed / len(shared.sharers))

    def change(self, group: GroupSchedule, rate: RateSchedule, to: float, over_s: float) -> None:
        """By hand; the next beat orders it."""
        rate.follow(_flow_of(group), group.by_hand, self._run_s())
        self._settle(group.name, rate)
        rate.change(to, over_s, self._run_s())
        group.by_hand, group.held = True, False

    def _order(self, name: str, rate: RateSchedule, sharers: tuple[int, ...]) -> int:
        self._shared[name] = _Sharing(sharers, rate.count)
        now_s, of = self._run_s(), len(sharers)
        return self._fleet.tell_each(
            {
                injector: partial(rate.order, name, now_s, share, of)
                for share, injector in enumerate(sharers)
            }
        )
