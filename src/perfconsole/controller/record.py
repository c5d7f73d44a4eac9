"""The run's own record while it runs: every event once, to the journal, the view and who waits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

import msgspec

from perfconsole.journal.writer import JournalWriter
from perfconsole.metrics.view import RunView
from perfconsole.model.event import Event, RunEvent, Sampled

TAIL_BYTES = 16_000_000
"""Events kept for clients that follow, as JSON; one further behind takes a new snapshot."""
SAMPLES_WAIT_S = 0.2
"""So long a sample of a server waits for others that go with it: an answer costs as much as several
samples do, and no screen is painted more often."""

E = TypeVar("E", bound=Event)


class Record:
    def __init__(self, journal: JournalWriter) -> None:
        self.journal = journal
        self.view = RunView()
        self._clock_offset_s = time.time() - time.monotonic()
        self._encode = msgspec.json.Encoder().encode
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._news = asyncio.Event()
        self._pressing = 0
        """Number of the last event that is no sample."""
        self._listeners: list[Callable[[RunEvent], None]] = []

    def listen(self, listener: Callable[[RunEvent], None]) -> None:
        """`listener` hears every event once it is recorded; it may add events of its own."""
        self._listeners.append(listener)

    def now(self) -> float:
        """Unix time as of the run's start: a step of the machine's clock does not move it."""
        return self._clock_offset_s + time.monotonic()

    def add(self, kind: type[E], /, *, at: float | None = None, **fields: Any) -> E:
        """Make the next event of `kind` and hand it to all; `at` is now unless said."""
        event: Any = kind(seq=self.view.seq + 1, at=self.now() if at is None else at, **fields)
        self.journal.put(event)
        self.view.fold(event)
        self._keep(self._encode(event))
        if kind is not Sampled:
            self._pressing = event.seq
        self._news.set()
        for listener in self._listeners:
            listener(event)
        made: E = event
        return made

    def _keep(self, body: bytes) -> None:
        self._tail.append(body)
        self._tail_bytes += len(body)
        while self._tail_bytes > TAIL_BYTES and len(self._tail) > 1:
            self._tail_bytes -= len(self._tail.popleft())

    async def after(self, seq: int, wait_s: float) -> list[bytes] | None:
        """Events above `seq` as JSON, waiting up to `wait_s` for the first; None: they are gone."""
        if seq >= self.view.seq:
            await self._until(lambda: seq < self.view.seq, wait_s)
            if seq >= self.view.seq:
                return []
            await self._until(lambda: seq < self._pressing, SAMPLES_WAIT_S)
        oldest = self.view.seq - len(self._tail) + 1
        if seq + 1 < oldest:
            return None
        return list(islice(self._tail, seq + 1 - oldest, None))

    async def _until(self, come: Callable[[], bool], within_s: float) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not come():
                    await self._news.wait()
                    self._news.clear()
