"""The load of this injector: groups of VU slots, filled and emptied as ordered."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from random import Random
from time import perf_counter

import msgspec

from perfconsole.injector.arrivals import Arrivals, Counted
from perfconsole.injector.browser import Browser
from perfconsole.injector.engine import Engine
from perfconsole.injector.flow import Step, always_waits, compiled
from perfconsole.injector.gate import Gate
from perfconsole.injector.outlet import outlets
from perfconsole.injector.pooled import PooledVu
from perfconsole.injector.values import Supply, has_values
from perfconsole.injector.vu import Browsers, Role, Vu
from perfconsole.model.plan import GroupPlan, InjectorPlan, PythonFlow, TargetPlan
from perfconsole.model.states import StopMode
from perfconsole.model.wire import GroupCounts, SetRate

STARTS_PER_TURN = 32
"""VUs started before the event loop gets a turn, so that orders never wait for a crowd."""
SETTLE_S = 3
"""Seconds after a start in which new VUs still grow: they connect, and send for the first time."""
START_COST_S = {"http": 0.0001, "https": 0.001}
"""What a start costs about. Where turns are long, because thousands of VUs are busy, starts get a
quarter of the time."""


def _browsers(group: GroupPlan, target: TargetPlan, engine: Engine) -> Browsers:
    """What makes the browsers of a group's VUs; the second engine is loaded when one needs it."""
    outlet = outlets(group)
    if not group.on_second_engine:
        return lambda engine, user: Browser(engine, user, outlet())
    from perfconsole.injector.httpx_browser import httpx_browsers

    return httpx_browsers(group, target, outlet)


def _python_steps(
    group: GroupPlan, python: PythonFlow, whole: InjectorPlan, engine: Engine
) -> tuple[Step, ...]:
    """The flow's file is loaded, and what flows in Python need, when there is one."""
    from perfconsole.injector.python_flow import Flow

    return Flow(group, python, whole, engine).steps


class Group:
    """VUs in slots 0, 1, ...: new ones take the lowest free slot, the highest leave first."""

    __slots__ = ("_engine", "_finite", "_peak", "_role", "arrivals", "gate", "slots")

    def __init__(
        self,
        plan: GroupPlan,
        whole: InjectorPlan,
        engine: Engine,
        supply: Supply,
        arrivals: Arrivals | None = None,
    ) -> None:
        """`arrivals` in an open model.

        Raises Unusable when its way to the target cannot be taken here, or when its flow in Python
        cannot be loaded.
        """
        self._engine = engine
        self.arrivals = arrivals
        self.gate = Gate(engine.loop)
        if plan.python is None:
            steps = compiled(plan.script.steps, plan.name, engine.origin, engine.recorder)
        else:
            steps = _python_steps(plan, plan.python, whole, engine)
        self._role = Role(
            plan.name,
            steps,
            always_waits(plan.script.steps),
            plan.iterations,
            self.gate,
            _browsers(plan, whole.target, engine),
            supply if plan.python is not None or has_values(plan.script) else None,
        )
        self._finite = plan.iterations is not None
        self._peak = 0
        self.slots: list[Vu] = []

    def resize(self, count: int, mode: StopMode, by_hand: bool) -> list[Vu]:
        """Have `count` VUs that are not leaving; the new ones are returned, not yet started.

        VUs that have done all their iterations count, until a count of 0 forgets them. With a
        count of 0 VUs that are already leaving are told the new mode too.
        """
        staying = [vu for vu in self.slots if vu.ended is None and vu.leaving is None]
        wanted = max(0, count - sum(self._done(vu) for vu in self.slots))
        for vu in staying[wanted:]:
            vu.leave(mode, by_hand)
        if count == 0:
            for vu in self.slots:
                vu.leave(mode, by_hand)
                vu.leaving = vu.leaving or mode
            if self.arrivals is not None:
                self.arrivals.stop()
        new = self._fill(wanted - len(staying))
        self._peak = max(self._peak, self._alive())
        return new

    def _alive(self) -> int:
        return sum(vu.ended is None for vu in self.slots)

    def _done(self, vu: Vu) -> bool:
        """It has done its iterations, and nobody has asked for a new start since."""
        return self._finite and vu.ended is not None and vu.leaving is None

    def _fill(self, count: int) -> list[Vu]:
        new: list[Vu] = []
        for slot, vu in enumerate(self.slots):
            if len(new) >= count:
                break
            if vu.ended is not None and not self._done(vu):
                self.slots[slot] = self._new_vu()
                new.append(self.slots[slot])
        while len(new) < count:
            self.slots.append(self._new_vu())
            new.append(self.slots[-1])
        return new

    def _new_vu(self) -> Vu:
        if self.arrivals is None:
            return Vu(self._role, self._engine)
        return PooledVu(self._role, self._engine, self.arrivals)

    def pause(self) -> None:
        self.gate.close()
        if self.arrivals is not None:
            self.arrivals.pause()

    def resume(self, over_s: float) -> None:
        self.gate.open(over_s)
        if self.arrivals is not None:
            self.arrivals.resume()

    def counts(self) -> GroupCounts:
        """States now, and iterations since `reset`."""
        states = Counter(vu.state for vu in self.slots)
        role, arrivals = self._role, self.arrivals
        counts = GroupCounts(role.group, dict(states), role.completed, role.failed, self._peak)
        if arrivals is None:
            return counts
        counted = arrivals.counted
        return msgspec.structs.replace(
            counts, due=counted.due, offered=counted.offered, waiting=arrivals.waiting,
            dropped=counted.dropped,
        )  # fmt: skip

    def reset(self) -> None:
        """A new second begins."""
        self._role.completed = self._role.failed = 0
        if self.arrivals is not None:
            self.arrivals.counted = Counted()
        self._peak = self._alive()


class Load:
    def __init__(self, plan: InjectorPlan, engine: Engine) -> None:
        self._engine = engine
        supply = Supply.of(plan, engine.random)
        origin = perf_counter() - (time.time() - plan.started_at)
        self._groups = {
            group.name: Group(
                group,
                plan,
                engine,
                supply,
                _arrivals(plan, group, engine, origin),
            )
            for group in plan.groups
        }
        self._starting: deque[Vu | Callable[[], None]] = deque()
        self._starter: asyncio.Handle | None = None
        self._start_cost_s = START_COST_S[plan.target.scheme]
        self._growing_s = 0

    def set_vus(
        self, group: str, count: int, mode: StopMode, by_hand: bool, done: Callable[[], None]
    ) -> None:
        """`Group.resize`; `done` is called when all new VUs, if any, have been started."""
        new = self._groups[group].resize(count, mode, by_hand)
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

    def set_rate(self, order: SetRate, done: Callable[[], None]) -> None:
        """`done` is called when it is in force."""
        arrivals = self._groups[order.group].arrivals
        if arrivals is not None:
            arrivals.follow(order, done)

    def pause(self, groups: Iterable[str]) -> None:
        for group in groups:
            self._groups[group].pause()

    def resume(self, groups: Iterable[str], over_s: float) -> None:
        for group in groups:
            self._groups[group].resume(over_s)

    async def cut(self) -> None:
        """End every VU now, requests in flight and all."""
        for group in self._groups.values():
            group.resize(0, StopMode.NOW, by_hand=False)
        vus = (vu for group in self._groups.values() for vu in group.slots)
        alive = [vu.task for vu in vus if vu.task is not None and vu.ended is None]
        if alive:
            await asyncio.wait(alive)
        for group in self._groups.values():
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
