"""The row of servers: what fifty of them cost here and there, and how right their figures are.

All are connections to one sshd on loopback. The controller is a real one, with its journal and
its API, of a run that only watches; it and its front end share a core with nobody but each other.
What samplers alone cost and leave behind is taken in the bench's own process.
CPU "there" is that of sshd, of the shells in its sessions and of all that these started.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import psutil
import yaml
from machine import cores
from measuring import until
from processes import BenchError, Child, child, cpu_s, memory_kb, pin
from rows import Reach, Row, figure
from sshd import Sshd, sshd

from perfconsole.client.api import RunClient
from perfconsole.journal.folder import RunFolder
from perfconsole.metrics.view import RunView
from perfconsole.model.sample import ServerSample
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.sampler import sample_server
from perfconsole.servers.watch_all import Servers

SERVERS = 50
EVERY_S = (2.0, 5.0)
CORE_PERCENT = {2.0: 10.0, 5.0: 4.0}
"""Of a core that the controller may use, by the interval."""
THERE_MS, HERE_MS = 4.0, 2.0
"""CPU of a sample at most."""
POINTS = 1.0
"""That a minute's mean may differ from psutil's."""
ALL_THERE_S = 60.0
GROWN_MB, GROWN_OBJECTS = 10.0, 500
"""Resident memory over 500 reconnects creeps by malloc's gaps; Python's objects must not."""
WARMING = 3
"""Times that all are killed before growth is measured."""


@dataclass(frozen=True, slots=True)
class Plan:
    window_s: float
    reconnects: int
    agreement_s: float


FULL, QUICK = Plan(60.0, 500, 60.0), Plan(6.0, 100, 10.0)


def measure(plan: Plan) -> Row:
    there, here, _ = cores()
    row = Row(f"{SERVERS} servers over SSH")
    row.head = ("every", "samples", "CPU here, % of a core", "CPU ms a sample here",
                "CPU ms a sample there", "threads", "memory, MB")  # fmt: skip
    with sshd({there}) as server:
        for every_s in EVERY_S:
            with _watching(server, every_s, here) as run:
                _cost(row, run, server, every_s, plan.window_s)
        asyncio.run(_alone(row, server, plan))
        _agreement(row, server, plan.agreement_s)
    return row


# ---------------------------------------------------------------- cost


@dataclass(frozen=True, slots=True)
class Run:
    folder: RunFolder
    controller: int
    """Process id."""

    def view(self) -> RunView:
        async def ask() -> RunView:
            client = RunClient(self.folder.socket, kind="bench", by="bench")
            try:
                return await client.snapshot()
            finally:
                await client.close()

        return asyncio.run(ask())

    def samples(self) -> int:
        """Answered so far, by all servers."""
        servers = self.view().servers.values()
        return sum(server.metrics["memory_percent"].samples for server in servers)

    def all_answer(self) -> bool:
        servers = self.view().servers.values()
        return all(server.ok and "disk_percent:/" in server.metrics for server in servers)

    def threads(self) -> int:
        return psutil.Process(self.controller).num_threads()


@contextlib.contextmanager
def _watching(server: Sshd, every_s: float, core: int) -> Iterator[Run]:
    """A headless run of nothing but servers, all of which answer."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        file, out = Path(name) / "bench.yaml", Path(name) / "run"
        file.write_text(yaml.safe_dump(_scenario(server, every_s)))
        argv = [sys.executable, "-m", "perfconsole", "run", file, "--headless", "--out", out]
        with child(argv, {core}, {"PERFCONSOLE_HOME": name}) as front:
            run = Run(RunFolder(out), _controller(front))
            pin(run.controller, core)
            until(run.folder.socket.exists, 20, "the controller did not start")
            until(run.all_answer, ALL_THERE_S, f"not all of {SERVERS} servers answered")
            try:
                yield run
            finally:
                psutil.Process(run.controller).kill()


def _scenario(server: Sshd, every_s: float) -> dict[str, Any]:
    servers = {f"web{number}": server.spec(every_s) for number in range(SERVERS)}
    return {"name": "servers", "duration": "1h", "servers": servers}


