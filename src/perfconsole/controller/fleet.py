"""The injectors of one run as a whole: orders to all, shares of VUs, what to do when one dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from perfconsole.controller.schedule import GroupSchedule
from perfconsole.controller.shares import shares
from perfconsole.model import wire
from perfconsole.model.plan import ThinkPlan
from perfconsole.model.states import StopMode, VuState, active
from perfconsole.pool.port import InjectorLost, Pool

OrderMaker = Callable[[int], wire.Order]
"""Makes the order for all from its number."""


@dataclass(slots=True)
class _Injector:
    pid: int
    accounted: int = 0
    """Requests it has reported, finished or cut."""
    states: dict[str, dict[VuState, int]] = field(default_factory=dict)
    """Of each group, as last reported."""
    second: int = -1
    """Of its last tick."""
    done: bool = False
    """Its last tick has come."""
    silent_s: float = 0.0
    """Time since its last tick."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    count: int
    mode: StopMode
    by_hand: bool


class Fleet:
    """`acted` is called with an order's number when every living injector has acted on it."""

    def __init__(
        self, pool: Pool, schedules: Mapping[str, GroupSchedule], acted: Callable[[int], None]
    ) -> None:
        self._pool = pool
        self._groups = {name: index for index, name in enumerate(schedules)}
        self._finite = {name for name, schedule in schedules.items() if schedule.finite}
        self._acted = acted
        self._injectors: dict[int, _Injector] = {}
        self._wanted: dict[str, _Wanted] = {}
        self._sent: dict[tuple[int, str], int] = {}
        """What each injector was last told for each group."""
        self._open: dict[int, set[int]] = {}
        self._order = 0
        self._finishing = False
        self.all_done = asyncio.Event()
        """Nothing more will come from any injector."""
        self._paused: set[str] = set()
        self._switched: dict[str, bool] = {}
        """Rendezvous points that a hand turned on or off."""
        self._thinks: dict[str, ThinkPlan] = {}
        """Of groups whose think times a hand has changed."""
        self._lost_done: Counter[str] = Counter()
        """VUs of finite groups that had done their iterations in injectors now lost."""

    # ---------------------------------------------------------------- membership

    def joined(self, pids: dict[int, int]) -> None:
        """New injectors are up: bring them to where the others are."""
        for number, pid in pids.items():
            self._injectors[number] = _Injector(pid)
        self._again(pids)
        if self._paused:
            paused = tuple(sorted(self._paused))
            self._tell(pids, lambda order: wire.Pause(order, paused))
        for point, on in self._switched.items():
            self._tell(pids, partial(_switched, point, on))
        for group, think in self._thinks.items():
            self._tell(pids, partial(_thinking, group, think))
        self._spread_all()

    def lost(self, loss: InjectorLost) -> int:
        """Forget an injector, start its VUs in the others; returns the requests it took along."""
        gone = self._injectors.pop(loss.injector, None)
        if gone is not None:
            self._lost_done.update({g: _done(gone.states.get(g, {})) for g in self._finite})
        for order in list(self._open):
            self.has_acted(loss.injector, order)
        self._spread_all()
        if self._finishing:
            self._look_whether_done()
        return max(0, loss.begun - gone.accounted) if gone else 0

    @property
    def living(self) -> list[int]:
        return sorted(self._injectors)

    def vus_of(self, injector: int) -> int:
        found = self._injectors.get(injector)
        return sum(active(states) for states in found.states.values()) if found else 0

    def alive(self, group: str) -> int:
        """VUs of a group alive, as last reported."""
        return sum(active(i.states.get(group, {})) for i in self._injectors.values())

    def done(self, group: str) -> int:
        """VUs of a finite group that have done their iterations since it was started."""
        here = sum(_done(i.states.get(group, {})) for i in self._injectors.values())
        return here + self._lost_done[group]

    def grow_silent(self, dt_s: float, limit_s: float) -> list[int]:
        """Time passes: `dt_s`. Those that have not ticked for `limit_s` now, each told once."""
        hung = []
        for number, injector in self._injectors.items():
            before, injector.silent_s = injector.silent_s, injector.silent_s + dt_s
            if before < limit_s <= injector.silent_s:
                hung.append(number)
        return hung

    def silent(self, limit_s: float) -> dict[int, int]:
        """Those that have not ticked for `limit_s`, with the run second they owe first."""
        return {
            number: injector.second + 1
            for number, injector in self._injectors.items()
            if injector.silent_s >= limit_s and not injector.done
        }

    def heard_from(self, second: int) -> bool:
        """Every injector has told of `second`, or of a later one."""
        return all(injector.second >= second for injector in self._injectors.values())

    def took(self, tick: wire.InjectorTick) -> None:
        injector = self._injectors.get(tick.injector)
        if injector is None:
            return
        injector.accounted += tick.requests + tick.cut
        injector.states = {group.name: group.states for group in tick.groups}
        injector.second, injector.silent_s = tick.second, 0.0
        injector.done = injector.done or tick.last
        if self._finishing:
            self._look_whether_done()

    def _look_whether_done(self) -> None:
        if all(injector.done for injector in self._injectors.values()):
            self.all_done.set()

    # ---------------------------------------------------------------- orders

    def want(self, group: str, count: int, mode: StopMode, by_hand: bool = False) -> int:
        """Have `count` VUs of `group` in all, spread evenly; surplus ones leave as `mode` says."""
        self._wanted[group] = _Wanted(count, mode, by_hand)
        if count == 0:
            del self._lost_done[group]
        self._order += 1
        self._spread(group, self._order)
        return self._order

    def wanted(self, group: str) -> int:
        """What was last asked for, in all."""
        return self._wanted[group].count if group in self._wanted else 0

    def sharers(self, group: str) -> tuple[int, ...]:
        """Living injectors that were told to have VUs of `group`."""
        return tuple(i for i in self.living if self._sent.get((i, group)))

    def still_open(self, orders: Iterable[int]) -> set[int]:
        """Those that some injector has not yet acted on."""
        return {order for order in orders if order in self._open}

    def pause(self, groups: Iterable[str]) -> int:
        names = tuple(sorted(groups))
        self._paused |= set(names)
        return self.tell(lambda order: wire.Pause(order, names))

    def resume(self, groups: Iterable[str], over_s: float) -> int:
        names = tuple(sorted(groups))
        self._paused -= set(names)
        return self.tell(lambda order: wire.Resume(order, names, over_s))

    def switch(self, point: str, on: bool) -> int:
        self._switched[point] = on
        return self.tell(lambda order: wire.SwitchRendezvous(order, point, on))

    def set_think(self, group: str, think: ThinkPlan) -> int:
        self._thinks[group] = think
        return self.tell(partial(_thinking, group, think))

    def release(self, point: str, number: int, counts: dict[int, int | None]) -> int:
        """Release number `number` at `point`: in each injector so many, or all with None."""
        self._order += 1
        self._await(self._order, counts)
        for injector, count in counts.items():
            self._pool.send(injector, wire.Release(self._order, point, number, count))
        return self._order

    def lease(self) -> None:
        for injector in self._injectors:
            self._pool.send(injector, wire.Lease())

    def finish(self) -> None:
        """Ask every injector for its last tick; `all_done` is set when all have come."""
        for injector in self._injectors:
            self._pool.send(injector, wire.Finish())
        self._finishing = True
        self._look_whether_done()

    def tell(self, make: OrderMaker) -> int:
        return self._tell(self._injectors, make)

    def tell_each(self, makers: Mapping[int, OrderMaker]) -> int:
        """One order with a wording for each of some injectors."""
        self._order += 1
        self._await(self._order, makers)
        for injector, make in makers.items():
            self._pool.send(injector, make(self._order))
        return self._order

    def has_acted(self, injector: int, order: int) -> None:
        waiting = self._open.get(order)
        if waiting is None:
            return
        waiting.discard(injector)
        if not waiting:
            del self._open[order]
            self._acted(order)

    def _tell(self, injectors: Iterable[int], make: OrderMaker) -> int:
        self._order += 1
        order = make(self._order)
        self._await(self._order, injectors)
        for injector in injectors:
            self._pool.send(injector, order)
        return self._order

    def _await(self, order: int, injectors: Iterable[int]) -> None:
        """The order is open until all of `injectors` have acted on it."""
        if waited := set(injectors):
            self._open[order] = waited

    def _spread(self, group: str, number: int) -> None:
        wanted = self._wanted[group]
        count = max(0, wanted.count - self._lost_done[group])
        changed = {
            injector: share
            for injector, share in shares(count, self.living, self._groups[group]).items()
            if wanted.count == 0 or self._sent.get((injector, group)) != share
        }
        self._await(number, changed)
        for injector, share in changed.items():
            self._sent[injector, group] = share
            order = wire.SetVus(number, group, share, wanted.mode, wanted.by_hand)
            self._pool.send(injector, order)

    def _spread_all(self) -> None:
        for group in self._wanted:
            self._order += 1
            self._spread(group, self._order)

    def _again(self, injectors: Iterable[int]) -> None:
        for injector in injectors:
            for group in self._groups:
                self._sent.pop((injector, group), None)


def _switched(point: str, on: bool, order: int) -> wire.Order:
    return wire.SwitchRendezvous(order, point, on)


def _thinking(group: str, think: ThinkPlan, order: int) -> wire.Order:
    return wire.SetThink(order, group, think)


def _done(states: dict[VuState, int]) -> int:
    """VUs that ended by themselves."""
    return sum(states.get(end, 0) for end in (VuState.PASSED, VuState.FAILED, VuState.ERROR))
