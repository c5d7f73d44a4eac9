"""One connection of one VU: sends a request, resolves a future when its answer is whole."""

from __future__ import annotations

import asyncio
import ssl
from time import perf_counter
from typing import Protocol, cast

from perfconsole.injector.answer import Answer
from perfconsole.injector.delivery import delivery
from perfconsole.injector.failure import (
    SAMPLE_ROOM,
    Failure,
    closed_early,
    cut_short,
    of_loss,
)
from perfconsole.injector.heads import Heads
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin, Request
from perfconsole.injector.sending import Sending, last_words
from perfconsole.injector.tls import Tls
from perfconsole.injector.upload import Upload
from perfconsole.model.phase import Phase

IDLE_S = 1.0
"""No server is so impatient that it drops a connection which has rested for less."""
SHORTEST_ROUND_TRIP_S = 0.001
"""Both ends need some time of their own."""
LONGEST_ROUND_TRIP_S = 0.5


class Opened(Protocol):
    """How long each phase of its opening took, seconds."""

    dns_s: float
    connect_s: float
    tls_s: float


class Connection(asyncio.Protocol):
    __slots__ = (
        "_handshake", "_held", "_length", "_loop", "_recorder", "_round_trip_s", "_sending",
        "_taken", "_tls", "_transport", "_used", "_waiter", "answer", "answered_at", "asked_at",
        "first_byte_at", "opening", "origin", "sent_at", "usable", "was_stale",
    )  # fmt: skip

    def __init__(
        self, loop: asyncio.AbstractEventLoop, recorder: Recorder, origin: Origin, heads: Heads
    ) -> None:
        self._loop = loop
        self._recorder = recorder
        self._transport: asyncio.Transport | None = None
        self._tls: Tls | None = None
        self._handshake: asyncio.Future[Failure | None] | None = None
        self._waiter: asyncio.Future[Failure | None] | None = None
        self.origin = origin
        self.answer = Answer(heads)
        self.opening: Opened | None = None
        """Until its first request has been accounted for."""
        self.asked_at = 0.0
        """`perf_counter` when the last request was sent."""
        self.first_byte_at = 0.0
        """`perf_counter` when the first byte of the last answer came."""
        self.answered_at = 0.0
        """`perf_counter` when the last answer ended."""
        self.usable = True
        """Open, idle and good for another request."""
        self.was_stale = False
        """The exchange failed because the server had dropped the connection, unread the request."""
        self._used = False
        self._length = 0
        self._held = b""
        self._sending: Sending | None = None
        """The upload of the exchange under way."""
        self._taken = 0
        """What the target had acknowledged before an upload."""
        self.sent_at = 0.0
        """`perf_counter` when the kernel had the last request, its body included."""
        self._round_trip_s = LONGEST_ROUND_TRIP_S

    def secure(self, tls: Tls) -> asyncio.Future[Failure | None]:
        """Begin a TLS handshake; resolves to None when it is over."""
        self._tls = tls
        self._handshake = handshake = self._loop.create_future()
        if self._transport is None or not self.usable:
            handshake.set_result(closed_early())
        else:
            self._transport.write(tls.hello())
        return handshake

    def ask(
        self, request: Request, data: bytes, now: float, *, held: bool = False
    ) -> asyncio.Future[Failure | None]:
        """Send `data`, the bytes of `request`, `now` by `perf_counter`, and its upload after them.

        Resolves to None when the answer is whole. With `held` it is `send_held` that sends.
        """
        self.asked_at = self.sent_at = now
        self.first_byte_at = 0.0
        self.answer.expect(
            head=request.is_head, room=request.expectation.room, sample_room=SAMPLE_ROOM
        )
        self._waiter = waiter = self._loop.create_future()
        if self._transport is None or not self.usable:
            self._finish(closed_early())
            return waiter
        if self._tls is not None:
            try:
                data = self._tls.encrypt(data)
            except ssl.SSLError as error:  # such as amid a new handshake that the server began
                self.fail(of_loss(error))
                return waiter
        self._length = len(data)
        if held:
            self._held = data
        elif request.upload is None:
            self._transport.write(data)
        else:
            self._send(self._transport, data, request.upload)
        return waiter

    def send_held(self) -> bool:
        """Send what `ask` has made ready; False when that has come to nothing meanwhile."""
        data, self._held = self._held, b""
        if self._waiter is None or self._transport is None or not self.usable:
            return False
        self.asked_at = self.sent_at = perf_counter()
        self._transport.write(data)
        return True

    def _send(self, transport: asyncio.Transport, head: bytes, upload: Upload) -> None:
        known = delivery(transport)
        self._taken = known.taken if known is not None else 0
        transport.write(head)
        self._sending = Sending(self._loop, transport, self._write, upload, self.fail)
        self._sending.begin()

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            return
        try:
            self._transport.write(data if self._tls is None else self._tls.encrypt(data))
        except ssl.SSLError as error:
            self.fail(of_loss(error))

    @property
    def phase(self) -> Phase:
        """Of the request under way."""
        if self._sending is not None and self._sending.under_way:
            return Phase.SEND
        return Phase.RECEIVE if self.first_byte_at else Phase.WAIT

    @property
    def session(self) -> ssl.SSLSession | None:
        """For a later connection to the same origin to take up."""
        return None if self._tls is None else self._tls.session

    def fail(self, failure: Failure) -> None:
        """End the exchange under way; the connection is of no use after it."""
        self._finish(failure)
        self.abort()

    def close(self) -> None:
        self.usable = False
        if self._transport is not None and not self._transport.is_closing():
            if self._tls is not None and (farewell := self._tls.farewell()):
                self._transport.write(farewell)
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
            self._stop_sending(self._sending)
        if waiter is not None and not waiter.done():
            waiter.set_result(failure)

    def _stop_sending(self, sending: Sending) -> None:
        sending.stop()
        self.sent_at = sending.ended_at or self.sent_at
        self._sending = None

    # ------------------------------------------------------------ called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._recorder.connections_opened += 1
        known = delivery(transport)
        if known is not None:
            shortest_s = max(known.round_trip_s, SHORTEST_ROUND_TRIP_S)
            self._round_trip_s = min(shortest_s, LONGEST_ROUND_TRIP_S)

    def data_received(self, data: bytes) -> None:
        if self._tls is None:
            self._take(data)
        else:
            self._decrypt(self._tls, data)

    def _decrypt(self, tls: Tls, data: bytes) -> None:
        try:
            plain = tls.take(data)
        except ssl.SSLError as error:
            self._ended(error)
            self.abort()
            return
        finally:
            if self._transport is not None and (answer := tls.answer()):
                self._transport.write(answer)
        if tls.established and self._handshake is not None:
            self._secured(None)
        if plain:
            self._take(plain)
        if tls.closed:
            self._ended(None)
            self.close()

    def _secured(self, failure: Failure | None) -> None:
        handshake, self._handshake = self._handshake, None
        if handshake is not None and not handshake.done():
            handshake.set_result(failure)

    def _take(self, data: bytes) -> None:
        self._recorder.bytes_in += len(data)
        waiter = self._waiter
        if waiter is None:
            self.close()  # nothing was asked: a server's farewell, or bytes too many
            return
        now = perf_counter()
        if not self.first_byte_at:
            self.first_byte_at = now
        answer = self.answer
        failure = answer.feed(data)
        if failure is not None:
            self.fail(failure)
        elif answer.complete:
            early = False
            if self._sending is not None:
                early = self._sending.under_way
                self._stop_sending(self._sending)
            self._waiter = None
            self._used = True
            self.answered_at = now
            if not waiter.done():
                waiter.set_result(None)
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
        self._secured(closed_early() if exc is None else of_loss(exc))
        if self._waiter is None:
            return
        self.was_stale = self._used and not self.answer.started and self._unread(exc)
        self._finish(self._end_of_answer() if exc is None else of_loss(exc))

    def _end_of_answer(self) -> Failure | None:
        """An end that TLS did not announce may have been made by anybody (RFC 9112, 9.8)."""
        failure = self.answer.end()
        if failure is None and self._tls is not None and not self._tls.closed:
            return cut_short()
        return failure

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
        rested_s = self.asked_at - self.answered_at
        took_s = perf_counter() - self.asked_at
        return rested_s >= IDLE_S and took_s <= self._round_trip_s
