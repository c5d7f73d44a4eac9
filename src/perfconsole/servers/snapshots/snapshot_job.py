"""Takes the snapshots of one server, one command after the other, in a session of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping

from perfconsole.model.server_news import CommandOutput, SnapshotCame
from perfconsole.model.snapshot_spec import PROCESSES
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.linux.processes import Processes, parse_processes
from perfconsole.servers.plain import lines_of
from perfconsole.servers.pull import Loop
from perfconsole.servers.side_jobs import LATEST_S, patient
from perfconsole.servers.snapshots.largest import largest
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequests
from perfconsole.servers.snapshots.snapshot_script import (
    LIMIT_S,
    MOST_BYTES,
    SNAPSHOT,
    Ran,
    read_ran,
)
from perfconsole.servers.stream import Open
from perfconsole.texts import say

BETWEEN_READINGS_S = 1.0
"""The CPU of processes is measured for so long."""
PATIENCE_S = LIMIT_S + 5.0
"""For one answer: then the session is given up, for it cannot be told what hangs there."""
MOST_ALTOGETHER = 256_000
"""Bytes of one snapshot; as an event it has to fit into an answer of the API."""
NO_SUCH_COMMAND = 127
"""What a shell says of it."""

Steps = Generator[float]
"""Work in steps: each yields the moment of the next, monotonic seconds; it may come earlier."""


def most_seconds(commands: int) -> float:
    """How long a snapshot with so many commands of the scenario may take, come what may."""
    return LATEST_S + (2 + commands) * PATIENCE_S + BETWEEN_READINGS_S


class SnapshotJob:
    """A `SideJob`. `tell` gets each snapshot once, also when the connection is lost over it."""

    def __init__(
        self,
        server: str,
        commands: Mapping[str, tuple[str, ...]],
        start: Open,
        requests: SnapshotRequests,
        tell: Callable[[SnapshotCame], None],
    ) -> None:
        self._server = server
        self._commands = commands
        self._start = start
        self._requests = requests
        self._tell = tell
        self._loop: Loop | None = None
        self._steps: Steps | None = None
        self._number = 0
        """Of the snapshot that is being taken."""
        self._outputs: list[CommandOutput] = []

    def turn(self, now: float) -> float:
        if self._steps is None:
            request = self._requests.next(now)
            if request is None:
                return now + LATEST_S
            self._number, self._outputs = request.number, []
            self._steps = self._take()
        try:
            return next(self._steps)
        except StopIteration:
            self._finish()
            return now

    def close(self) -> None:
        if self._steps is not None:
            self._steps.close()
            for name in [PROCESSES, *self._commands][len(self._outputs) :]:
                self._outputs.append(CommandOutput(name, "", say("the connection was lost")))
            self._finish()
        self._close_loop()

    def _finish(self) -> None:
        """Without a session between snapshots: a server opens few of them."""
        self._steps = None
        self._close_loop()
        self._tell(SnapshotCame(self._server, self._number, tuple(self._outputs)))

    def _close_loop(self) -> None:
        if self._loop is not None:
            self._loop.close()
        self._loop = None

    # ------------------------------------------------------------ the steps

    def _take(self) -> Steps:
        yield from self._keep(PROCESSES, self._processes())
        for name, argv in self._commands.items():
            yield from self._keep(name, self._command(argv))

    def _keep(self, name: str, work: Generator[float, None, tuple[str, str]]) -> Steps:
        """What `work` comes to, a text and a note."""
        try:
            text, note = yield from work
        except ServerFault as fault:
            self._close_loop()
            text, note = "", str(fault)
        left = MOST_ALTOGETHER - sum(len(output.text.encode()) for output in self._outputs)
        kept = _clipped(text, min(MOST_BYTES, left))
        if len(kept) < len(text):
            note = say("cut off after {n} KB", n=len(kept.encode()) // 1000)
        self._outputs.append(CommandOutput(name, kept, note))

    def _processes(self) -> Generator[float, None, tuple[str, str]]:
        before = yield from self._reading()
        if before is None:
            return "", say("there is no /proc")
        until = time.monotonic() + BETWEEN_READINGS_S
        while time.monotonic() < until:
            yield until
        now = yield from self._reading()
        if now is None:
            return "", say("there is no /proc")
        return lines_of(largest(before, now)), ""

    def _reading(self) -> Generator[float, None, Processes | None]:
        return parse_processes((yield from self._answer()))

    def _command(self, argv: tuple[str, ...]) -> Generator[float, None, tuple[str, str]]:
        begun = time.monotonic()
        ran = read_ran((yield from self._answer(*argv)))
        took_s = time.monotonic() - begun
        return lines_of(ran.text), _note(ran, took_s)

    def _answer(self, *words: str) -> Generator[float, None, str]:
        """Raises ServerFault."""
        if self._loop is None:
            self._loop = Loop(self._start, SNAPSHOT)
        self._loop.ask(str(len(words)), *words)
        asked_at = time.monotonic()
        while (text := self._loop.poll()) is None:
            now = time.monotonic()
            if now - asked_at > PATIENCE_S:
                raise ServerFault(say("no answer within {s:g} s", s=PATIENCE_S))
            yield patient(now, asked_at)
        return text


def _clipped(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _note(ran: Ran, took_s: float) -> str:
    if ran.status is None:
        return say("cut off after {n} KB", n=MOST_BYTES // 1000)
    if ran.status == 0:
        return ""
    if took_s >= LIMIT_S:
        return say("ended after {n} s", n=LIMIT_S)
    if ran.status == NO_SUCH_COMMAND:
        return say("there is no such command")
    return say("exit status {n}", n=ran.status)
