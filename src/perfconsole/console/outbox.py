"""Commands on their way to the run, and what became of them. Never waits on the screen's behalf."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.console.feed import RunSource
    from perfconsole.model.command import Command

SHOWN_S = 6.0
"""How long a refusal or a notice stays."""
KEEP_TRYING_S = 3.0
MOST = 20
"""Sendings shown; older ones have long been answered or forgotten."""


class Stage(StrEnum):
    SENT = "sent"
    REFUSED = "refused"
    NOTICE = "notice"
    """A word about this console itself, such as where a picture was saved."""


@dataclass(frozen=True, slots=True)
class Sending:
    id: str
    title: str
    stage: Stage = Stage.SENT
    said: str = ""
    until: float = float("inf")
    """Monotonic time from which it is not shown any more."""
    on_refusal: Callable[[], None] = lambda: None


class Outbox:
    """What this hand has asked for and not yet seen done."""

    def __init__(self, on_news: Callable[[], None], *, viewer: bool = False) -> None:
        """Nothing that a `viewer` asks for is sent."""
        self.viewer = viewer
        self._on_news = on_news
        self._sendings: tuple[Sending, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()

    def shown(self) -> tuple[Sending, ...]:
        """What stands in the line above the keys now, oldest first."""
        now = time.monotonic()
        self._sendings = tuple(s for s in self._sendings if s.until > now)[-MOST:]
        return self._sendings

    def send(
        self,
        source: RunSource | None,
        command: Command,
        title: str,
        *,
        sure: bool = False,
        on_refusal: Callable[[], None] = lambda: None,
    ) -> None:
        """Send without waiting; the answer shows up in `shown`, or in the run's events. `sure` when
        the person has been asked."""
        sending = Sending(uuid.uuid4().hex, title, on_refusal=on_refusal)
        self._sendings = (*self._sendings, sending)
        if self.viewer:
            self._refuse(sending, say("not sent: this console only looks on"))
            return
        if source is None:
            self._refuse(sending, say("not sent: the run is not reached yet"))
            return
        task = asyncio.create_task(self._deliver(source, command, sending, sure))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._on_news()

    def notice(self, text: str, *, wrong: bool = False) -> None:
        stage = Stage.REFUSED if wrong else Stage.NOTICE
        shown = Sending(uuid.uuid4().hex, text, stage, "", time.monotonic() + SHOWN_S)
        self._sendings = (*self._sendings, shown)
        self._on_news()

    async def settle(self, within_s: float) -> None:
        """Give what is on its way a last chance before the console goes."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(
        self, source: RunSource, command: Command, sending: Sending, sure: bool
    ) -> None:
        from perfconsole.client.api import ControllerGone  # the screen must not wait for httpx

        give_up = time.monotonic() + KEEP_TRYING_S
        while True:
            try:
                answer = await source.send(command, sending.id, sure=sure)
                break
            except ControllerGone:
                if time.monotonic() >= give_up:
                    self._refuse(sending, say("not done: the controller does not answer"))
                    return
                await asyncio.sleep(0.2)
        if answer.ok:
            self._sendings = tuple(s for s in self._sendings if s.id != sending.id)
            self._on_news()
        else:
            self._refuse(sending, answer.said)

    def _refuse(self, sending: Sending, said: str) -> None:
        refused = replace(sending, stage=Stage.REFUSED, said=said, until=time.monotonic() + SHOWN_S)
        self._sendings = tuple(refused if s.id == sending.id else s for s in self._sendings)
        sending.on_refusal()
        self._on_news()
