"""This machine: the same metrics by the same formulas as over SSH; by psutil without /proc."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable

import psutil

from perfconsole.model.sample import ServerSample
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import EVERY_S, STALE_S, disk_metrics
from perfconsole.servers.linux.disks import Mount, used_percent, worth_watching
from perfconsole.servers.linux.proc import FILES, Counters, NoProc, parse_pull
from perfconsole.servers.linux.rates import metrics
from perfconsole.servers.local_jobs import LocalJobs

FIRST_GAP_S = 0.5
_CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


async def sample_local(
    name: str,
    spec: ServerSpec,
    emit: Callable[[ServerSample], None],
    board: Board,
    jobs: LocalJobs,
) -> None:
    """Emit a sample of this machine every `spec.every` seconds until cancelled.

    `jobs` are turned meanwhile; what they put on `board` is in the samples too.
    """
    loop = asyncio.get_running_loop()
    disks = LocalDisks(spec.disks, board)
    disks.start()
    jobs.start()
    try:
        before = read_counters()
        due = loop.time() + FIRST_GAP_S
        while True:
            await asyncio.sleep(due - loop.time())
            due = max(due, loop.time() - spec.every) + spec.every
            now = read_counters()
            known, held = board.take(time.monotonic())
            found = metrics(before, now) | known
            emit(ServerSample(name, True, found, interval_s=spec.every, held=held))
            before = now
    finally:
        disks.stop()
        jobs.stop()


def read_counters() -> Counters:
    """One reading; takes under a millisecond."""
    with contextlib.suppress(NoProc):
        return parse_pull("".join(map(_lines_of, FILES)))
    return _by_psutil()


def _lines_of(file: str) -> str:
    """As grep prints them; none of a file that is not there or may not be read."""
    with contextlib.suppress(OSError), open(file, encoding="utf-8", errors="replace") as lines:
        return "".join(f"{file}:{line}" for line in lines)
    return ""


def _by_psutil() -> Counters:
    """Where there is no /proc."""
    times = psutil.cpu_times()
    memory = psutil.virtual_memory()
    return Counters(
        cpu=tuple(float(getattr(times, field, 0.0)) for field in _CPU_FIELDS),
        uptime_s=time.monotonic(),
        memory_total=float(memory.total),
        memory_available=float(memory.available),
        load_1m=psutil.getloadavg()[0],
        net=_net(),
    )


def _net() -> dict[str, tuple[float, float]]:
    """Bytes received and sent by interface; nothing where a sandbox hides them."""
    with contextlib.suppress(OSError):
        found = psutil.net_io_counters(pernic=True)
        return {nic: (float(io.bytes_recv), float(io.bytes_sent)) for nic, io in found.items()}
    return {}


class LocalDisks:
    """Asks for the fullness of disks in a thread, for a file system may hang."""

    def __init__(self, disks: tuple[str, ...] | None, board: Board) -> None:
        self._disks = disks
        self._board = board
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="local disks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        while True:
            found = disk_metrics(disk_fullness(self._disks))
            self._board.put(found, time.monotonic() + STALE_S)
            if self._stopped.wait(EVERY_S):
                return


def disk_fullness(disks: tuple[str, ...] | None) -> dict[str, float]:
    """Percent used by mount point; those that cannot be asked are left out."""
    found = {}
    for where in local_mounts() if disks is None else disks:
        with contextlib.suppress(OSError):
            usage = psutil.disk_usage(where)
            percent = used_percent(usage.used, usage.free)
            if percent is not None:
                found[where] = percent
    return found


def local_mounts() -> tuple[str, ...]:
    """Real local file systems; ``/`` at least, as a container sees no device of its own."""
    partitions = psutil.disk_partitions(all=False)
    mounts = [Mount(part.device, part.mountpoint, part.fstype) for part in partitions]
    found = [where for where in worth_watching(mounts) if os.path.isdir(where)]
    return tuple(found) or ("/",)
