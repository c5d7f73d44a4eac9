"""How fit this load process is, second by second: is it late, what held it, what has it left?

A load generator that is late measures itself. So its event loop is probed all the time, its
garbage collector is watched, and what it may still open and what it holds is told with every
tick. Everything here together costs about 1 % of a core while the process is idle, and less when
it is not, for then its loop turns anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

PROBE_EVERY_S = 0.01
LONGEST_GAP_S = 1.0
"""A loop that slept for longer (a machine that was suspended) counts as having slept so long."""
COUNT_SHARE = 1e-3
"""Part of the time that counting descriptors may take where the kernel does not count them."""
_OPEN = Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")
_MEMORY = Path("/proc/self/statm")
_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


class LagProbe:
    """How late the event loop is: what an event that falls due at any moment waits.

    A timer is due at fixed moments; when the loop was held, all those that fell due meanwhile
    were late, each by its own time. So a loop held for 100 ms once is not one late timer.
    """

    __slots__ = ("_due", "_late_s", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._late_s: list[float] = []
        self._due = perf_counter()
        self._arm()

    def _arm(self) -> None:
        self._due += PROBE_EVERY_S
        self._timer = self._loop.call_later(self._due - perf_counter(), self._fired)

    def _fired(self) -> None:
        now = perf_counter()
        self._due = max(self._due, now - LONGEST_GAP_S)
        self._late_s.append(max(0.0, now - self._due))
        while self._due + PROBE_EVERY_S <= now:
            self._due += PROBE_EVERY_S
            self._late_s.append(now - self._due)
        self._arm()

    def take_p99_ms(self) -> float:
        """99th percentile (nearest rank) of the lateness since the last call."""
        late, self._late_s = sorted(self._late_s), []
        return late[math.ceil(len(late) * 0.99) - 1] * 1000 if late else 0.0

    def stop(self) -> None:
        self._timer.cancel()


class CollectorWatch:
    """The longest pause that Python's garbage collector made."""

    __slots__ = ("_began", "_longest_s")

    def __init__(self) -> None:
        self._began = self._longest_s = 0.0
        gc.callbacks.append(self._heard)

    def _heard(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._began = perf_counter()
        else:
            self._longest_s = max(self._longest_s, perf_counter() - self._began)

    def take_ms(self) -> float:
        """Longest since the last call."""
        longest, self._longest_s = self._longest_s, 0.0
        return longest * 1000

    def stop(self) -> None:
        gc.callbacks.remove(self._heard)


class SocketCount:
    """How many more sockets this process may open.

    The tighter of two limits: its descriptors, and the local ports for connections to one address.
    Ports that rest after a connection was closed are not in it.
    """

    __slots__ = ("_count_at", "_open", "_ports")

    def __init__(self) -> None:
        self._ports = _local_ports()
        self._open = 0
        self._count_at = 0.0

    def left(self) -> int:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        known = [self._ports] if self._ports else []
        if limit != resource.RLIM_INFINITY:
            known.append(limit)
        return max(0, min(known, default=sys.maxsize) - self._descriptors())

    def _descriptors(self) -> int:
        """Linux knows from 6.2 on; elsewhere they are counted, less often the longer it takes."""
        counted = _OPEN.stat().st_size if sys.platform == "linux" else 0
        began = perf_counter()
        if counted:
            self._open = counted
        elif began >= self._count_at:
            self._open = _listed()
            took = perf_counter() - began
            self._count_at = began + took / COUNT_SHARE
        return self._open


def _local_ports() -> int | None:
    """Size of the range of local ports; None where it cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        low, high = _PORTS.read_text().split()
        return int(high) - int(low) + 1
    return None


def _listed() -> int:
    """Listing takes a descriptor; when there is none, all are open."""
    try:
        return len(os.listdir(_OPEN))
    except OSError:
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class MemoryGauge:
    """Resident memory, from a file held open: there may be no descriptor left when it is asked."""

    __slots__ = ("_file",)

    def __init__(self) -> None:
        self._file = open(_MEMORY, "rb", buffering=0) if sys.platform == "linux" else None  # noqa: SIM115 - held

    def mb(self) -> float:
        if self._file is None:
            import psutil

            return psutil.Process().memory_info().rss / 1048576
        pages = int(os.pread(self._file.fileno(), 100, 0).split()[1])
        return pages * resource.getpagesize() / 1048576

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def peak_rss_mb() -> float:
    """Peak resident memory, MB; the kernel counts in KB, but on macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


@dataclass(frozen=True, slots=True)
class FitnessSecond:
    """What a tick says of it."""

    lag_p99_ms: float
    gc_pause_ms: float
    memory_mb: float
    sockets_left: int


class Fitness:
    """Watches from now on until `stop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._lag = LagProbe(loop)
        self._collector = CollectorWatch()
        self._sockets = SocketCount()
        self._memory = MemoryGauge()

    def take(self) -> FitnessSecond:
        """Of the time since the last call, and of now."""
        return FitnessSecond(
            lag_p99_ms=self._lag.take_p99_ms(),
            gc_pause_ms=self._collector.take_ms(),
            memory_mb=self._memory.mb(),
            sockets_left=self._sockets.left(),
        )

    def stop(self) -> None:
        self._lag.stop()
        self._collector.stop()
        self._memory.close()
