"""A group of VU slots in this injector, filled and emptied as ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from perfconsole.injector.arrivals import Arrivals, Counted
from perfconsole.injector.browser import Browser
from perfconsole.injector.engine import Engine
from perfconsole.injector.flow import always_waits, compiled
from perfconsole.injector.gate import Gate
from perfconsole.injector.keeping import Keeping
from perfconsole.injector.outlet import outlets
from perfconsole.injector.player import Step
from perfconsole.injector.pooled import PooledVu
from perfconsole.injector.role import Browsers, Role
from perfconsole.injector.values import Supply, has_values
from perfconsole.injector.vu import Vu
from perfconsole.model.plan import GroupPlan, InjectorPlan, Script, TargetPlan, ThinkPlan
from perfconsole.model.states import StopMode
from perfconsole.model.wait import Pacing
from perfconsole.model.wire import GroupCounts, StopWanted
from perfconsole.scenario.secret_text import masked_text


def _browsers(group: GroupPlan, target: TargetPlan, engine: Engine) -> Browsers:
    """What makes the browsers of a group's VUs; the second engine is loaded when one needs it."""
    outlet = outlets(group)
    if group.on_second_engine:
        from perfconsole.injector.httpx_browser import HttpxBrowser, httpx_browsers

        second = HttpxBrowser if engine.tracer is None else engine.tracer.second_browser
        return httpx_browsers(group, target, outlet, second)
    first = Browser if engine.tracer is None else engine.tracer.browser
    return lambda engine, user: first(engine, user, outlet())


@dataclass(frozen=True, slots=True)
class Playable:
    """A script, compiled."""

    steps: tuple[Step, ...]
    init: tuple[Step, ...]
    end: tuple[Step, ...]
    always_waits: bool
    has_values: bool
    pacing: Pacing | None


