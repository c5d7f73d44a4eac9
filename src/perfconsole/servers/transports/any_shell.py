"""Any command that ends in a shell reading its commands from standard input.

Each stream is a child of its own: the shell is told to become what is to be run, by its first line.
A shell may read further than the line that it is about to run, so nothing more is sent until that
line has said that it runs; and it ends with what it was told to run, lest it runs what that has
left unread.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Sequence

from perfconsole.servers.child import ChildStream
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.few_words import few_words
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.stream import Open
from perfconsole.servers.transports.held_streams import HeldStreams
from perfconsole.texts import say

MOST_NOISE = 1 << 20
"""Bytes before the shell does as it is told."""


@contextlib.contextmanager
def by_command(argv: Sequence[str], life: Lifeline) -> Iterator[Open]:
    """Raises ServerFault, as what it gives does, when there is no such program."""
    streams = HeldStreams(life)

    def start(command: str) -> ShellStream:
        life.check()
        try:
            return streams.hold(ShellStream(argv, command))
        except OSError as error:
            raise ServerFault(
                say("cannot run {program}: {why}", program=argv[0], why=error.strerror),
                Retry.SLOWLY,
            ) from None

    try:
        yield start
    finally:
        streams.close()


class ShellStream(ChildStream):
    """What the shell becomes, as a `Stream`; what comes before that is noise."""

    def __init__(self, argv: Sequence[str], command: str) -> None:
        """Raises OSError when `argv` cannot be started."""
        super().__init__(argv)
        half, other = secrets.token_hex(8), secrets.token_hex(8)
        # In two halves: a terminal's echo of the line is not the answer to it.
        self._sign: bytes | None = f"{half}{other}\n".encode()
        self._noise = b""
        self._unsent = b""
        with contextlib.suppress(OSError):  # gone already: what it said tells more
            line = f'printf "%s%s\\n" {half} {other}; {command}; exit\n'
            super().send(line.encode())

    def send(self, data: bytes) -> None:
        if self._sign is None:
            super().send(data)
        else:
            self._unsent += data

    def receive(self, timeout_s: float) -> bytes:
        """Raises ServerFault as well, when there was no shell."""
        deadline = time.monotonic() + timeout_s
        while self._sign is not None:
            data = super().receive(max(0.0, deadline - time.monotonic()))
            if output := self._heard(data, self._sign):
                return output
        return super().receive(max(0.0, deadline - time.monotonic()))

    def _heard(self, data: bytes, sign: bytes) -> bytes:
        """What has come of the command's own output."""
        self._noise += data
        before, found, output = self._noise.partition(sign)
        if found:
            self._sign, self._noise = None, b""
            with contextlib.suppress(OSError):  # it has ended already, as its output will
                super().send(self._unsent)
            return output
        if not data or len(before) > MOST_NOISE:
            raise self._no_shell()
        return b""

    def _no_shell(self) -> ServerFault:
        said = few_words(self._noise)
        if not said:
            return ServerFault(say("the command gave no shell"))
        return ServerFault(say("the command gave no shell; it said: {said}", said=said))
