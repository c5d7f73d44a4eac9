"""A command that keeps running on a server and writes a line for each reading."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.probes.ask import Ask
from perfconsole.servers.probes.exit_words import why_failed
from perfconsole.servers.probes.probe_session import ProbeSession
from perfconsole.servers.probes.said import Said
from perfconsole.servers.side_jobs import LATEST_S
from perfconsole.servers.stream import Open
from perfconsole.texts import say

AGAIN_S = 10.0
"""At least, until a command that ended is started again."""


class Streamed:
    """A `SideJob`, with a session of its own. `ask` is number `number` of its server's."""

    def __init__(self, start: Open, number: int, ask: Ask, hear: Callable[[Said], None]) -> None:
        self._start = start
        self._number = number
        self._ask = ask
        self._hear = hear
        self._session: ProbeSession | None = None
        self._next_at = 0.0
        self._heard_at = 0.0
        self._lost = 0
        """How many sessions in a row were lost or not to be had."""

    def turn(self, now: float) -> float:
        try:
            if self._session is None and now >= self._next_at:
                self._session = ProbeSession(self._start)
                self._session.begin(self._number, self._ask, now)
                self._heard_at = now
            elif self._session is not None:
                self._take(self._session, now)
        except ServerFault as fault:
            self._lost += 1
            self._give_up(now, str(fault) if self._lost > 1 else "")
        return self._next_at if self._session is None else now + LATEST_S

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None

    def _take(self, session: ProbeSession, now: float) -> None:
        ended = session.poll()
        for said in session.lines(now):
            self._heard_at, self._lost = now, 0
            self._hear(said)
        silent_s = now - self._heard_at
        if ended is not None:
            self._give_up(now, why_failed(self._ask, ended) or say("it has ended"))
        elif silent_s > 2 * self._ask.every_s + self._ask.timeout_s:
            self._give_up(now, say("nothing for {n:.0f} s, started again", n=silent_s))

    def _give_up(self, now: float, fault: str) -> None:
        self.close()
        self._next_at = now + max(AGAIN_S, self._ask.every_s)
        if fault:
            self._hear(Said(self._number, now, fault=fault))
