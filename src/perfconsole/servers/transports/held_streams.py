"""The streams of one connection: they end with it, and with the thread that reads them."""

from __future__ import annotations

import contextlib
import socket
from typing import TypeVar

from perfconsole.servers.child import SocketStream
from perfconsole.servers.lifeline import Lifeline

AnyStream = TypeVar("AnyStream", bound=SocketStream)


class HeldStreams:
    def __init__(self, life: Lifeline) -> None:
        self._life = life
        self._open: set[SocketStream] = set()

    def hold(self, stream: AnyStream) -> AnyStream:
        """`stream`, until it is closed. Raises Stopped, and closes it, when all is over already."""
        try:
            stream.cleanup.enter_context(self._life.holding(stream.socket))
        except BaseException:
            stream.close()
            raise
        self._open.add(stream)
        stream.cleanup.callback(self._open.discard, stream)
        return stream

    def close(self) -> None:
        """All of them: told first, then waited for."""
        for stream in self._open:
            with contextlib.suppress(OSError):
                stream.socket.shutdown(socket.SHUT_RDWR)
        for stream in tuple(self._open):
            stream.close()
