"""Where a flow in Python can be held or left: before each step, and while it waits."""

from __future__ import annotations

import asyncio

from perfconsole.injector.actor import Leave
from perfconsole.injector.driving import GIVE_UP, Leaving
from perfconsole.injector.feeds import DataEnded
from perfconsole.injector.vu import Vu
from perfconsole.model.states import StopMode
from perfconsole.texts import say

_HELD_LOOK_S = 0.02
"""Between two looks of a request that waits for the one that is held before it."""


class Borders:
    """Lets a VU's steps go by one at a time, while its group is not paused and it may stay."""

    def __init__(self, user: Vu) -> None:
        self.user = user
        self.ended: DataEnded | None = None
        """There is no row left for it: it must leave."""
        self.busy = False
        """A step is under way."""
        self.foreign = False
        """It has waited for something that is no step."""
        self.did_nothing = True
        """No request and no think time in this iteration so far."""
        self._left = False
        """It has been told that it must leave."""
        self._place = asyncio.Lock()
        """A VU has one place to wait at, and a flow may come with several tasks."""

    def _begin(self) -> None:
        if self.busy:
            raise RuntimeError(
                say("a VU does one thing at a time: await each step before the next; "
                    "vu.httpx can do several at once")
            )  # fmt: skip
        self.busy = True
        self.did_nothing = False

    def _end(self) -> None:
        self.busy = False
        self.foreign = False

    @property
    def _is_held(self) -> bool:
        user = self.user
        return user.gate.closed or user.leaving is not None or self.ended is not None

    def _no_rows(self, end: DataEnded) -> None:
        self.ended, self._left = end, True

    async def _at_border(self) -> None:
        """Wait while the group is paused; gets the VU out of its flow when it is told to leave."""
        if self.ended is not None:
            await self._leave()
        async with self._place:
            try:
                await self.user.border()
                return
            except Leave:
                pass
        await self._leave()

    async def _leave(self) -> None:
        if self._left:
            await GIVE_UP
        self._left = True
        raise Leaving

    async def pass_border(self) -> None:
        """The same for those that come several at once."""
        while self._is_held:
            if self.busy and self.user.gate.closed and not self.must_go:
                await asyncio.sleep(_HELD_LOOK_S)
                continue
            await self._at_border()
            return

    @property
    def must_go(self) -> bool:
        """It has been told to leave at once."""
        return self.user.leaving is StopMode.NOW

    def is_cut(self, error: BaseException) -> bool:
        """Whether `error` takes the VU out of its flow."""
        if isinstance(error, asyncio.CancelledError):
            return self.must_go
        return isinstance(error, Leaving)
