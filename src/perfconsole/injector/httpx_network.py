"""Connections as httpx's core (httpcore) uses them, made and watched by this engine's own rules.

Own ones, for they know what httpcore's do not tell: how long each phase took, how many bytes came,
why a connection failed, and whether a server had dropped it before it read a request.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, cast

import httpcore

from perfconsole.injector.delivery import delivery
from perfconsole.injector.failure import Failure, of_connect, of_loss, protocol_error
from perfconsole.injector.goaway import NO_ERROR, GoawaySieve, error_name
from perfconsole.injector.names import Names
from perfconsole.injector.outlet import Outlet
from perfconsole.injector.recorder import Recorder
from perfconsole.texts import say

MOST_UNREAD = 1024 * 1024
"""Bytes that wait to be read before the server is made to wait."""


class Failed(Exception):
    """Goes through httpcore as it is: the request failed, and this is why."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


class Unread(Exception):
    """Goes through httpcore as it is: the server certainly took nothing of the request."""


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One TCP connection, TLS put on it once or, through an https proxy, twice."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        recorder: Recorder,
        *,
        http2: bool,
        server_name: str | None = None,
        proxy_tls: ssl.SSLContext | None = None,
    ) -> None:
        self._loop = loop
        self._recorder = recorder
        self._http2 = http2
        """HTTP/2 is preferred."""
        self._server_name = server_name
        """What the target is asked for by, if not by its host's name."""
        self._proxy_tls = proxy_tls
        """For the TLS of the proxy itself, if it has any."""
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._reader: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._sieve: GoawaySieve | None = None
        self._number = 0
        self._written = 0
        self._paused = False
        self._ended = False
        self._loss: Exception | None = None
        """Why it broke, if it did."""
        self.read_to_end = False
        """The other side closed it, and all that it said before was read."""
        self.took_nothing = False
        """The other side closed it and had certainly read nothing since `begin`."""
        self.in_tls = False
        """A handshake goes on."""
        self.past_proxy = False
        """The handshake with the target itself began."""
        self.dns_s = self.connect_s = self.tls_s = 0.0

    # ------------------------------------------------------------ for the browser

    @property
    def usable(self) -> bool:
        """Open, and the server has not said that it takes no more requests on it."""
        return not self._ended and (self._sieve is None or self._sieve.last_stream is None)

    def begin(self, number: int) -> None:
        """A request follows; `number` is its HTTP/2 stream, 0 in HTTP/1.1."""
        self._number = number
        self._written = 0

    def expect_http2(self) -> None:
        """What the server says from now on, and what of it was not read yet, are frames."""
        self._sieve = GoawaySieve()
        self._unread = bytearray(self._sieve.feed(bytes(self._unread)))

    def close(self) -> None:
        self._ended = True
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------ called by httpcore

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while not self._unread:
            if self._sieve is not None and self._sieve.last_stream is not None:
                self._refuse(self._sieve, self._sieve.last_stream)
            if self._loss is not None:
                raise Failed(of_loss(self._loss))
            if self._ended or self._transport is None:
                self.read_to_end = True
                return b""
            if self._paused:
                self._paused = False
                self._transport.resume_reading()
            self._reader = self._loop.create_future()
            await self._reader
        if self._sieve is not None and not self._sieve.is_http2:
            raise Failed(protocol_error(say("what came is no HTTP/2")))
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        return data

    def _refuse(self, sieve: GoawaySieve, last_stream: int) -> None:
        if last_stream < self._number:
            raise Unread
        if sieve.error != NO_ERROR:
            raise Failed(protocol_error(f"GOAWAY: {error_name(sieve.error)}"))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Into the void when the connection is over: what was answered before can still be read."""
        if self._transport is None or self._ended or not buffer:
            return
        self._written += len(buffer)
        self._transport.write(buffer)
        await self._writable.wait()

    async def aclose(self) -> None:
        self.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Stream:
        is_proxy = ssl_context is self._proxy_tls
        began = perf_counter()
        self.past_proxy = not is_proxy
        self.in_tls = True
        if not is_proxy:
            server_hostname = self._server_name or server_hostname
            if self._http2:  # httpcore names HTTP/1.1 first
                ssl_context.set_alpn_protocols(["h2", "http/1.1"])
        try:
            if self._transport is None or self._ended:
                raise ConnectionResetError
            secured = await self._loop.start_tls(
                self._transport, self, ssl_context, server_hostname=server_hostname
            )
        except OSError as error:
            raise Failed(of_loss(error)) from None
        self._transport = cast(asyncio.Transport, secured)
        self.tls_s += perf_counter() - began
        self.in_tls = False
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return not self.usable
        return None if self._transport is None else self._transport.get_extra_info(info)

    # ------------------------------------------------------------ called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._recorder.connections_opened += 1

    def data_received(self, data: bytes) -> None:
        self._recorder.bytes_in += len(data)
        self._unread += data if self._sieve is None else self._sieve.feed(data)
        if len(self._unread) > MOST_UNREAD and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _end(self, exc: Exception | None) -> None:
        if not self._ended:
            self._ended = True
            self._loss = exc
            known = delivery(self._transport) if exc is None and self._transport else None
            self.took_nothing = known is not None and known.outstanding >= self._written > 0
        self._writable.set()
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


class Backend(httpcore.AsyncNetworkBackend):
    """Opens the connections of one VU."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        names: Names,
        make: Callable[[], Stream],
        lacking: Callable[[Failure], None],
        outlet: Outlet,
    ) -> None:
        self._loop = loop
        self._names = names
        self._make = make
        self._lacking = lacking
        """Hears of what this machine has too little of."""
        self._outlet = outlet
        self.stream: Stream | None = None
        """The last one that was opened."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """The addresses tried in order. Raises Failed."""
        began = perf_counter()
        addresses = self._names.at(host, port)
        were_known = addresses.known
        found = await addresses.find()
        if isinstance(found, Failure):
            raise Failed(found)
        resolved = perf_counter()
        for address in self._outlet.fitting(found):
            try:
                _, stream = await self._loop.create_connection(
                    self._make, address, port, local_addr=self._outlet.local
                )
            except OSError as error:
                failure = of_connect(error)
            else:
                addresses.prefer(address)
                self.stream = stream
                stream.dns_s = 0.0 if were_known else resolved - began
                stream.connect_s = perf_counter() - resolved
                return stream
        if failure.lack is None:
            addresses.doubt()
        else:
            self._lacking(failure)
        raise Failed(failure)
