"""This machine: the same metrics by the same formulas as over SSH; by psutil without /proc."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import time
from collections.abc import Callable
from functools import partial

import psutil

from perfconsole.model.sample import ServerSample, told, told_name
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.beat import next_due
from perfconsole.servers.board import Board
from perfconsole.servers.linux.proc import FILES, PAGE, Counters, NoProc, parse_pull
from perfconsole.servers.linux.rates import metrics
from perfconsole.servers.local_seldom import look_at_disks, look_at_kernel, seldom
from perfconsole.servers.local_thread import LocalThread

FIRST_GAP_S = 0.5
_CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


async def sample_local(
    name: str,
    spec: ServerSpec,
    emit: Callable[[ServerSample], None],
    board: Board,
    jobs: LocalThread,
) -> None:
    """Emit a sample of this machine every `spec.every` seconds until cancelled.

    `jobs` go on meanwhile; what they put on `board` is in the samples too, and what they stumble
    on is raised.
    """
    loop = asyncio.get_running_loop()
    threads = (
        jobs,
        seldom("disks", partial(look_at_disks, spec.disks, board)),
        seldom("kernel", partial(look_at_kernel, spec.link_mbps, board)),
    )
    for thread in threads:
        thread.start()
    try:
        before = read_counters()
        due = loop.time() + FIRST_GAP_S
        while True:
            await asyncio.sleep(due - loop.time())
            due = next_due(due, loop.time(), spec.every)
            for thread in threads:
                thread.check()
            now = read_counters()
            known, held = board.take(time.monotonic())
            found = told(metrics(before, now, board.links) | known)
            held = tuple(map(told_name, held))
            emit(ServerSample(name, True, found, interval_s=spec.every, held=held))
            before = now
    finally:
        for thread in threads:
            thread.stop()


def read_counters() -> Counters:
    """One reading; takes under a millisecond."""
    with contextlib.suppress(NoProc):
        return parse_pull(f"{PAGE}:{mmap.PAGESIZE}\n" + "".join(map(_lines_of, FILES)))
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
