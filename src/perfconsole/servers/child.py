"""A child process whose standard input and output are one socket: with real timeouts."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence

SEND_S = 5.0
"""A command that reads nothing for so long has gone wrong."""
_GRACE_S = 0.3


@contextlib.contextmanager
def child(argv: Sequence[str], errors: int = subprocess.DEVNULL) -> Iterator[socket.socket]:
    """The near end; the child, and all that it started, is ended on leaving. Raises OSError.

    `errors` is where its standard error goes, ``subprocess.STDOUT`` for the socket too.
    """
    near, far = socket.socketpair()
    with near:
        with far:
            process = subprocess.Popen(
                argv, stdin=far.fileno(), stdout=far.fileno(), stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield near
        finally:
            near.close()
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number is not None:
                os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE_S)
            return


class ChildStream:
    """A command on this machine, as a `Stream`: its errors in its output."""

    def __init__(self, argv: Sequence[str]) -> None:
        """Raises OSError when it cannot be started."""
        self._life = contextlib.ExitStack()
        self._socket = self._life.enter_context(child(argv, subprocess.STDOUT))

    def send(self, data: bytes) -> None:
        self._socket.settimeout(SEND_S)
        self._socket.sendall(data)

    def receive(self, timeout_s: float) -> bytes:
        self._socket.settimeout(timeout_s)
        try:
            return self._socket.recv(65536)
        except BlockingIOError:  # what a timeout of 0 raises
            raise TimeoutError from None

    def close(self) -> None:
        self._life.close()


def shell(command: str) -> ChildStream:
    """`command`, one line for a shell, on this machine. Raises OSError."""
    return ChildStream(("/bin/sh", "-c", command))
