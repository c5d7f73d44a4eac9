"""A virtual user: one task that plays its group's flow until it is told to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from random import Random
from time import perf_counter
from typing import Final

from perfconsole.injector.browser import Browser, User
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import Failure, one_line
from perfconsole.injector.gate import Gate
from perfconsole.injector.gathering import Volley
from perfconsole.injector.player import Step, thinks_of
from perfconsole.injector.values import NO_VALUES, Supply, Values
from perfconsole.model.plan import ThinkPlan
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import Pacing, Wait
from perfconsole.texts import say

Browsers = Callable[[Engine, User], Browser]
"""Makes the browser of a VU."""

NO_CONNECTION_WAIT_S = 0.1
"""Before the next iteration of a VU that got no connection: a dead target is no busy loop."""

_HARSHNESS: Final = {StopMode.AFTER_ITERATION: 1, StopMode.AFTER_REQUEST: 2, StopMode.NOW: 3}


class Doing(Enum):
    """What a VU is at; the states shown are made of this, its group and its orders."""

    REQUESTS = auto()
    THINKING = auto()
    HELD = auto()
    GATHERING = auto()
    IDLE = auto()


class Leave(Exception):
    """Unwinds a flow whose VU has been told to leave: its transactions are cut."""


@dataclass(slots=True)
class Role:
    """What the VUs of one group have in common."""

    group: str
    steps: Sequence[Step]
    always_waits: bool
    iterations: int | None
    gate: Gate
    browser: Browsers
    think: ThinkPlan
    """What becomes of think times, from the next one on."""
    supply: Supply | None = None
    """Of values; None when the flow has none."""
    pacing: Pacing | None = None
    stop_wanted: Callable[[str], None] = lambda _: None
    """Asks the controller to stop the group, and says why."""
    completed: int = 0
    """Iterations in this second, failed ones among them."""
    failed: int = 0


class Vu:
    __slots__ = (
        "_browser", "_by_hand", "_doing", "_engine", "_failed", "_not_before", "_playing", "_role",
        "_waiter", "ended", "excluded_s", "fetch", "gate", "late_us", "leaving", "now", "retired",
        "skipped", "task", "tolerated", "values",
    )  # fmt: skip

    def __init__(self, role: Role, engine: Engine) -> None:
        self._role = role
        self._engine = engine
        self._browser = role.browser(engine, self)
        self.task: asyncio.Task[None] | None = None
        """Its life; None before it is started."""
        self._waiter: asyncio.Future[None] | None = None
        self._doing = Doing.REQUESTS
        self._playing = False
        """It has been let past the border before its first step."""
        self._failed = False
        self._by_hand = False
        self.fetch = self._browser.fetch
        """The browser's own, without a call between."""
        self.gate = role.gate
        self.leaving: StopMode | None = None
        self.ended: VuState | None = None
        """How it ended; None while it lives."""
        self.excluded_s = 0.0
        self.now = 0.0
        self.late_us: float | None = None
        self.skipped: list[Iterator[Wait]] = []
        self.values: Values = NO_VALUES
        self.tolerated = 0
        self.retired = False
        """It has ended for good, or is about to: nobody takes its place."""
        self._not_before = 0.0
        """`perf_counter` when pacing lets the next iteration begin."""

    @property
    def group(self) -> str:
        return self._role.group

    @property
    def random(self) -> Random:
        return self._engine.random

    @property
    def state(self) -> VuState:
        if self.ended is not None:
            return self.ended
        if self.leaving is not None:
            gradual = self.leaving is StopMode.AFTER_ITERATION
            return VuState.GRADUAL_EXITING if gradual else VuState.EXITING
        if self.task is None:
            return VuState.INITIALIZING
        if not self._playing:
            return VuState.READY
        if self._doing is Doing.GATHERING:
            return VuState.RENDEZVOUS
        held = self.gate.closed and self._doing is not Doing.REQUESTS
        return VuState.PAUSED if held or self._doing is Doing.HELD else VuState.RUNNING

    # ------------------------------------------------------------ orders

    def start(self) -> None:
        """Begin to play; nothing when it was told to leave before."""
        if self.ended is None:
            self.task = self._engine.loop.create_task(self._live())
            self.task.add_done_callback(self._over)

    def leave(self, mode: StopMode, by_hand: bool) -> None:
        """Leave as `mode` says; an earlier order to leave can only become harsher."""
        if self.ended is not None:
            return
        self._by_hand |= by_hand
        if self.leaving is not None and _HARSHNESS[mode] <= _HARSHNESS[self.leaving]:
            return
        self.leaving = mode
        if self.task is None:
            self.ended = self._ending()
        elif mode is StopMode.NOW:
            self.task.cancel()
        elif self._doing is not Doing.THINKING or self._must_leave():
            self.wake()

    def wake(self) -> None:
        """End its wait, whatever it waits for."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def fire(self, volley: Volley) -> None:
        """Go, as one of `volley`: its next request counts for the spread."""
        self._browser.volley = volley
        self.wake()

    # ------------------------------------------------------------ its life

    async def _live(self) -> None:
        left = self._role.iterations
        try:
            await self.border()
            self._playing = True
            while left != 0 and self.leaving is None:
                await self._iterate()
                left = None if left is None else left - 1
        except Leave:
            pass
        finally:
            self._browser.close()

    async def _iterate(self) -> None:
        role, browser = self._role, self._browser
        if role.pacing is not None:
            await self._await_turn(role.pacing)
        browser.connect_failed = False
        if role.supply is not None:
            self.values = role.supply.values()
        tolerated = self.tolerated
        goes_on = True
        rest = iter(role.steps)
        for step in rest:
            if self.gate.closed or self.leaving is not None:
                await self.border()
            if not await step.play(self):
                goes_on = False
                self.skipped.append(thinks_of(rest, self))
                break
        role.completed += 1
        if role.pacing is not None and role.pacing.kind == "after":
            self._not_before = perf_counter() + role.pacing.wait.drawn(self.random)
        if browser.volley is not None:
            browser.leave_volley()
        if not goes_on or self.tolerated != tolerated:
            role.failed += 1
            self._failed = True
        if not goes_on:
            if not self.retired:
                await self._keep_pace()
        elif not role.always_waits:
            await asyncio.sleep(0)

    async def _await_turn(self, pacing: Pacing) -> None:
        """Until the next iteration may begin, and does. Raises Leave."""
        wait_s = self._not_before - perf_counter()
        if wait_s > 0:
            await self._wait(Doing.IDLE, wait_s)
            if self.leaving is not None:
                raise Leave
        await self.border()
        if pacing.kind == "every":
            self._not_before = perf_counter() + pacing.wait.drawn(self.random)

    async def _keep_pace(self) -> None:
        """After a failed iteration: wait as its user would have, so that errors bring no hammer."""
        await self._breathe()
        skipped, self.skipped = self.skipped, []
        for wait in chain.from_iterable(skipped):
            if self.gate.closed:
                await self.border()
            if self.leaving is not None or not self._role.think.thinks:
                return
            seconds = self._role.think.drawn(wait, self.random)
            if seconds > 0:
                await self._wait(Doing.IDLE, seconds)
            else:
                await asyncio.sleep(0)

    async def _breathe(self) -> None:
        """Where nothing was sent: a dead target is no busy loop."""
        if self._browser.connect_failed:
            self._browser.connect_failed = False
            await self._wait(Doing.IDLE, NO_CONNECTION_WAIT_S)

    def _over(self, task: asyncio.Task[None]) -> None:
        self.skipped.clear()
        del self._browser, self.fetch  # the two refer to each other; this spares the collector
        error = None if task.cancelled() else task.exception()
        if error is None:
            self.ended = self._ending()
            return
        self.ended = VuState.ERROR
        self._engine.trouble(
            say(
                "a VU of {group} ended by an error of perfconsole itself: {kind}: {text}",
                group=self.group,
                kind=type(error).__name__,
                text=one_line(str(error)),
            )
        )

    def _ending(self) -> VuState:
        if self._by_hand:
            return VuState.STOPPED
        return VuState.FAILED if self._failed else VuState.PASSED

    # ------------------------------------------------------------ what steps ask of it

    async def border(self) -> None:
        """Wait while the group is paused. Raises Leave when it is time to."""
        while True:
            if self._must_leave():
                raise Leave
            if not self.gate.closed:
                return
            self.gate.add(self)
            try:
                await self._wait(Doing.HELD)
            finally:
                self.gate.discard(self)

    async def think(self, wait: Wait) -> None:
        seconds = self._role.think.drawn(wait, self._engine.random)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        await self._wait(Doing.THINKING, seconds)
        if self._must_leave():
            raise Leave

    async def gather(self, point: str) -> None:
        where = self._engine.points[point]
        if not where.on:
            return
        if self.leaving is not None:
            raise Leave
        self._browser.leave_volley()
        where.add(self)
        try:
            await self._wait(Doing.GATHERING)
        finally:
            unreleased = where.discard(self)
        if unreleased:
            raise Leave

    async def fail(self, name: str, failure: Failure) -> bool:
        self._engine.recorder.error(name, self.values.hiding(failure))
        self._browser.connect_failed = True
        await asyncio.sleep(0)
        return False

    async def tolerate(self) -> None:
        self.tolerated += 1
        await self._breathe()

    def give_up(self, whole_group: bool, why: str) -> None:
        """End for good after this iteration, and have the `whole_group` do so."""
        self.retired = True
        self.leaving = self.leaving or StopMode.AFTER_ITERATION
        if whole_group:
            self._role.stop_wanted(why)

    def _must_leave(self) -> bool:
        """A VU that may finish its iteration still does not wait for a resume."""
        return self.leaving is not None and (
            self.leaving is not StopMode.AFTER_ITERATION or self.gate.closed
        )

    async def _wait(self, doing: Doing, seconds: float | None = None) -> None:
        """Until woken, or for `seconds`; none of it counts as anybody's time."""
        loop = self._engine.loop
        self._waiter = waiter = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self.wake)
        self._doing = doing
        began = perf_counter()
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()
            self._waiter = None
            self._doing = Doing.REQUESTS
            self.now = perf_counter()
            self.excluded_s += self.now - began
