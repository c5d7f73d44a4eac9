"""What a sampler's thread hangs on: cut it, and whatever the thread waits for ends.

paramiko has waits without a limit (the answer to an exec request, for one) and others of an
hour. They all end when the socket under them does, so that is how each is bounded here.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from perfconsole.servers.faults import ServerFault, Stopped


class Lifeline:
    """Made by the loop, shared with one thread. `cut` never blocks."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def cut(self) -> None:
        """End the thread's present wait and all later ones."""
        self.stopped.set()
        self._shut()

    def check(self) -> None:
        """Raises Stopped after `cut`."""
        if self.stopped.is_set():
            raise Stopped

    @contextlib.contextmanager
    def holding(self, sock: socket.socket) -> Iterator[None]:
        """While inside, `cut` shuts `sock`."""
        with self._lock:
            self._sockets.append(sock)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._sockets.remove(sock)

    @contextlib.contextmanager
    def within(self, seconds: float, said: str) -> Iterator[None]:
        """Shut what is held after `seconds`: the error inside becomes ServerFault(`said`)."""
        late = threading.Event()

        def expire() -> None:
            late.set()
            self._shut()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            self.check()
            if late.is_set():
                raise ServerFault(said) from None
            raise
        finally:
            timer.cancel()

    def _shut(self) -> None:
        with self._lock:
            for sock in self._sockets:
                # Not connected yet, or gone already: either way nothing waits on it any more.
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
