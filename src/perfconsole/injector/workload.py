"""The load of this injector: its groups, and what orders make of them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from time import perf_counter

import msgspec

from perfconsole.injector.arrivals import Arrivals
from perfconsole.injector.engine import Engine
from perfconsole.injector.slots import Group
from perfconsole.injector.values import Supply
from perfconsole.injector.vu import Vu
from perfconsole.injector.vu_rows import listed
from perfconsole.model.plan import GroupPlan, InjectorPlan, Script, ThinkPlan
from perfconsole.model.states import StopMode
from perfconsole.model.wire import (
    AddGroup,
    GroupCounts,
    ListVus,
    LoadScripts,
    PauseVus,
    SetRate,
    SetVus,
    StopVus,
    Trace,
    VuList,
)

STARTS_PER_TURN = 32
"""VUs started before the event loop gets a turn, so that orders never wait for a crowd."""
SETTLE_S = 3
"""Seconds after a start in which new VUs still grow: they connect, and send for the first time."""
START_COST_S = {"http": 0.0001, "https": 0.001}
"""What a start costs about. Where turns are long, because thousands of VUs are busy, starts get a
quarter of the time."""


class Load:
    def __init__(self, plan: InjectorPlan, engine: Engine) -> None:
        self._engine = engine
        self._plan = plan
        self._supply = supply = Supply.of(plan)
        self._origin = perf_counter() - (time.time() - plan.started_at)
        self._groups = {group.name: self._group(group, plan, supply) for group in plan.groups}
        self._starting: deque[Vu | Callable[[], None]] = deque()
        self._starter: asyncio.Handle | None = None
        self._start_cost_s = START_COST_S[plan.target.scheme]
        self._growing_s = 0

    def _group(self, group: GroupPlan, whole: InjectorPlan, supply: Supply) -> Group:
        """Raises Unusable."""
        arrivals = _arrivals(whole, group, self._engine, self._origin)
        return Group(group, whole, self._engine, supply, arrivals)

    def add_group(self, order: AddGroup) -> None:
        """One more, without VUs yet. Raises Unusable, with nothing changed."""
        added = order.group
        plan = msgspec.structs.replace(
            self._plan,
            groups=(*self._plan.groups, added),
            secret=order.secret,
            data={**order.data, **self._plan.data},
        )
        supply = self._supply.renewed(plan)
        self._groups[added.name] = self._group(added, plan, supply)
        self._plan, self._supply = plan, supply

    def set_vus(self, order: SetVus, done: Callable[[], None]) -> None:
        """`Group.resize`; `done` is called when all new VUs, if any, have been started."""
        group = self._groups[order.group]
        new = group.resize(order.count, order.mode, order.by_hand, order.ready)
        if not new:
            done()
            return
        self._starting.extend(new)
        self._starting.append(done)
        if self._starter is None:
            self._start_some(perf_counter())

    def _start_some(self, last_turn: float) -> None:
        self._starter = None
        self._growing_s = SETTLE_S
        now = perf_counter()
        most = max(STARTS_PER_TURN, (now - last_turn) / 4 / self._start_cost_s)
        started = 0
        while self._starting and started < most:
            first = self._starting.popleft()
            if isinstance(first, Vu):
                first.start()
                started += 1
            else:
                first()
        if self._starting:
            self._starter = self._engine.loop.call_soon(self._start_some, now)

    def load_scripts(self, order: LoadScripts) -> None:
        """Each VU plays its group's new script from its next iteration on.

        Raises Unusable, with nothing changed, when a file they send cannot be read.
        """
        groups = tuple(
            msgspec.structs.replace(group, script=order.scripts.get(group.name, group.script))
            for group in self._plan.groups
        )
        plan = msgspec.structs.replace(self._plan, groups=groups, variables=order.variables)
        supply = self._supply.renewed(plan)
        playables = {each.name: self._groups[each.name].ready_to_play(each.script)
                     for each in groups}  # fmt: skip
        for name, playable in playables.items():
            self._groups[name].play(playable, supply)
        self._plan, self._supply = plan, supply

    def set_rate(self, order: SetRate, done: Callable[[], None]) -> None:
        """`done` is called when it is in force."""
        arrivals = self._groups[order.group].arrivals
        if arrivals is not None:
            arrivals.follow(order, done)

    def set_think(self, group: str, think: ThinkPlan) -> None:
        self._groups[group].set_think(think)

    def pause(self, groups: Iterable[str]) -> None:
        for group in groups:
            self._groups[group].pause()

    def resume(self, groups: Iterable[str], over_s: float, *, all: bool = True) -> None:
        for group in groups:
            self._groups[group].resume(over_s, all=all)

    def stop_vus(self, order: StopVus) -> None:
        self._groups[order.group].stop_vus(order.slots, order.mode)

    def pause_vus(self, order: PauseVus) -> None:
        self._groups[order.group].pause_vus(order.slots, on=order.on)

    def trace(self, order: Trace) -> None:
        self._groups[order.group].trace(order.count, all=order.all)

    def mute(self, group: str, *, on: bool) -> None:
        self._groups[group].keeping.muted = on

    async def vus(self, order: ListVus) -> VuList:
        return await listed(self._groups[order.group].slots, order, self._engine.recorder)

    async def cut(self) -> None:
        """End every VU now, requests in flight and all."""
        for group in self._groups.values():
            group.resize(0, StopMode.NOW, by_hand=False)
        vus = (vu for group in self._groups.values() for vu in group.slots)
        alive = [vu.task for vu in vus if vu.task is not None and vu.ended is None]
        if alive:
            await asyncio.wait(alive)
        for group in self._groups.values():
            group.keeping.tell()
            if group.arrivals is not None:
                group.arrivals.close()

    def counts(self) -> tuple[GroupCounts, ...]:
        return tuple(group.counts() for group in self._groups.values())

    def reset(self) -> None:
        """A new second begins."""
        for group in self._groups.values():
            group.reset()
        if self._growing_s:
            # What a crowd is made of lives long: looking through it takes a tenth of a second.
            gc.freeze()
            self._growing_s -= 1


def _arrivals(
    plan: InjectorPlan, group: GroupPlan, engine: Engine, origin: float
) -> Arrivals | None:
    """`origin` is `perf_counter` at run second 0."""
    if group.arrivals is None:
        return None
    poisson = group.arrivals == "poisson"
    random = Random(f"{plan.seed}/{plan.injector}/{group.name}") if poisson else None
    return Arrivals(engine.loop, origin, random)


def without_steps(order: AddGroup) -> AddGroup:
    """The same group with nothing to play: its VUs end where they would begin."""
    name, arrivals = order.group.name, order.group.arrivals
    empty = GroupPlan(name, Script(), arrivals=arrivals, samples=0)
    return msgspec.structs.replace(order, group=empty, data={})
