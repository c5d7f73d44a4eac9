"""How full a server's disks are: a loop of its own, asked seldom and never waited for.

df hangs for as long as a file system does. It then takes only these figures with it: they are
unknown after two missed answers. No second df is started beside one that hangs.
"""

from __future__ import annotations

from perfconsole.servers.board import Board
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.linux.disks import parse_df, parse_mounts, worth_watching
from perfconsole.servers.pull import DISKS, Loop
from perfconsole.servers.side_jobs import patient
from perfconsole.servers.stream import Open

EVERY_S = 30.0
STALE_S = 2 * EVERY_S + 5.0


class DiskLoop:
    """A `SideJob`. It puts percent used by mount point on the board."""

    def __init__(self, start: Open, disks: tuple[str, ...] | None, board: Board) -> None:
        """`disks` are the mount points to watch; None is all real ones."""
        self._start = start
        self._board = board
        self._asked_for = None if disks is None else tuple(filter(_can_be_sent, disks))
        self._mounts = self._asked_for
        self._loop: Loop | None = None
        self._waiting = False
        self._next_at = self._asked_at = 0.0

    def turn(self, now: float) -> float:
        try:
            if self._waiting:
                self._take(now)
            if not self._waiting and now >= self._next_at:
                self._ask(now)
        except ServerFault:
            # No second session, or it ended: only these figures are missing.
            self.close()
            self._next_at = now + EVERY_S
        return patient(now, self._asked_at) if self._waiting else self._next_at

    def close(self) -> None:
        if self._loop is not None:
            self._loop.close()
        self._loop, self._waiting = None, False

    def _ask(self, now: float) -> None:
        if self._loop is None:
            self._loop = Loop(self._start, DISKS)
        mounts = self._mounts or ()
        self._loop.ask(str(len(mounts)), *mounts)
        self._waiting, self._asked_at = True, now
        self._next_at = now + EVERY_S

    def _take(self, now: float) -> None:
        text = self._loop.poll() if self._loop else None
        if text is None:
            return
        self._waiting = False
        asked = self._mounts
        percent, lines = read_answer(text, asked or ())
        if asked is not None:
            self._board.put(disk_metrics(percent), now + STALE_S)
        if self._asked_for is None:
            self._mounts = worth_watching(parse_mounts(lines))
        if asked is None:
            self._next_at = now


def disk_metrics(percent: dict[str, float]) -> dict[str, float]:
    """By metric name, of percent used by mount point."""
    return {f"disk_percent:{where}": value for where, value in percent.items()}


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
