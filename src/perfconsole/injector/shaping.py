"""A VU's line: so many bits a second each way, whatever the network between would carry.

It stands between a connection and its transport. Bytes that come are handed on no sooner than the
line would have brought them, and nothing more is read meanwhile, so that TCP makes the server
wait. Bytes that go are written in small portions, each when the line would have let it through.
Counted is what TCP carries: heads, bodies and TLS, and no headers of packets.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

PORTION_S = 0.02
"""What the line carries in this time goes at once."""
LEAST_PORTION = 256
BUFFERED_S = 0.25
"""What it carries in this time is what the kernel may hold of it that is not read yet."""
LEAST_BUFFER = 16 * 1024


class Line:
    """One VU's, shared by all of its connections. `bit_s` is of each way."""

    __slots__ = ("buffer_bytes", "down", "up")

    def __init__(self, bit_s: float) -> None:
        bytes_s = bit_s / 8
        self.down = Way(bytes_s)
        self.up = Way(bytes_s)
        self.buffer_bytes = max(LEAST_BUFFER, int(bytes_s * BUFFERED_S))


class Way:
    """One direction of a line: one byte after the other."""

    __slots__ = ("_bytes_s", "_free_at", "portion")

    def __init__(self, bytes_s: float) -> None:
        self._bytes_s = bytes_s
        self._free_at = 0.0
        self.portion = max(LEAST_PORTION, int(bytes_s * PORTION_S))
        """Bytes that go at once."""

    def carry(self, count: int, now: float) -> float:
        """When `count` bytes given to it `now` are through; `perf_counter`."""
        self._free_at = max(now, self._free_at) + count / self._bytes_s
        return self._free_at


class _Queue:
    """Bytes on their way, handed to `deliver` portion by portion; `drained` when none is left."""

    __slots__ = ("_deliver", "_drained", "_loop", "_timer", "_waiting", "_way")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        way: Way,
        deliver: Callable[[bytes], None],
        drained: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._way = way
        self._deliver = deliver
        self._drained = drained
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        return self._timer is not None

    def put(self, data: bytes) -> None:
        self._waiting += data
        if self._timer is None:
            self._next()

    def rest(self) -> bytes:
        """What has not been handed on, which now never will be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rest = bytes(self._waiting)
        self._waiting.clear()
        return rest

    def _next(self) -> None:
        count = min(len(self._waiting), self._way.portion)
        now = perf_counter()
        wait_s = self._way.carry(count, now) - now
        self._timer = self._loop.call_later(wait_s, self._go, count)

    def _go(self, count: int) -> None:
        self._timer = None
        portion = bytes(self._waiting[:count])
        del self._waiting[:count]
        if self._waiting:
            self._next()
        self._deliver(portion)
        if self._timer is None:
            self._drained()


class Shaped(asyncio.Protocol):
    """Between a transport and `inner`, the protocol that a line's user is."""

    __slots__ = ("_came", "_inner", "_kernel_full", "_line", "_loop", "_lost", "_plain", "goes")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, line: Line, inner: asyncio.Protocol
    ) -> None:
        self._loop = loop
        self._line = line
        self._inner = inner
        self._plain: asyncio.Transport | None = None
        self._came = _Queue(loop, line.down, inner.data_received, self._all_came)
        self.goes: _Queue
        """What the inner protocol wrote."""
        self._kernel_full = False
        self._lost: tuple[Exception | None] | None = None
        """How the connection ended while bytes were still on their way here."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._plain = plain = cast(asyncio.Transport, transport)
        sock: socket.socket | None = plain.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._line.buffer_bytes)
        self.goes = _Queue(self._loop, self._line.up, plain.write, self._all_gone)
        self._inner.connection_made(ShapedTransport(plain, self))

    def data_received(self, data: bytes) -> None:
        if self._plain is not None and not self._plain.is_closing():
            self._plain.pause_reading()
        self._came.put(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.goes.rest()
        if self._came.busy:
            self._lost = (exc,)
        else:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._kernel_full = True
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._kernel_full = False
        if not self.goes.busy:
            self._inner.resume_writing()

    def write(self, data: bytes) -> None:
        self.goes.put(data)
        self._inner.pause_writing()

    def drop(self) -> None:
        """Nobody wants any more what is on its way here."""
        self._came.rest()
        if self._lost is not None:
            self._loop.call_soon(self._inner.connection_lost, *self._lost)
            self._lost = None

    def _all_came(self) -> None:
        if self._lost is not None:
            self._inner.connection_lost(*self._lost)
        elif self._plain is not None and not self._plain.is_closing():
            self._plain.resume_reading()

    def _all_gone(self) -> None:
        if not self._kernel_full:
            self._inner.resume_writing()


class ShapedTransport(asyncio.Transport):
    """What the line's user writes to; closing it sends at once what is still on its way out."""

    __slots__ = ("_line", "_plain")

    def __init__(self, plain: asyncio.Transport, line: Shaped) -> None:
        super().__init__()
        self._plain = plain
        self._line = line

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._line.write(bytes(data))

    def close(self) -> None:
        if rest := self._line.goes.rest():
            self._plain.write(rest)
        self._line.drop()
        self._plain.close()

    def abort(self) -> None:
        self._line.goes.rest()
        self._line.drop()
        self._plain.abort()

    def is_closing(self) -> bool:
        return self._plain.is_closing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._plain.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._plain.get_extra_info(name, default)
