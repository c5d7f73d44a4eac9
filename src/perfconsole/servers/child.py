"""A child process whose standard input and output are one socket: with real timeouts."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.orphans import ORPHANAGE
from perfconsole.texts import say

SEND_S = 5.0
"""A command that reads nothing for so long has gone wrong."""
_GRACE_S = 0.3


@contextlib.contextmanager
def child(
    argv: Sequence[str],
    errors: int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[socket.socket]:
    """The near end; the child, and all that it started, is ended on leaving, or when we are killed;
    then `folder` is removed as well. Raises OSError.

    `errors` is where its standard error goes, ``subprocess.STDOUT`` for the socket too;
    `environment` is added to ours.
    """
    near, far = socket.socketpair()
    with near, contextlib.ExitStack() as stack:
        with far:
            process = subprocess.Popen(
                argv, stdin=far.fileno(), stdout=far.fileno(), stderr=errors,
                start_new_session=True, env={**os.environ, **(environment or {})},
            )  # fmt: skip
        stack.callback(_end, process)  # even if nobody can be told of it
        stack.enter_context(ORPHANAGE.knowing(process.pid, folder))
        stack.callback(_end, process)
        stack.callback(near.close)
        yield near


def _end(process: subprocess.Popen[bytes]) -> None:
    """By the end of its input, when asked to, or at once; then whatever it left running."""
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            _signal_group(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE_S)
            break
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


class SocketStream:
    """A `Stream` on a socket; `cleanup` is what remains to be done when it is closed."""

    def __init__(self, sock: socket.socket, cleanup: contextlib.ExitStack) -> None:
        self.socket = sock
        self.cleanup = cleanup

    def send(self, data: bytes) -> None:
        self.socket.settimeout(SEND_S)
        self.socket.sendall(data)

    def receive(self, timeout_s: float) -> bytes:
        self.socket.settimeout(timeout_s)
        try:
            return self.socket.recv(65536)
        except BlockingIOError:  # what a timeout of 0 raises
            raise TimeoutError from None
        except ConnectionError:  # it ended and left some of its input unread
            return b""

    def close(self) -> None:
        self.cleanup.close()


class ChildStream(SocketStream):
    """A command on this machine, its errors in its output."""

    def __init__(self, argv: Sequence[str]) -> None:
        """Raises OSError when it cannot be started."""
        cleanup = contextlib.ExitStack()
        super().__init__(cleanup.enter_context(child(argv, subprocess.STDOUT)), cleanup)


def shell(command: str) -> ChildStream:
    """An `Open` for this machine."""
    try:
        return ChildStream(("/bin/sh", "-c", command))
    except OSError as error:
        raise ServerFault(say("cannot run a shell: {why}", why=error.strerror or error)) from None
