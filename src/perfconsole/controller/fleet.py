"""The injectors of one run as a whole: orders to all, shares of VUs, what to do when one dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from perfconsole.controller.lessened import Lessened
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model import plan, wire
from perfconsole.model.states import StopMode, VuState, active
from perfconsole.pool.port import InjectorLost, Pool

OrderMaker = Callable[[int], wire.Order]
"""Makes the order for all from its number."""
Adding = Callable[[int], OrderMaker]
"""Makes the order that adds a group, for the injector of a number."""


@dataclass(slots=True)
class _Injector:
    pid: int
    accounted: int = 0
    """Requests it has reported, finished or cut."""
    groups: dict[str, wire.GroupCounts] = field(default_factory=dict)
    """As last reported."""
    second: int = -1
    """Of its last tick."""
    done: bool = False
    """Its last tick has come."""
    silent_s: float = 0.0
    """Time since its last tick."""

    def states(self, group: str) -> dict[VuState, int]:
        return self.groups[group].states if group in self.groups else {}

    def retired(self, group: str) -> int:
        return self.groups[group].retired if group in self.groups else 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    count: int
    ready: int
    mode: StopMode
    by_hand: bool


class Fleet:
    """`acted` is called with an order's number when every living injector has acted on it."""

    def __init__(
        self, pool: Pool, schedules: Mapping[str, GroupSchedule], acted: Callable[[int], None]
    ) -> None:
        self._pool = pool
        self._groups = {name: index for index, name in enumerate(schedules)}
        self._acted = acted
        self._injectors: dict[int, _Injector] = {}
        self._wanted: dict[str, _Wanted] = {}
        self._sent: dict[tuple[int, str], tuple[int, int]] = {}
        """How many VUs each injector was last told for each group, and how many ready ones."""
        self._open: dict[int, set[int]] = {}
        self._order = 0
        self._finishing = False
        self.all_done = asyncio.Event()
        """Nothing more will come from any injector."""
        self._added: dict[str, Adding] = {}
        """Groups that came after the start."""
        self._paused: set[str] = set()
        self._switched: dict[str, dict[tuple[str, ...], bool]] = {}
        """Rendezvous points that a hand turned on or off: for which groups, all when none."""
        self._muted: set[str] = set()
        self._traced: dict[str, tuple[int, bool]] = {}
        """Groups of which exchanges are still to be kept: how many, and whether all."""
        self._lessened: dict[str, tuple[Lessened, Lessened]] = {}
        """By hands that stopped single VUs: of the shares of those that play, and of all there."""
        self._loaded: tuple[dict[str, plan.Script], dict[str, str]] | None = None
        """Edited scripts of groups, and the variables of all."""
        self._thinks: dict[str, plan.ThinkPlan] = {}
        """Of groups whose think times a hand has changed."""
        self._lost_done: Counter[str] = Counter()
        """VUs that had ended for good in injectors now lost."""

    # ---------------------------------------------------------------- membership

    def joined(self, pids: dict[int, int]) -> None:
        """New injectors are up: bring them to where the others are."""
        for number, pid in pids.items():
            self._injectors[number] = _Injector(pid)
        for adding in self._added.values():
            self._tell_of_group(pids, adding)
        self._again(pids)
        if self._loaded is not None:
            self._tell(pids, partial(_loading, *self._loaded))
        if self._paused:
            paused = tuple(sorted(self._paused))
            self._tell(pids, lambda order: wire.Pause(order, paused))
        for point, switched in self._switched.items():
            for groups, on in switched.items():
                self._tell(pids, partial(_switched, point, on, groups))
        for group, think in self._thinks.items():
            self._tell(pids, partial(_thinking, group, think))
        for group in sorted(self._muted):
            self._tell(pids, partial(_muting, group, True))
        for group, (count, every) in self._traced.items():
            self._tell(pids, partial(_tracing, group, count, every))
        self._spread_all()

    def lost(self, loss: InjectorLost) -> int:
        """Forget an injector, start its VUs in the others; returns the requests it took along."""
        gone = self._injectors.pop(loss.injector, None)
        if gone is not None:
            self._lost_done.update({group: gone.retired(group) for group in self._groups})
        for lessened in self._lessened.values():
            for each in lessened:
                each.lost(loss.injector)
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
        return sum(active(group.states) for group in found.groups.values()) if found else 0

    def alive(self, group: str) -> int:
        """VUs of a group alive, as last reported."""
        return sum(active(i.states(group)) for i in self._injectors.values())

    def at_work(self, group: str) -> int:
        """The same, without those that wait for their turn to begin."""
        wanted = self._wanted.get(group)
        waiting = 0 if wanted is None else max(0, wanted.ready - wanted.count)
        return max(0, self.alive(group) - waiting)

    def done(self, group: str) -> int:
        """VUs of a group that have ended for good since it was started."""
        here = sum(i.retired(group) for i in self._injectors.values())
        return here + self._lost_done[group]

    def samples_left(self, group: str) -> int | None:
        """Iterations that nobody has begun yet; None when the group has no number of them."""
        reported = (i.groups.get(group) for i in self._injectors.values())
        left = [each.samples_left for each in reported if each is not None]
        counted = [each for each in left if each is not None]
        return sum(counted) if counted and len(counted) == len(self._injectors) else None

    def initialized(self, group: str) -> bool:
        """None of the VUs wanted is still to play its init, or at it."""
        wanted = self._wanted.get(group)
        states = Counter[VuState]()
        for injector in self._injectors.values():
            states.update(injector.states(group))
        there = active(states) + self.done(group)
        return (
            wanted is not None
            and there >= max(wanted.count, wanted.ready)
            and not states[VuState.INITIALIZING]
        )

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
        injector.groups = {group.name: group for group in tick.groups}
        injector.second, injector.silent_s = tick.second, 0.0
        injector.done = injector.done or tick.last
        if self._finishing:
            self._look_whether_done()

    def _look_whether_done(self) -> None:
        if all(injector.done for injector in self._injectors.values()):
            self.all_done.set()

    # ---------------------------------------------------------------- orders

    def add(self, group: str, adding: Adding) -> int:
        """One more group, for the injectors that live and those that come later."""
        self._groups[group] = len(self._groups)
        self._added[group] = adding
        return self._tell_of_group(self._injectors, adding)

    def want(
        self, group: str, count: int, mode: StopMode, by_hand: bool = False, ready: int = 0
    ) -> int:
        """Have `count` VUs of `group` in all, spread evenly; surplus ones leave as `mode` says.

        So many more wait for their turn, their init played, that there are `ready` in all.
        """
        before = self.wanted(group)
        self._wanted[group] = wanted = _Wanted(count, max(count, ready), mode, by_hand)
        if wanted.ready == 0:
            del self._lost_done[group]
            self._lessened.pop(group, None)
        for lessened, more in zip(
            self._lessened.get(group, ()),
            (wanted.count - before[0], wanted.ready - before[1]),
            strict=False,
        ):
            lessened.raised(more)
        self._order += 1
        self._spread(group, self._order)
        return self._order

    def wanted(self, group: str) -> tuple[int, int]:
        """What was last asked for, in all: VUs, and VUs that are there."""
        wanted = self._wanted.get(group)
        return (0, 0) if wanted is None else (wanted.count, wanted.ready)

    def sharers(self, group: str) -> tuple[int, ...]:
        """Living injectors that were told to have VUs of `group`."""
        return tuple(i for i in self.living if self._sent.get((i, group), (0, 0))[0])

    def still_open(self, orders: Iterable[int]) -> set[int]:
        """Those that some injector has not yet acted on."""
        return {order for order in orders if order in self._open}

    def pause(self, groups: Iterable[str]) -> int:
        names = tuple(sorted(groups))
        self._paused |= set(names)
        return self.tell(lambda order: wire.Pause(order, names))

    def resume(self, groups: Iterable[str], over_s: float, *, all: bool = True) -> int:
        """With `all` also those of their VUs that were paused one by one."""
        names = tuple(sorted(groups))
        self._paused -= set(names)
        return self.tell(lambda order: wire.Resume(order, names, over_s, all))

    def stop_vus(
        self,
        group: str,
        slots: Mapping[int, tuple[int, ...]],
        mode: StopMode,
        fewer: Mapping[int, tuple[int, int]],
        wanted: tuple[int, int],
    ) -> int:
        """VUs in these slots leave, and nobody takes their place: in each injector `fewer` VUs are
        wanted, of those that play and of all that are there; `wanted` are left in all."""
        playing, there = self._lessened.setdefault(group, (Lessened(), Lessened()))
        for injector, (of_playing, of_all) in fewer.items():
            playing.lessen(injector, of_playing)
            there.lessen(injector, of_all)
            count, ready = self._sent.get((injector, group), (0, 0))
            self._sent[injector, group] = count - of_playing, ready and ready - of_all
        self._wanted[group] = _Wanted(*wanted, StopMode.AFTER_ITERATION, by_hand=True)
        order = self.tell_each(
            {injector: partial(_stopping, group, some, mode) for injector, some in slots.items()}
        )
        self._order += 1
        self._spread(group, self._order)
        return order

    def pause_vus(self, group: str, slots: Mapping[int, tuple[int, ...]], on: bool) -> int:
        return self.tell_each(
            {injector: partial(_holding, group, some, on) for injector, some in slots.items()}
        )

    def mute(self, group: str, on: bool) -> int:
        if on:
            self._muted.add(group)
        else:
            self._muted.discard(group)
        return self.tell(partial(_muting, group, on))

    def trace(self, group: str, count: int, every: bool) -> int:
        """Have every injector report the next `count` exchanges of `group`; 0 ends it."""
        self.trace_left(group, count, every)
        return self.tell(partial(_tracing, group, count, every))

    def trace_left(self, group: str, count: int, every: bool) -> None:
        """So many are still to be kept, for injectors that come later."""
        if count:
            self._traced[group] = (count, every)
        else:
            self._traced.pop(group, None)

    def ask(self, injector: int, make: OrderMaker) -> int:
        """An order that is answered by a report of its own."""
        self._order += 1
        self._pool.send(injector, make(self._order))
        return self._order

    def switch(self, point: str, on: bool, groups: tuple[str, ...] = ()) -> int:
        """For these groups, or for all."""
        switched = self._switched.setdefault(point, {})
        if not groups:
            switched.clear()
            switched[()] = on
        else:
            switched.update({(group,): on for group in groups})
        return self.tell(partial(_switched, point, on, groups))

    def load(self, scripts: dict[str, plan.Script], variables: dict[str, str]) -> int:
        """Have groups play other scripts from the next iterations on."""
        before = self._loaded[0] if self._loaded is not None else {}
        self._loaded = ({**before, **scripts}, variables)
        return self.tell(partial(_loading, scripts, variables))

    def set_think(self, group: str, think: plan.ThinkPlan) -> int:
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

    def _tell_of_group(self, injectors: Iterable[int], adding: Adding) -> int:
        return self.tell_each({injector: adding(injector) for injector in injectors})

    def _await(self, order: int, injectors: Iterable[int]) -> None:
        """The order is open until all of `injectors` have acted on it."""
        if waited := set(injectors):
            self._open[order] = waited

    def _spread(self, group: str, number: int) -> None:
        wanted, lost, turn = self._wanted[group], self._lost_done[group], self._groups[group]
        playing, there = self._lessened.get(group) or (Lessened(), Lessened())
        counts = playing.shares(max(0, wanted.count - lost), self.living, turn)
        readies = there.shares(max(0, wanted.ready - lost), self.living, turn)
        each = {i: (count, readies[i] if readies[i] > count else 0) for i, count in counts.items()}
        changed = {
            injector: share
            for injector, share in each.items()
            if wanted.ready == 0 or self._sent.get((injector, group)) != share
        }
        self._await(number, changed)
        for injector, (count, ready) in changed.items():
            self._sent[injector, group] = count, ready
            order = wire.SetVus(number, group, count, wanted.mode, wanted.by_hand, ready)
            self._pool.send(injector, order)

    def _spread_all(self) -> None:
        for group in self._wanted:
            self._order += 1
            self._spread(group, self._order)

    def _again(self, injectors: Iterable[int]) -> None:
        for injector in injectors:
            for group in self._groups:
                self._sent.pop((injector, group), None)


def _loading(scripts: dict[str, plan.Script], variables: dict[str, str], order: int) -> wire.Order:
    return wire.LoadScripts(order, scripts, variables)


def _switched(point: str, on: bool, groups: tuple[str, ...], order: int) -> wire.Order:
    return wire.SwitchRendezvous(order, point, on, groups)


def _muting(group: str, on: bool, order: int) -> wire.Order:
    return wire.Mute(order, group, on)


def _tracing(group: str, count: int, every: bool, order: int) -> wire.Order:
    return wire.Trace(order, group, count, every)


def _stopping(group: str, slots: tuple[int, ...], mode: StopMode, order: int) -> wire.Order:
    return wire.StopVus(order, group, slots, mode)


def _holding(group: str, slots: tuple[int, ...], on: bool, order: int) -> wire.Order:
    return wire.PauseVus(order, group, slots, on)


def _thinking(group: str, think: plan.ThinkPlan, order: int) -> wire.Order:
    return wire.SetThink(order, group, think)
