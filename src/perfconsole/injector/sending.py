"""An upload on its way: chunk by chunk, at the pace at which the connection takes it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from time import perf_counter

from perfconsole.injector.failure import Failure
from perfconsole.injector.upload import Upload, UploadError

_LAST_READ_BYTES = 64 * 1024
_MOST_LAST_READS = 16


class Sending:
    """From `begin` until the last byte is with the kernel, `stop`, or a file that fails.

    Chunks go through `write`, the transport's own or one that encrypts before it. The connection
    hands on what its transport says (`pause`, `resume`). Between two chunks everything else gets
    its turn, however fast the target takes them.
    """

    __slots__ = (
        "_chunks", "_fail", "_left", "_loop", "_paused", "_transport", "_turn_due", "_write",
        "ended_at",
    )  # fmt: skip

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        write: Callable[[bytes], None],
        upload: Upload,
        fail: Callable[[Failure], None],
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._write = write
        self._fail = fail
        self._chunks: Iterator[bytes] = upload.chunks()
        self._left = upload.length
        self._paused = False
        self._turn_due = False
        self.ended_at: float | None = None
        """`perf_counter` when the kernel had the last byte, or no more was to be sent."""

    @property
    def under_way(self) -> bool:
        return self.ended_at is None

    def begin(self) -> None:
        """Right after the head was written; the first chunk goes at once."""
        # Paused for every byte that waits, so that resuming means: the kernel has them all.
        self._transport.set_write_buffer_limits(high=0)
        self._turn()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._go_on()

    def stop(self) -> None:
        """Send no more."""
        if self.ended_at is None:
            self.ended_at = perf_counter()

    def _go_on(self) -> None:
        """To the next chunk, or to the end, as soon as nothing of the last one waits."""
        if self._paused:
            return
        if self._left == 0:
            self.stop()
        elif not self._turn_due:
            self._turn_due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_due = False
        if self._paused or not self.under_way:
            return
        try:
            chunk = next(self._chunks)
        except UploadError as error:
            self.stop()
            self._fail(error.failure)
            return
        self._left -= len(chunk)
        self._write(chunk)
        self._go_on()


def last_words(transport: asyncio.BaseTransport) -> Iterator[bytes]:
    """What the target said before it reset a connection on which more was being written to it.

    A server that refuses an upload answers and closes with the rest unread, which makes a reset;
    then writing fails before the answer is read, though it has come.
    """
    sock = transport.get_extra_info("socket")
    if sock is None:
        return
    with contextlib.suppress(OSError):  # nothing more, or nothing left of the socket
        for _ in range(_MOST_LAST_READS):
            data = os.read(sock.fileno(), _LAST_READ_BYTES)
            if not data:
                return
            yield data
