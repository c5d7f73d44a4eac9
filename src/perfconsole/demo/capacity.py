"""The real limit of the demo target: few workers, a service time each, one queue for all.

Throughput saturates at workers / service time; past that knee the queue, and with it the
response time, grows.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LONGEST_QUEUE = 2_000


class Overloaded(Exception):
    """The queue is full."""


class WorkerQueue:
    """Workers given out first come, first served; their number may change at any time."""

    def __init__(self, workers: int, longest_queue: int = LONGEST_QUEUE) -> None:
        self.workers = workers
        self.busy = 0
        self._longest = longest_queue
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def resize(self, workers: int) -> None:
        """More workers take from the queue at once; surplus ones finish what they do."""
        self.workers = workers
        self._hand_over()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """Wait for a worker and hold it. Raises Overloaded when too many wait already."""
        await self._acquire()
        try:
            yield
        finally:
            self.busy -= 1
            self._hand_over()

    async def _acquire(self) -> None:
        if self.busy < self.workers and not self._waiting:
            self.busy += 1
            return
        if len(self._waiting) >= self._longest:
            raise Overloaded
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:  # the worker came together with the cancellation: pass it on
                self.busy -= 1
                self._hand_over()
            raise

    def _hand_over(self) -> None:
        while self._waiting and self.busy < self.workers:
            self.busy += 1
            self._waiting.popleft().set_result(None)
