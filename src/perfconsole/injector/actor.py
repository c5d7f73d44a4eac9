"""What steps ask of the VU that plays them: to wait, to think, to gather, to fail, to give up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from enum import Enum, auto
from time import perf_counter
from typing import Protocol

from perfconsole.injector.browser import Browser
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import Failure
from perfconsole.injector.gathering import Volley
from perfconsole.injector.recorder import Noted
from perfconsole.injector.role import Role
from perfconsole.injector.small_random import SmallRandom
from perfconsole.injector.values import NO_VALUES, Values
from perfconsole.model.states import StopMode
from perfconsole.model.wait import Wait

NO_CONNECTION_WAIT_S = 0.1
"""Before the next iteration of a VU that got no connection: a dead target is no busy loop."""


class Doing(Enum):
    """What a VU is at; the states shown are made of this, its group and its orders."""

    REQUESTS = auto()
    THINKING = auto()
    HELD = auto()
    GATHERING = auto()
    IDLE = auto()


class Phase(Enum):
    """Where a VU is in its life."""

    INIT = auto()
    READY = auto()
    PLAYING = auto()
    END = auto()


class Leave(Exception):
    """Unwinds a flow whose VU has been told to leave: its transactions are cut."""


class Script(Protocol):
    """What a flow in Python keeps of a VU."""

    @property
    def at(self) -> str:
        """Name of the request or transaction that it is in; empty between them."""

    def close(self) -> None:
        """The VU is over."""


class Actor:
    """It waits wherever its group is held, and leaves when it is told to."""

    __slots__ = (
        "_browser", "_doing", "_engine", "_phase", "_random", "_role", "_waiter",
        "excluded_s", "fetch", "gate", "last_error", "late_us", "leaving", "now", "number",
        "retired", "script", "skipped", "slot", "tolerated", "traced", "values",
    )  # fmt: skip

    def __init__(self, role: Role, engine: Engine, number: int) -> None:
        """The group's VU number `number` in this injector."""
        self._role = role
        self._engine = engine
        self._browser = role.browser(engine, self)
        self._waiter: asyncio.Future[None] | None = None
        self._doing = Doing.REQUESTS
        self._phase = Phase.INIT if role.init else Phase.READY
        self.number = number
        self.slot = 0
        """Of its group in this injector."""
        self.last_error = ""
        """Key of the last thing that went wrong."""
        self.traced = role.keeping.takes_all
        """Also what passes is kept."""
        self._random: SmallRandom | None = None
        self.fetch = self._browser.fetch
        """The browser's own, without a call between."""
        self.gate = role.gate
        self.leaving: StopMode | None = None
        self.retired = False
        """It has ended for good, or is about to: nobody takes its place."""
        self.excluded_s = 0.0
        self.now = 0.0
        self.late_us: float | None = None
        self.skipped: list[Iterator[Wait]] = []
        self.values: Values = NO_VALUES
        self.tolerated = 0
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
    def random(self) -> SmallRandom:
        """Its own: what it draws is the same in every run with the same seed."""
        if self._random is None:
            self._random = SmallRandom(f"{self._engine.seed}/{self.group}/{self.number}")
        return self._random

    def wake(self) -> None:
        """End its wait, whatever it waits for."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def fire(self, volley: Volley) -> None:
        """Go, as one of `volley`: its next request counts for the spread."""
        self._browser.volley = volley
        self.wake()

    async def border(self) -> None:
        """Wait while the group is paused, or it alone. Raises Leave when it is time to."""
        while True:
            if self._must_leave():
                raise Leave
            if not self.gate.closed:
                return
            self.gate.add(self)
            try:
                await self._wait(Doing.HELD)
            finally:
                self.gate.discard(self)  # by now it may be another one

    async def think(self, wait: Wait) -> None:
        seconds = self._role.think.drawn(wait, self.random)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        await self._wait(Doing.THINKING, seconds)
        if self._must_leave():
            raise Leave

    async def gather(self, point: str) -> None:
        where = self._engine.points[point]
        if not where.is_on(self.group) or self._phase is not Phase.PLAYING:
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
        self.error(name, self.values.hiding(failure))
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
        """A VU that may finish its iteration still does not wait for a resume; its end does."""
        return self.leaving is not None and (
            self.leaving is not StopMode.AFTER_ITERATION
            or (self.gate.closed and self._phase is not Phase.END)
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

    async def _breathe(self) -> None:
        """Where nothing was sent: a dead target is no busy loop."""
        if self._browser.connect_failed:
            self._browser.connect_failed = False
            await self._wait(Doing.IDLE, NO_CONNECTION_WAIT_S)

    # ------------------------------------------------------------ what is noted of it

    def error(self, name: str, failure: Failure, told: Callable[[], str] | None = None) -> None:
        """Something went wrong that is no request's failure; `told` puts it into words."""
        keeping = self._role.keeping
        self.last_error = self._engine.recorder.error(
            name, failure, None if keeping.muted else told
        )
        keeping.failed(self.slot, self.last_error, told)

    def request_failed(
        self, request: Noted, failure: Failure, told: Callable[[], str], *, answered: bool
    ) -> None:
        """`told` puts the exchange into words."""
        keeping = self._role.keeping
        self.last_error = self._engine.recorder.request_failed(
            request, failure, None if keeping.muted else told, answered=answered
        )
        keeping.failed(self.slot, self.last_error, told)

    def exchanged(self, name: str, told: Callable[[], str]) -> None:
        """A request was answered as it should be, in a trace of all."""
        self._role.keeping.passed(self.slot, name, told)
