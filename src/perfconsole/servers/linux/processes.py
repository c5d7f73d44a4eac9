"""All processes of a machine at one moment, and which of them used most between two."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_STAT = re.compile(r"(\d+) \((.*)\) (.+)")
STATE, UTIME, STIME, THREADS, STARTED, RSS = 0, 11, 12, 17, 19, 21
"""Places of the fields behind the name: proc(5) counts them from 3 on."""
MOST_UPTIME_S = 1e10
"""More is no uptime."""


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    name: str
    """Its own word for itself, at most 15 bytes: no command line, which may hold secrets."""
    state: str
    """As in proc(5): ``R`` runs, ``D`` waits for a disk, ..."""
    cpu_s: float
    """Since it began."""
    threads: int
    started_s: float
    """After the machine's boot."""
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Processes:
    uptime_s: float
    memory_bytes: int | None
    all: dict[int, Process]


@dataclass(frozen=True, slots=True)
class Use:
    """Of one process between two readings."""

    process: Process
    cpu_percent: float
    """Of one core."""


def parse_processes(text: str) -> Processes | None:
    """Uptime, ``MemTotal``, ticks a second, bytes a page, then lines of ``/proc/PID/stat`` up to
    the resident pages. None when there is no /proc."""
    head, lines = text.split("\n")[:4], text.split("\n")[4:]
    try:
        uptime_s = float(head[0].split()[0])
        ticks, page = int(head[2]), int(head[3])
    except (ValueError, IndexError):
        return None
    if not (0 <= uptime_s < MOST_UPTIME_S and ticks > 0 and page > 0):
        return None
    memory = re.search(r"(\d{1,20}) kB", head[1])
    found = (_process(line, ticks, page) for line in lines)
    return Processes(
        uptime_s,
        1024 * int(memory[1]) if memory else None,
        {process.pid: process for process in found if process is not None},
    )


def _process(line: str, ticks: int, page: int) -> Process | None:
    match = _STAT.fullmatch(line)
    fields = match[3].split() if match else []
    if match is None or len(fields) <= RSS:
        return None
    try:
        return Process(
            pid=int(match[1]),
            name=match[2],
            state=fields[STATE],
            cpu_s=(int(fields[UTIME]) + int(fields[STIME])) / ticks,
            threads=int(fields[THREADS]),
            started_s=int(fields[STARTED]) / ticks,
            rss_bytes=int(fields[RSS]) * page,
        )
    except ValueError:
        return None


def uses(before: Processes, now: Processes) -> list[Use]:
    """Of all that are there now; of one that began in between, since it began."""
    seconds = now.uptime_s - before.uptime_s
    found = []
    for process in now.all.values():
        was = before.all.get(process.pid)
        same = was is not None and was.started_s == process.started_s
        spent_s = process.cpu_s - (was.cpu_s if was is not None and same else 0.0)
        found.append(Use(process, 100 * max(0.0, spent_s) / seconds if seconds > 0 else 0.0))
    return found


def states(processes: Processes) -> dict[str, int]:
    """How many are in each state."""
    return dict(Counter(process.state for process in processes.all.values()).most_common())
