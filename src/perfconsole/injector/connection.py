"""One connection of one VU: sends a request, resolves a future when its answer is whole."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import cast

from perfconsole.injector.answer import Answer
from perfconsole.injector.checks import SAMPLE_ROOM
from perfconsole.injector.failure import Failure, closed_early, of_loss
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Request


class Connection(asyncio.Protocol):
    __slots__ = (
        "_loop", "_recorder", "_transport", "_used", "_waiter",
        "answer", "answered_at", "usable", "was_stale",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, recorder: Recorder) -> None:
        self._loop = loop
        self._recorder = recorder
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Failure | None] | None = None
        self.answer = Answer()
        self.answered_at = 0.0
        """`perf_counter` when the last answer ended."""
        self.usable = True
        """Open, idle and good for another request."""
        self.was_stale = False
        """The exchange failed because the server had closed an idle connection: no byte came."""
        self._used = False

    def ask(self, request: Request, data: bytes) -> asyncio.Future[Failure | None]:
        """Send `data`, the bytes of `request`; resolves to None when the answer is whole."""
        self.answer.expect(
            head=request.is_head, room=request.expectation.room, sample_room=SAMPLE_ROOM
        )
        self._waiter = waiter = self._loop.create_future()
        if self._transport is None or not self.usable:
            self._finish(closed_early())
        else:
            self._transport.write(data)
        return waiter

    def fail(self, failure: Failure) -> None:
        """End the exchange under way; the connection is of no use after it."""
        self._finish(failure)
        self.abort()

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def _finish(self, failure: Failure | None) -> None:
        waiter, self._waiter = self._waiter, None
        self.answered_at = perf_counter()
        self._used = True
        if waiter is not None and not waiter.done():
            waiter.set_result(failure)

    # ------------------------------------------------------------ called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._recorder.connections_opened += 1

    def data_received(self, data: bytes) -> None:
        self._recorder.bytes_in += len(data)
        if self._waiter is None:
            self.close()  # nothing was asked: a server's farewell, or bytes too many
            return
        answer = self.answer
        failure = answer.feed(data)
        if failure is not None:
            self.fail(failure)
        elif answer.complete:
            self._finish(None)
            if answer.surplus or not answer.keep_alive:
                self.close()

    def eof_received(self) -> None:
        self._ended(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended(exc)
        self.answer.drop_parser()

    def _ended(self, exc: Exception | None) -> None:
        self.usable = False
        if self._waiter is None:
            return
        self.was_stale = self._used and not self.answer.started
        self._finish(self.answer.end() if exc is None else of_loss(exc))
