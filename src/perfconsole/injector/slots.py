"""The load of this injector: groups of VU slots, filled and emptied as ordered."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from time import perf_counter

from perfconsole.injector.browser import Browser
from perfconsole.injector.engine import Engine
from perfconsole.injector.flow import always_waits, compiled
from perfconsole.injector.gate import Gate
from perfconsole.injector.values import Supply, has_values
from perfconsole.injector.vu import Browsers, Role, Vu
from perfconsole.model.plan import GroupPlan, InjectorPlan, Step, TargetPlan
from perfconsole.model.states import StopMode
from perfconsole.model.wire import GroupCounts

STARTS_PER_TURN = 32
"""VUs started before the event loop gets a turn, so that orders never wait for a crowd."""
START_COST_S = {"http": 0.0001, "https": 0.001}
"""What a start costs about. Where turns are long, because thousands of VUs are busy, starts get a
quarter of the time."""


def _browsers(group: GroupPlan, target: TargetPlan, engine: Engine) -> Browsers:
    """What makes the browsers of a group's VUs; the second engine is loaded when one needs it."""
    if not group.on_second_engine:
        return Browser
    from perfconsole.injector.httpx_browser import httpx_browsers

    return httpx_browsers(group, target)


class Group:
    """VUs in slots 0, 1, ...: new ones take the lowest free slot, the highest leave first."""

    __slots__ = ("_engine", "_finite", "_peak", "_role", "gate", "slots")

    def __init__(
        self,
        plan: GroupPlan,
        steps: tuple[Step, ...],
        target: TargetPlan,
        engine: Engine,
        supply: Supply,
    ) -> None:
        """Raises Unusable when its way to the target cannot be taken here."""
        self._engine = engine
        self.gate = Gate(engine.loop)
        self._role = Role(
            plan.name,
            compiled(steps, plan.name, engine.origin, engine.recorder),
            always_waits(steps),
            plan.iterations,
            self.gate,
            _browsers(plan, target, engine),
            supply if has_values(steps) else None,
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
                self.slots[slot] = Vu(self._role, self._engine)
                new.append(self.slots[slot])
        while len(new) < count:
            self.slots.append(Vu(self._role, self._engine))
            new.append(self.slots[-1])
        return new

    def counts(self) -> GroupCounts:
        """States now, and iterations since `reset`."""
        states = Counter(vu.state for vu in self.slots)
        role = self._role
        return GroupCounts(role.group, dict(states), role.completed, role.failed, self._peak)

    def reset(self) -> None:
        """A new second begins."""
        self._role.completed = self._role.failed = 0
        self._peak = self._alive()


class Load:
    def __init__(self, plan: InjectorPlan, engine: Engine) -> None:
        self._engine = engine
        supply = Supply.of(plan, engine.random)
        self._groups = {
            group.name: Group(group, plan.flows[group.flow], plan.target, engine, supply)
            for group in plan.groups
        }
        self._starting: deque[Vu | Callable[[], None]] = deque()
        self._starter: asyncio.Handle | None = None
        self._start_cost_s = START_COST_S[plan.target.scheme]

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

    def pause(self, groups: Iterable[str]) -> None:
        for group in groups:
            self._groups[group].gate.close()

    def resume(self, groups: Iterable[str], over_s: float) -> None:
        for group in groups:
            self._groups[group].gate.open(over_s)

    async def cut(self) -> None:
        """End every VU now, requests in flight and all."""
        for group in self._groups.values():
            group.resize(0, StopMode.NOW, by_hand=False)
        vus = (vu for group in self._groups.values() for vu in group.slots)
        alive = [vu.task for vu in vus if vu.task is not None and vu.ended is None]
        if alive:
            await asyncio.wait(alive)

    def counts(self) -> tuple[GroupCounts, ...]:
        return tuple(group.counts() for group in self._groups.values())

    def reset(self) -> None:
        """A new second begins."""
        for group in self._groups.values():
            group.reset()
