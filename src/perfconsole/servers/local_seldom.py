"""What this machine is asked once a minute: disks, connections by state, speeds of interfaces.

Each in a thread of its own, for a file system may hang.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import psutil

from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import disk_metrics
from perfconsole.servers.linux.disks import Fullness, Mount, used_percent, worth_watching
from perfconsole.servers.linux.seldom import (
    MOST_CONNECTIONS,
    Interface,
    interface,
    link_speeds,
    tcp_metrics,
)
from perfconsole.servers.local_thread import LocalThread
from perfconsole.servers.seldom_loop import EVERY_S, STALE_S

_NET = Path("/sys/class/net")
_SOCKETS = (Path("/proc/net/sockstat"), Path("/proc/net/sockstat6"))
_TCP = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def seldom(what: str, look: Callable[[], None]) -> LocalThread:
    """Does `look` at once and then every minute."""
    return LocalThread(what, partial(_watch, look))


def _watch(look: Callable[[], None], stopped: threading.Event) -> None:
    while True:
        look()
        if stopped.wait(EVERY_S):
            return


def look_at_disks(disks: tuple[str, ...] | None, board: Board) -> None:
    board.put(disk_metrics(disk_fullness(disks)), time.monotonic() + STALE_S)


def look_at_kernel(link_mbps: float | None, board: Board) -> None:
    board.links = link_speeds(local_interfaces(), link_mbps)
    board.put(tcp_metrics(tcp_states()), time.monotonic() + STALE_S)


def disk_fullness(disks: tuple[str, ...] | None) -> dict[str, Fullness]:
    """By mount point; those that cannot be asked are left out."""
    found = {}
    for where in local_mounts() if disks is None else disks:
        with contextlib.suppress(OSError):
            told = os.statvfs(where)
            found[where] = Fullness(
                used_percent(told.f_blocks - told.f_bfree, told.f_bavail),
                used_percent(told.f_files - told.f_ffree, told.f_ffree),
            )
    return found


def local_mounts() -> tuple[str, ...]:
    """Real local file systems; ``/`` at least, as a container sees no device of its own."""
    partitions = psutil.disk_partitions(all=False)
    mounts = [Mount(part.device, part.mountpoint, part.fstype) for part in partitions]
    found = [where for where in worth_watching(mounts) if os.path.isdir(where)]
    return tuple(found) or ("/",)


def local_interfaces() -> list[Interface]:
    """As the system tells them; by psutil where there is no /sys."""
    if _NET.is_dir():
        return [
            interface(each.name, (each / "device").exists(), _text(each / "speed").strip())
            for each in sorted(_NET.iterdir())
        ]
    with contextlib.suppress(OSError):
        told = psutil.net_if_stats().items()
        return [interface(name, stats.speed > 0, str(stats.speed)) for name, stats in told]
    return []


def tcp_states() -> dict[str, int]:
    """Connections by the state's number; none where they cannot be counted, or are too many."""
    tables = [table for table in _TCP if table.is_file()]
    if not tables or sum(map(_sockets, _SOCKETS)) > MOST_CONNECTIONS:
        return {}
    counts = Counter(_states(line for table in tables for line in _text(table).splitlines()))
    return {f"{state:02X}": counts[f"{state:02X}"] for state in range(1, 13)}


def _states(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        words = line.split(None, 4)
        if len(words) == 5 and words[0].endswith(":"):
            yield words[3]


def _sockets(sockstat: Path) -> int:
    """TCP connections, those included that only wait to be forgotten."""
    for line in _text(sockstat).splitlines():
        table, *words = line.split()
        if table in ("TCP:", "TCP6:"):
            told = dict(zip(words[::2], words[1::2], strict=False))
            return sum(int(told.get(what, 0)) for what in ("inuse", "tw"))
    return 0


def _text(file: Path) -> str:
    """Empty when it cannot be read."""
    with contextlib.suppress(OSError):
        return file.read_text(errors="replace")
    return ""
