"""Keys typed faster than the screen can follow: kept, in order, for what they were meant for.

Textual hands every key at once to what has the focus at that moment, and its message queues take
it from there. A key that opens a dialog is followed only later by the dialog and its focus, so
what was typed behind it (over a slow line all of it arrives in one packet) would go to the
dashboard. Here the next key waits until all that the one before it did is done.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App

HOPS = 3
"""Messages one key can cause after each other: a row is opened; its dialog answers; the answer
opens the next dialog."""
LOST_S = 0.02
"""Between two looks whether the way of a marker is still there."""
PATIENCE_S = 5.0
"""For a screen that does not get ready: then a key goes to what there is."""


class Marker(events.Event, bubble=True, verbose=True):
    """Goes the way of a key, behind it and behind all that the key has posted there."""

    def __init__(self) -> None:
        super().__init__()
        self.back = asyncio.Event()


class TypeAhead:
    """Forwards what is typed one by one, each when `app` has done with the one before."""

    def __init__(self, app: App[Any], forward: Callable[[events.Event], Awaitable[None]]) -> None:
        """`forward` is how `app` would handle a key on its own."""
        self._app, self._forward = app, forward
        self._typed: asyncio.Queue[events.Key | events.Paste] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def takes(self, event: events.Event) -> bool:
        """Whether `event`, which came to the app, is ours from here on."""
        if isinstance(event, Marker):
            event.back.set()
            return True
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.put_nowait(event)
            if self._task is None:
                self._task = asyncio.create_task(self._hand_out(), name="type-ahead")
            return True
        return False

    def forget(self) -> None:
        """Drop what is typed and not handed out: what it was typed for does not come."""
        while not self._typed.empty():
            self._typed.get_nowait()

    async def close(self) -> None:
        """What has not been handed out by now is dropped."""
        while self._task is not None and not self._task.done():
            self._task.cancel()  # again and again: one may be lost in what it waits for
            await asyncio.wait([self._task], timeout=LOST_S)

    async def _hand_out(self) -> None:
        while True:
            event = await self._typed.get()
            await _patiently(self._until_ready())
            await self._forward(event)
            await _patiently(self._until_done())

    async def _until_ready(self) -> None:
        while not self._ready():  # noqa: ASYNC110 - Textual tells nobody when the focus is set
            await asyncio.sleep(LOST_S / 4)

    async def _until_done(self) -> None:
        for _ in range(HOPS):
            await self._marker_back()

    def _ready(self) -> bool:
        """The screen is there, and what of it should have the focus has it."""
        app = self._app
        if not app.screen_stack or not app.screen.is_mounted:
            return False
        return app.screen.focused is not None or not app.app_focus or not app.screen.focus_chain

    async def _marker_back(self) -> None:
        """Until a marker is through, or is lost with the dialog it was sent through."""
        if not self._app.screen_stack:
            return  # the app is on its way out
        screen, marker = self._app.screen, Marker()
        if not (screen.focused or screen).post_message(marker):
            return
        while not marker.back.is_set() and screen in self._app.screen_stack:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(marker.back.wait(), LOST_S)


async def _patiently(waiting: Awaitable[None]) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(waiting, PATIENCE_S)