def _controller(front: Child) -> int:
    found: list[int] = []

    def there() -> bool:
        if front.ended:
            front.finish(1.0)
            raise BenchError("perfconsole ended before it began")
        for process in psutil.Process(front.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                if "perfconsole.controller" in process.cmdline():
                    found.append(process.pid)
        return bool(found)

    until(there, 20, "the controller did not start")
    return found[0]


def _cost(row: Row, run: Run, server: Sshd, every_s: float, seconds: float) -> None:
    samples, began = run.samples(), time.monotonic()
    here_s, there_s = cpu_s(run.controller), server.cpu_s()
    time.sleep(seconds)
    here_s, there_s = cpu_s(run.controller) - here_s, server.cpu_s() - there_s
    took_s, samples = time.monotonic() - began, run.samples() - samples
    if not samples:
        raise BenchError("no sample came")
    core, here, there = 100 * here_s / took_s, 1000 * here_s / samples, 1000 * there_s / samples
    memory_mb = memory_kb(run.controller) / 1024
    row.table.append(
        (
            f"{every_s:g} s", f"{samples:,}", figure(core), figure(here), figure(there),
            f"{run.threads()}", figure(memory_mb),
        )
    )  # fmt: skip
    row.reaches.append(
        Reach(f"controller, every {every_s:g} s", core, CORE_PERCENT[every_s], " % of a core")
    )
    if every_s == EVERY_S[0]:
        row.reaches.append(Reach("CPU of a sample on the server", there, THERE_MS, " ms"))


# ---------------------------------------------------------------- sampling alone


@dataclass(slots=True)
class _Sampled:
    """What samplers alone have told, in the bench's own process."""

    came: int = 0
    told: dict[str, int] = field(default_factory=dict)
    """Good samples by server."""

    def emit(self, sample: ServerSample) -> None:
        if sample.ok:
            self.came += 1
            self.told[sample.server] = self.told.get(sample.server, 0) + 1

    async def from_all(self, times: int) -> None:
        """Until every server has told so many more. Raises BenchError when one does not."""
        before, deadline = dict(self.told), time.monotonic() + ALL_THERE_S
        while len(self.told) < SERVERS or any(
            self.told[name] < before.get(name, 0) + times for name in self.told
        ):
            if time.monotonic() > deadline:
                raise BenchError(f"not all of {SERVERS} servers answered")
            await asyncio.sleep(0.05)


async def _alone(row: Row, server: Sshd, plan: Plan) -> None:
    """The samplers' own cost, and what they leave behind when sessions are killed on the server's
    side, all at once, again and again. What the first of these leave (caches, malloc) is no
    growth."""
    specs = {f"web{n}": ServerSpec.model_validate(server.spec(EVERY_S[0])) for n in range(SERVERS)}
    sampled = _Sampled()
    servers = Servers(specs, sampled.emit)
    servers.start()
    try:
        await sampled.from_all(2)
        came, used_s = sampled.came, time.process_time()
        await asyncio.sleep(plan.window_s)
        here = 1000 * (time.process_time() - used_s) / (sampled.came - came)
        row.reaches.append(Reach("CPU of a sample here, its sampler alone", here, HERE_MS, " ms"))
        for _ in range(WARMING):
            await _reconnected(server, sampled)
        threads, objects, memory_mb = threading.active_count(), _objects(), _memory_mb()
        for _ in range(plan.reconnects // SERVERS):
            await _reconnected(server, sampled)
        grown, more = threading.active_count() - threads, _objects() - objects
        grown_mb = _memory_mb() - memory_mb
    finally:
        await servers.stop()
    over = f"over {plan.reconnects} reconnects"
    row.reaches.append(Reach(f"threads grown {over}", float(max(0, grown)), 0))
    row.reaches.append(Reach(f"objects grown {over}", float(max(0, more)), GROWN_OBJECTS))
    row.reaches.append(Reach(f"memory grown {over}", max(0.0, grown_mb), GROWN_MB, " MB"))


def _objects() -> int:
    """Without those that only wait to be collected."""
    gc.collect()
    return len(gc.get_objects())


def _memory_mb() -> float:
    return memory_kb(os.getpid()) / 1024


async def _reconnected(server: Sshd, sampled: _Sampled) -> None:
    server.end_sessions()
    await sampled.from_all(2)


# ---------------------------------------------------------------- agreement


@dataclass(slots=True)
class _Beside:
    """What psutil saw between the first sample and the last."""

    cpu: float
    memory: float
    disk: float


def _agreement(row: Row, server: Sshd, seconds: float) -> None:
    """A busy process keeps one core; means over the whole time are held against each other."""
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as busy:
        try:
            samples, beside = asyncio.run(_side_by_side(server, seconds))
        finally:
            busy.kill()
    for words, metric, other in (
        ("CPU", "cpu_percent", beside.cpu),
        ("memory", "memory_percent", beside.memory),
        ("disk", "disk_percent:/", beside.disk),
    ):
        mean = fmean(sample.metrics[metric] for sample in samples)
        apart = abs(mean - other)
        row.reaches.append(
            Reach(f"{words} from psutil's over {seconds:.0f} s", apart, POINTS, " points")
        )
        row.notes.append(f"{words}: {mean:.2f} % over SSH, {other:.2f} % by psutil")


async def _side_by_side(server: Sshd, seconds: float) -> tuple[list[ServerSample], _Beside]:
    came: asyncio.Queue[ServerSample] = asyncio.Queue()
    spec = ServerSpec.model_validate(server.spec(EVERY_S[0]))
    sampling = asyncio.create_task(sample_server("web", spec, came.put_nowait))
    try:
        while "disk_percent:/" not in (await came.get()).metrics:
            pass
        times, memory, samples = psutil.cpu_times(), [], []
        for _ in range(int(seconds / spec.every)):
            samples.append(await came.get())
            told = psutil.virtual_memory()
            memory.append(100 * (told.total - told.available) / told.total)
        steps = [b - a for a, b in zip(times[:8], psutil.cpu_times()[:8], strict=True)]
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)
    if not all(sample.ok for sample in samples):
        raise BenchError("samples were missed")
    cpu = 100 * (1 - (steps[3] + steps[4]) / sum(steps))
    return samples, _Beside(cpu, fmean(memory), psutil.disk_usage("/").percent)