class Group:
    """VUs in slots 0, 1, ...: new ones take the lowest free slot, the highest leave first.

    Those that wait begin from the lowest slot on.
    """

    __slots__ = (
        "_alone", "_engine", "_made", "_peak", "_plan", "_role", "_samples", "_stop_wanted",
        "_variables", "_whole", "arrivals", "gate", "keeping", "slots",
    )  # fmt: skip

    def __init__(
        self,
        plan: GroupPlan,
        whole: InjectorPlan,
        engine: Engine,
        supply: Supply,
        arrivals: Arrivals | None = None,
    ) -> None:
        """`arrivals` in an open model.

        Raises Unusable when its way to the target cannot be taken here.
        """
        self._engine = engine
        self.arrivals = arrivals
        self.gate = Gate(engine.loop)
        self.keeping = Keeping(plan.name, engine.loop, engine.send)
        self._role = Role(
            plan.name,
            (),
            False,
            plan.iterations,
            self.gate,
            self.keeping,
            _browsers(plan, whole.target, engine),
            plan.think,
            tickets=plan.samples,
            stop_wanted=self._want_stop,
        )
        self._plan, self._whole = plan, whole
        self._variables = plan.variables
        self.play(self.ready_to_play(plan.script), supply)
        self._samples = plan.samples
        self._stop_wanted = False
        """The controller has been told, since the group was started."""
        self._made = 0
        """VUs so far."""
        self._peak = 0
        self._alone: dict[Vu, None] = {}
        """VUs that were paused one by one, those among them that have left since."""
        self.slots: list[Vu] = []

    def ready_to_play(self, script: Script) -> Playable:
        """Raises Unusable when a file it sends cannot be read, or its flow cannot be loaded."""
        pacing = None if self.arrivals is not None else script.pacing
        if self._plan.python is not None:
            from perfconsole.injector.python_flow import Flow

            flow = Flow(self._plan, self._plan.python, self._whole, self._engine)
            return Playable(flow.steps, flow.init, flow.end, False, True, pacing)
        group, origin, recorder = self._role.group, self._engine.origin, self._engine.recorder
        traced = None if self._engine.tracer is None else self._engine.tracer.step
        return Playable(
            compiled(script.steps, group, origin, recorder, traced),
            compiled(script.init, group, origin, recorder, traced),
            compiled(script.end, group, origin, recorder, traced),
            always_waits(script.steps),
            has_values(script),
            pacing,
        )

    def play(self, playable: Playable, supply: Supply) -> None:
        """From their next iterations on."""
        role = self._role
        role.steps, role.init, role.end = playable.steps, playable.init, playable.end
        role.always_waits, role.pacing = playable.always_waits, playable.pacing
        role.supply = supply.over(self._variables) if playable.has_values else None

    def resize(self, count: int, mode: StopMode, by_hand: bool, ready: int = 0) -> list[Vu]:
        """Have `count` VUs play, and so many more wait that there are `ready` in all.

        The new ones are returned, not yet started. VUs that have ended for good count, until an
        order for nobody forgets them; that order also tells the new mode to VUs that are already
        leaving.
        """
        if count == ready == 0:
            self._clear(mode, by_hand)
        staying = [vu for vu in self.slots if vu.ended is None and vu.leaving is None]
        done = sum(map(_done, self.slots))
        wanted = max(0, count - (self._done_of_first(count) if ready > count else done))
        called = [vu for vu in staying if vu.called]
        waiting = [vu for vu in staying if not vu.called]
        for vu in called[wanted:]:
            vu.leave(mode, by_hand)
        missing = max(0, wanted - len(called))
        for vu in waiting[:missing]:
            vu.call()
        new = self._fill(missing - len(waiting), called=True)
        waiting = waiting[missing:]
        spare = max(0, max(count, ready) - done - wanted)
        for vu in waiting[spare:]:
            vu.leave(mode, by_hand)
        new += self._fill(spare - len(waiting), called=False)
        self._peak = max(self._peak, self._alive())
        return new

    def _clear(self, mode: StopMode, by_hand: bool) -> None:
        """Nobody is wanted: every VU leaves, and what was before is forgotten."""
        for vu in self.slots:
            vu.leave(mode, by_hand)
            vu.leaving = vu.leaving or mode
            vu.retired = False
        if self.arrivals is not None:
            self.arrivals.stop()
        self._role.tickets = self._samples
        self._stop_wanted = False

    def _done_of_first(self, count: int) -> int:
        """How many of the first `count` slots in use have ended for good: others are to begin
        there where VUs wait that could."""
        used = (vu for vu in self.slots if _done(vu) or (vu.ended is None and vu.leaving is None))
        return sum(map(_done, islice(used, count)))

    def _alive(self) -> int:
        return sum(vu.ended is None for vu in self.slots)

    def _fill(self, count: int, *, called: bool) -> list[Vu]:
        new: list[Vu] = []
        for slot, vu in enumerate(self.slots):
            if len(new) >= count:
                break
            if vu.ended is not None and not _done(vu):
                self.slots[slot] = self._new_vu(slot, called)
                self.slots[slot].kept = vu.kept
                new.append(self.slots[slot])
        while len(new) < count:
            self.slots.append(self._new_vu(len(self.slots), called))
            new.append(self.slots[-1])
        return new

    def _new_vu(self, slot: int, called: bool) -> Vu:
        number, self._made = self._made, self._made + 1
        if self.arrivals is None:
            vu = Vu(self._role, self._engine, number, called=called)
        else:
            vu = PooledVu(self._role, self._engine, number, self.arrivals, called=called)
        vu.slot = slot
        return vu

    def _want_stop(self, why: str) -> None:
        if not self._stop_wanted:
            self._stop_wanted = True
            self._engine.send(StopWanted(self._role.group, masked_text(why)))

    def set_think(self, think: ThinkPlan) -> None:
        self._role.think = think

    def pause(self) -> None:
        self.gate.close()
        if self.arrivals is not None:
            self.arrivals.pause()

    def resume(self, over_s: float, *, all: bool = True) -> None:
        """With `all` also those that were paused one by one."""
        if all:
            for vu in self._alone:
                vu.rejoin()
            self._alone.clear()
        self.gate.open(over_s)
        if self.arrivals is not None:
            self.arrivals.resume()

    def stop_vus(self, slots: Iterable[int], mode: StopMode) -> None:
        """By a hand; nobody takes their place."""
        for vu in self._in(slots):
            vu.leave(mode, by_hand=True)

    def pause_vus(self, slots: Iterable[int], *, on: bool) -> None:
        for vu in self._in(slots):
            if on:
                vu.hold()
                self._alone[vu] = None
            else:
                vu.unhold()
                self._alone.pop(vu, None)

    def _in(self, slots: Iterable[int]) -> Iterator[Vu]:
        return (self.slots[slot] for slot in slots if slot < len(self.slots))

    def trace(self, count: int, *, all: bool) -> None:
        """Keep the next `count` exchanges, the failing ones only or `all`."""
        self.keeping.trace(count, all=all, over=self._mark_traced)
        self._mark_traced()

    def _mark_traced(self) -> None:
        for vu in self.slots:
            vu.traced = self.keeping.takes_all

    def counts(self) -> GroupCounts:
        """States now, and iterations since `reset`."""
        states = Counter(vu.state for vu in self.slots)
        role, arrivals = self._role, self.arrivals
        counts = GroupCounts(
            role.group, dict(states), role.completed, role.failed, self._peak,
            retired=sum(map(_done, self.slots)), samples_left=role.tickets,
            held=sum(vu.held for vu in self._alone),
        )  # fmt: skip
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
        self._alone = {vu: None for vu in self._alone if vu.held}


def _done(vu: Vu) -> bool:
    """It has ended for good, and nobody has asked for a new start since."""
    return vu.ended is not None and (vu.retired or vu.leaving is None)
