"""A virtual user: one task that plays its group's flow until it is told to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from time import perf_counter
from typing import Final, Protocol

from perfconsole.injector.browser import Browser, User
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import one_line
from perfconsole.injector.flow import Step, Think, thinks
from perfconsole.injector.gate import Gate
from perfconsole.injector.gathering import Volley
from perfconsole.injector.values import NO_VALUES, Supply, Values
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import Wait
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
    supply: Supply | None = None
    """Of values; None when the flow has none."""
    completed: int = 0
    """Iterations in this second, failed ones among them."""
    failed: int = 0


class Script(Protocol):
    """What a flow in Python keeps of a VU."""

    def close(self) -> None:
        """The VU is over."""


class Vu:
    __slots__ = (
        "_browser", "_by_hand", "_doing", "_engine", "_failed", "_playing", "_role", "_waiter",
        "ended", "excluded_s", "fetch", "gate", "late_us", "leaving", "now", "script", "skipped",
        "task", "values",
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
        self.skipped: list[Think] = []
        self.values: Values = NO_VALUES
        self.script: Script | None = None
        """Its side of a flow in Python, once it has begun to play it."""

    @property
    def group(self) -> str:
        return self._role.group

    @property
    def browser(self) -> Browser:
        """As long as it lives."""
        return self._browser

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
        browser.connect_failed = False
        if role.supply is not None:
            self.values = role.supply.values()
        passed = True
        rest = iter(role.steps)
        for step in rest:
            if self.gate.closed or self.leaving is not None:
                await self.border()
            if not await step.play(self):
                passed = False
                self.skipped.extend(thinks(rest))
                break
        role.completed += 1
        if browser.volley is not None:
            browser.leave_volley()
        if not passed:
            role.failed += 1
            self._failed = True
            await self._keep_pace()
        elif not role.always_waits:
            await asyncio.sleep(0)

    async def _keep_pace(self) -> None:
        """After a failed iteration: wait as its user would have, so that errors bring no hammer."""
        if self._browser.connect_failed:
            await self._wait(Doing.IDLE, NO_CONNECTION_WAIT_S)
        skipped, self.skipped = self.skipped, []
        for think in skipped:
            if self.gate.closed or self.leaving is not None:
                await self.border()
            await think.play(self)

    def _over(self, task: asyncio.Task[None]) -> None:
        if self.script is not None:
            self.script.close()
            self.script = None
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
        seconds = wait.drawn(self._engine.random)
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
