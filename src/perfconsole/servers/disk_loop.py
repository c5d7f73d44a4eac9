"""How full a server's disks are: a loop of its own, asked seldom and never waited for.

df hangs for as long as a file system does. It then takes only these figures with it: they are
unknown after two missed answers. No second df is started beside one that hangs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.linux.disks import parse_df, parse_mounts, worth_watching
from perfconsole.servers.pull import DISKS, Loop, Stream

EVERY_S = 30.0
STALE_S = 2 * EVERY_S + 5.0


@dataclass(frozen=True, slots=True)
class Fullness:
    """Percent used by mount point, and when (monotonic seconds) that was so."""

    percent: dict[str, float]
    at: float

    def metrics(self, now: float) -> dict[str, float]:
        """By metric name; empty when too old."""
        if now - self.at > STALE_S:
            return {}
        return {f"disk_percent:{where}": percent for where, percent in self.percent.items()}


class DiskLoop:
    """`turn` it often; it never waits for an answer."""

    def __init__(self, start: Callable[[str], Stream], disks: tuple[str, ...] | None) -> None:
        """`disks` are the mount points to watch; None is all real ones."""
        self._start = start
        self._asked_for = None if disks is None else tuple(filter(_can_be_sent, disks))
        self._mounts = self._asked_for
        self._loop: Loop | None = None
        self._waiting = False
        self._next_at = 0.0
        self._full = Fullness({}, 0.0)

    def current(self, now: float) -> dict[str, float]:
        return self._full.metrics(now)

    def turn(self, now: float) -> None:
        """Take an answer that has come, and ask when it is time to."""
        try:
            if self._waiting:
                self._take(now)
            if not self._waiting and now >= self._next_at:
                self._ask(now)
        except ServerFault:
            # No second session, or it ended: only these figures are missing.
            if self._loop is not None:
                self._loop.close()
            self._loop, self._waiting = None, False
            self._next_at = now + EVERY_S

    def _ask(self, now: float) -> None:
        if self._loop is None:
            self._loop = Loop(self._start, DISKS)
        mounts = self._mounts or ()
        self._loop.ask(str(len(mounts)), *mounts)
        self._waiting = True
        self._next_at = now + EVERY_S

    def _take(self, now: float) -> None:
        text = self._loop.poll() if self._loop else None
        if text is None:
            return
        self._waiting = False
        asked = self._mounts
        percent, lines = read_answer(text, asked or ())
        if asked is not None:
            self._full = Fullness(percent, now)
        if self._asked_for is None:
            self._mounts = worth_watching(parse_mounts(lines))
        if asked is None:
            self._next_at = now


def read_answer(text: str, asked: tuple[str, ...]) -> tuple[dict[str, float], list[str]]:
    """Percent used by asked mount point, and the lines of /proc/mounts."""
    parts: dict[str, list[str]] = {}
    lines = parts.setdefault("", [])
    for line in text.split("\n"):
        if line == "#mounts" or (line.startswith("#") and line[1:].isdecimal()):
            lines = parts.setdefault(line, [])
        else:
            lines.append(line)
    measured = {
        where: parse_df(parts.get(f"#{number}", [])) for number, where in enumerate(asked, start=1)
    }
    percent = {where: value for where, value in measured.items() if value is not None}
    return percent, parts.get("#mounts", [])


def _can_be_sent(where: str) -> bool:
    return where.startswith("/") and "\n" not in where
