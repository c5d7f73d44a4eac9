"""The run's own record while it runs: every event once, to the journal, the view and who waits."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any, TypeVar

from perfconsole.journal.writer import JournalWriter
from perfconsole.metrics.view import RunView
from perfconsole.model.event import Event, RunEvent

TAIL = 4000
"""Events kept for clients that follow; one further behind takes a new snapshot."""

E = TypeVar("E", bound=Event)


class Record:
    def __init__(self, journal: JournalWriter) -> None:
        self.journal = journal
        self.view = RunView()
        self._tail: deque[RunEvent] = deque(maxlen=TAIL)
        self._news = asyncio.Event()
        self._last_at = 0.0

    def add(self, kind: type[E], /, *, at: float | None = None, **fields: Any) -> E:
        """Make the next event of `kind` and hand it to all; times never run backwards."""
        self._last_at = max(self._last_at, time.time() if at is None else at)
        event: Any = kind(seq=self.view.seq + 1, at=self._last_at, **fields)
        self.journal.put(event)
        self.view.fold(event)
        self._tail.append(event)
        self._news.set()
        made: E = event
        return made

    async def after(self, seq: int, wait_s: float) -> list[RunEvent] | None:
        """Events above `seq`, waiting up to `wait_s` for the first; None when they are gone."""
        if seq >= self.view.seq:
            self._news.clear()
            try:
                async with asyncio.timeout(wait_s):
                    while seq >= self.view.seq:
                        await self._news.wait()
                        self._news.clear()
            except TimeoutError:
                return []
        if not self._tail or self._tail[0].seq > seq + 1:
            return None
        return [event for event in self._tail if event.seq > seq]
