"""How full a server's disks are. df hangs for as long as a file system does."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.servers.board import Board
from perfconsole.servers.linux.disks import Fullness, parse_df, parse_mounts, worth_watching
from perfconsole.servers.pull import DISKS
from perfconsole.servers.seldom_loop import STALE_S, SeldomLoop
from perfconsole.servers.stream import Open

INODES = "#inodes"


class DiskLoop(SeldomLoop):
    """It puts percent of space and of inodes used by mount point on the board."""

    def __init__(self, start: Open, disks: tuple[str, ...] | None, board: Board) -> None:
        """`disks` are the mount points to watch; None is all real ones."""
        super().__init__(start, DISKS)
        self._board = board
        self._asked_for = self._mounts = disks

    def _question(self) -> tuple[str, ...]:
        mounts = self._mounts or ()
        return str(len(mounts)), *mounts

    def _take(self, text: str, now: float) -> bool:
        """The first answer names the mounts, when nobody else has."""
        asked = self._mounts
        fullness, lines = read_answer(text, asked or ())
        self._board.put(disk_metrics(fullness), now + STALE_S)
        if self._asked_for is None:
            self._mounts = worth_watching(parse_mounts(lines))
        return asked is not None


def disk_metrics(fullness: Mapping[str, Fullness]) -> dict[str, float]:
    """By metric name, of what is known by mount point."""
    space = {f"disk_percent:{where}": full.space_percent for where, full in fullness.items()}
    inodes = {f"inode_percent:{where}": full.inode_percent for where, full in fullness.items()}
    return {name: value for name, value in (space | inodes).items() if value is not None}


def read_answer(text: str, asked: tuple[str, ...]) -> tuple[dict[str, Fullness], list[str]]:
    """How full each asked mount point is, and the lines of /proc/mounts."""
    parts: dict[str, list[str]] = {}
    lines = parts.setdefault("", [])
    for line in text.split("\n"):
        if line == "#mounts" or (line.startswith("#") and line[1:].isdecimal()):
            lines = parts.setdefault(line, [])
        else:
            lines.append(line)
    fullness = {
        where: _fullness(parts.get(f"#{number}", [])) for number, where in enumerate(asked, start=1)
    }
    return fullness, parts.get("#mounts", [])


def _fullness(lines: list[str]) -> Fullness:
    border = lines.index(INODES) if INODES in lines else len(lines)
    return Fullness(parse_df(lines[:border]), parse_df(lines[border:]))
