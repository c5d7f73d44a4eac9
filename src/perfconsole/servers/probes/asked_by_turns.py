"""The commands that are run again and again on one server, few sessions for all of them.

Each session runs one at a time. A second is opened only while the first is busy with a command that
takes its time, so that one that hangs delays no other; there are never more than `MOST_SESSIONS`,
for sshd allows ten in all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.probe_session import ProbeSession
from perfconsole.servers.probes.said import Said
from perfconsole.servers.side_jobs import patient
from perfconsole.servers.stream import Open

MOST_SESSIONS = 3
AGAIN_S = 60.0
"""After this long another session is tried for where none was to be had."""
MOST_WAIT_S = 300.0
"""What was ended for taking too long waits twice as long each time, up to this: what cannot even be
killed must not pile up."""


@dataclass(slots=True)
class _Turn:
    ask: Ask
    next_at: float = 0.0
    late: int = 0
    """How many times in a row it took too long."""
    lost: int = 0
    """How many times in a row its session was lost, or not to be had."""

    def begun(self, now: float) -> None:
        """The next one on its beat, whatever an answer takes; a beat that was missed, as while this
        machine slept, is not caught up."""
        self.next_at += self.ask.every_s
        if self.next_at <= now:
            self.next_at = now + self.ask.every_s

    def came(self) -> None:
        self.late = self.lost = 0

    def was_late(self, now: float) -> None:
        wait_s = min(self.ask.every_s * 2**self.late, max(MOST_WAIT_S, self.ask.every_s))
        self.late += 1
        self.next_at = max(self.next_at, now + wait_s)


class AskedByTurns:
    """A `SideJob`. `asks` are those of its server that do not stream, by their numbers."""

    def __init__(self, start: Open, asks: Mapping[int, Ask], hear: Callable[[Said], None]) -> None:
        self._start = start
        self._hear = hear
        self._turns = {number: _Turn(ask) for number, ask in asks.items()}
        self._running: dict[int, ProbeSession] = {}
        self._free: list[ProbeSession] = []
        self._more_at = 0.0
        """No further session before that."""

    def turn(self, now: float) -> float:
        for number in list(self._running):
            self._take(number, now)
        due = [n for n, t in self._turns.items() if t.next_at <= now and n not in self._running]
        for number in sorted(due, key=lambda number: self._turns[number].next_at):
            if not self._begin(number, now):
                break
        waiting = [t.next_at for n, t in self._turns.items() if n not in self._running]
        running = [patient(now, each.since or now) for each in self._running.values()]
        return min(waiting + running, default=now + AGAIN_S)

    def close(self) -> None:
        for session in (*self._free, *self._running.values()):
            session.close()
        self._free, self._running = [], {}

    def _begin(self, number: int, now: float) -> bool:
        """False when there is no session for it now."""
        turn, session = self._turns[number], None
        try:
            session = self._session(now)
            if session is None:
                return False
            session.begin(number, turn.ask, now)
        except ServerFault as fault:
            if session is not None:
                session.close()
            turn.next_at = now + turn.ask.every_s
            self._was_lost(number, now, fault)
            return True
        self._running[number] = session
        turn.begun(now)
        return True

    def _session(self, now: float) -> ProbeSession | None:
        """A free one, or a new one. Raises ServerFault when there is none at all to be had."""
        if self._free:
            return self._free.pop()
        if len(self._running) >= MOST_SESSIONS or (self._running and now < self._more_at):
            return None
        try:
            return ProbeSession(self._start)
        except ServerFault:
            if not self._running:
                raise
            self._more_at = now + AGAIN_S
            return None

    def _take(self, number: int, now: float) -> None:
        turn, session = self._turns[number], self._running[number]
        try:
            said = session.poll()
            if said is not None:
                turn.came()
            elif session.since is not None and now - session.since > turn.ask.timeout_s:
                said = session.end(now, turn.ask.timeout_s)
                turn.was_late(now)
        except ServerFault as fault:
            session.close()
            del self._running[number]
            self._was_lost(number, now, fault)
            return
        if said is not None:
            self._free.append(self._running.pop(number))
            self._hear(said)

    def _was_lost(self, number: int, now: float, fault: ServerFault) -> None:
        """Not told at once: when the whole connection is lost, that is told elsewhere."""
        turn = self._turns[number]
        turn.lost += 1
        if turn.lost > 1:
            self._hear(Said(number, now, fault=str(fault)))
