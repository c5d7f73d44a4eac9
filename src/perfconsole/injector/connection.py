"""One connection of one VU: sends a request, resolves a future when its answer is whole."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import cast

from perfconsole.injector.answer import Answer
from perfconsole.injector.delivery import delivery
from perfconsole.injector.failure import SAMPLE_ROOM, Failure, closed_early, of_loss
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Request
from perfconsole.injector.sending import Sending, last_words
from perfconsole.injector.upload import Upload

IDLE_S = 1.0
"""No server is so impatient that it drops a connection which has rested for less."""
SHORTEST_ROUND_TRIP_S = 0.001
"""Both ends need some time of their own."""
LONGEST_ROUND_TRIP_S = 0.5


class Connection(asyncio.Protocol):
    __slots__ = (
        "_asked_at", "_length", "_loop", "_recorder", "_round_trip_s", "_sending", "_taken",
        "_transport", "_used", "_waiter", "answer", "answered_at", "sent_at", "usable", "was_stale",
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
        """The exchange failed because the server had dropped the connection, unread the request."""
        self._used = False
        self._asked_at = 0.0
        self._length = 0
        self._sending: Sending | None = None
        """The upload of the exchange under way."""
        self._taken = 0
        """What the target had acknowledged before an upload."""
        self.sent_at = 0.0
        """`perf_counter` when the kernel had the last request, its body included."""
        self._round_trip_s = LONGEST_ROUND_TRIP_S

    def ask(self, request: Request, data: bytes, now: float) -> asyncio.Future[Failure | None]:
        """Send `data`, the bytes of `request`, `now` by `perf_counter`, and its upload after them.

        Resolves to None when the answer is whole.
        """
        self._asked_at = self.sent_at = now
        self._length = len(data)
        self.answer.expect(
            head=request.is_head, room=request.expectation.room, sample_room=SAMPLE_ROOM
        )
        self._waiter = waiter = self._loop.create_future()
        if self._transport is None or not self.usable:
            self._finish(closed_early())
        elif request.upload is not None:
            self._send(self._transport, data, request.upload)
        else:
            self._transport.write(data)
        return waiter

    def _send(self, transport: asyncio.Transport, head: bytes, upload: Upload) -> None:
        known = delivery(transport)
        self._taken = known.taken if known is not None else 0
        transport.write(head)
        self._sending = Sending(self._loop, transport, transport.write, upload, self.fail)
        self._sending.begin()

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
        if self._sending is not None:
            self._sending.stop()
            self.sent_at = self._sending.ended_at or self.sent_at
            self._sending = None
        if waiter is not None and not waiter.done():
            waiter.set_result(failure)

    # ------------------------------------------------------------ called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._recorder.connections_opened += 1
        known = delivery(transport)
        if known is not None:
            shortest_s = max(known.round_trip_s, SHORTEST_ROUND_TRIP_S)
            self._round_trip_s = min(shortest_s, LONGEST_ROUND_TRIP_S)

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
            early = self._sending is not None and self._sending.under_way
            self._finish(None)
            if early:  # the target wants no more of the upload, which is no use half sent
                self.abort()
            elif answer.surplus or not answer.keep_alive:
                self.close()

    def pause_writing(self) -> None:
        if self._sending is not None:
            self._sending.pause()

    def resume_writing(self) -> None:
        if self._sending is not None:
            self._sending.resume()

    def eof_received(self) -> None:
        self._ended(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and self._sending is not None and self._transport is not None:
            for data in last_words(self._transport):
                self.data_received(data)
        self._ended(exc)
        self.answer.drop_parser()

    def _ended(self, exc: Exception | None) -> None:
        self.usable = False
        if self._waiter is None:
            return
        self.was_stale = self._used and not self.answer.started and self._unread(exc)
        self._finish(self.answer.end() if exc is None else of_loss(exc))

    def _unread(self, exc: Exception | None) -> bool:
        """Whether the server cannot have read the request that was under way.

        Certain when it closed. A reset, and any end where the kernel does not tell, is believed
        to be the late answer to an idle connection when it comes as soon as it can.
        """
        was_closed = exc is None or isinstance(exc, BrokenPipeError)  # the latter: written after it
        known = delivery(self._transport) if was_closed and self._transport is not None else None
        if known is not None and self._sending is not None:
            return known.taken == self._taken
        if known is not None:
            return known.outstanding >= self._length
        rested_s = self._asked_at - self.answered_at
        took_s = perf_counter() - self._asked_at
        return rested_s >= IDLE_S and took_s <= self._round_trip_s
