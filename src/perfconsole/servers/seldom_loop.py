"""What is asked of a server once a minute, over a channel of its own, and never waited for."""

from __future__ import annotations

from abc import ABC, abstractmethod

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.pull import Loop
from perfconsole.servers.side_jobs import patient
from perfconsole.servers.stream import Open

EVERY_S = 60.0
STALE_S = 2 * EVERY_S + 5.0
"""What is older is unknown: after two missed answers."""


class SeldomLoop(ABC):
    """A `SideJob`. An answer that does not come takes with it only what it would have told; no
    second question is asked beside one that hangs."""

    def __init__(self, start: Open, script: str) -> None:
        """`script` is a loop for `Loop`."""
        self._start = start
        self._script = script
        self._loop: Loop | None = None
        self._waiting = False
        self._next_at = self._asked_at = 0.0

    @abstractmethod
    def _question(self) -> tuple[str, ...]:
        """An argument, and the lines that follow it."""

    @abstractmethod
    def _take(self, text: str, now: float) -> bool:
        """The answer; False to ask at once again."""

    def turn(self, now: float) -> float:
        try:
            if self._waiting:
                self._look(now)
            if not self._waiting and now >= self._next_at:
                self._ask(now)
        except ServerFault:
            # No further session, or it ended: only these figures are missing.
            self.close()
            self._next_at = now + EVERY_S
        return patient(now, self._asked_at) if self._waiting else self._next_at

    def close(self) -> None:
        if self._loop is not None:
            self._loop.close()
        self._loop, self._waiting = None, False

    def _ask(self, now: float) -> None:
        if self._loop is None:
            self._loop = Loop(self._start, self._script)
        self._loop.ask(*self._question())
        self._waiting, self._asked_at = True, now
        self._next_at = now + EVERY_S

    def _look(self, now: float) -> None:
        text = self._loop.poll() if self._loop else None
        if text is None:
            return
        self._waiting = False
        if not self._take(text, now):
            self._next_at = now
