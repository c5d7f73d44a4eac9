"""A real injector process driven over its socket, and a target that answers as scripted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import mmap
import resource
import socket
import ssl
import struct
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from perfconsole.injector.begun import Begun
from perfconsole.injector.dialer import Dialer
from perfconsole.injector.engine import Engine
from perfconsole.injector.frames import frame, report_frames
from perfconsole.injector.lease import Lease
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.redirect import Reach
from perfconsole.injector.request import Origin
from perfconsole.model import plan, wire
from perfconsole.model.plan import (
    Check,
    GroupPlan,
    InjectorPlan,
    RequestStep,
    Step,
    TargetPlan,
    ThinkStep,
)
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import Wait

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE_S = 20.0


async def eventually(holds: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Until `holds()`; fails when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.005)


# ---------------------------------------------------------------- the target


@dataclass(slots=True)
class Seen:
    """A request as the target got it."""

    at: float
    connection: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


async def always_ok(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


class Target:
    """Counts and keeps what it was asked, and answers with what `script` writes."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.open = 0
        self.script: Script = always_ok
        self.port = 0
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()

    async def start(
        self, context: ssl.SSLContext | None = None, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self._server = await asyncio.start_server(
            self._handle, host, port, ssl=context, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for handler in list(self._handlers):
                handler.cancel()
            await asyncio.gather(*self._handlers, return_exceptions=True)
            await self._server.wait_closed()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        self.connections += 1
        self.open += 1
        try:
            await self._converse(self.connections, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self.open -= 1
            self._handlers.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while not writer.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            at = time.time()
            first, *lines = head.rstrip("\r\n").split("\r\n")
            method, path, _ = first.split(" ")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            seen = Seen(at, number, method, path, headers, body)
            self.seen.append(seen)
            await self.script(seen, writer)
            await writer.drain()

    @property
    def paths(self) -> Counter[str]:
        return Counter(seen.path for seen in self.seen)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    it = Target()
    await it.start()
    yield it
    await it.stop()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


# ---------------------------------------------------------------- plans


def request_step(
    path: str = "/",
    method: str = "GET",
    *,
    name: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    timeout_s: float = 10.0,
    follow: bool = True,
    **check: object,
) -> RequestStep:
    return RequestStep(
        name or f"{method} {path}", method, path, headers, body, Check(**check), timeout_s, follow
    )


@dataclass(slots=True)
class PlanMaker:
    """Flows by group name → the plan of injector 0."""

    port: int
    host: str = "127.0.0.1"
    scheme: str = "http"
    verify: bool = True
    ca_file: str | None = None
    cert_file: str | None = None
    iterations: int | None = None
    lease_s: float = 5.0
    connect_timeout_s: float = 5.0
    max_redirects: int = 10
    resolve_per_vu: bool = False
    server_name: str | None = None
    points: tuple[str, ...] = ()
    points_off: tuple[str, ...] = ()
    injector: int = 0
    http_version: str = "1.1"
    proxy: str | None = None
    started_at: float = field(default_factory=time.time)
    bandwidth_bit_s: float | None = None
    source_ips: tuple[str, ...] = ()

    def of(self, **flows: list[Step]) -> InjectorPlan:
        return InjectorPlan(
            injector=self.injector,
            started_at=self.started_at,
            target=TargetPlan(
                self.scheme, self.host, self.port, self.connect_timeout_s, self.verify,
                self.ca_file, self.cert_file, None, self.max_redirects,
                resolve_per_vu=self.resolve_per_vu, server_name=self.server_name,
            ),
            groups=tuple(
                GroupPlan(
                    name, plan.Script(tuple(steps)), self.iterations, self.http_version, self.proxy,
                    bandwidth_bit_s=self.bandwidth_bit_s, source_ips=self.source_ips,
                )
                for name, steps in flows.items()
            ),
            rendezvous=self.points,
            rendezvous_off=self.points_off,
            seed=1,
            lease_s=self.lease_s,
        )  # fmt: skip


# ---------------------------------------------------------------- the injector


class Injector:
    """The controller's end of one injector process."""

    def __init__(self) -> None:
        self.ticks: list[wire.InjectorTick] = []
        self.acted: dict[int, float] = {}
        self.gathered: list[wire.Gathered] = []
        self.spreads: list[wire.Spread] = []
        self.troubles: list[str] = []
        self.ready: wire.Ready | None = None
        self.bye = False
        self.eof = asyncio.Event()
        self._numbers = itertools.count(1)
        self._lease: asyncio.Task[None] | None = None

    async def start(
        self, plan: InjectorPlan, *, counter_bytes: int | None = None, descriptors: int = 0
    ) -> None:
        ours, theirs = socket.socketpair()
        self._counter = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._cell = plan.injector
        self._counter.truncate(8 * (plan.injector + 1) if counter_bytes is None else counter_bytes)
        fds = (theirs.fileno(), self._counter.fileno())
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "perfconsole.injector", *(str(fd) for fd in fds), pass_fds=fds
        )
        if descriptors:
            resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
        theirs.close()
        reader, self.writer = await asyncio.open_unix_connection(sock=ours)
        self._reading = asyncio.create_task(self._read(reader))
        self.send(wire.Begin(plan))
        await eventually(lambda: self.ready or self.eof.is_set())
        self.lease()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = report_frames()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                for report in frames.feed(data):
                    self._take(report)
        self.eof.set()

    def _take(self, report: wire.Report) -> None:
        match report:
            case wire.InjectorTick():
                self.ticks.append(report)
            case wire.Acted():
                self.acted[report.order] = time.time()
            case wire.Gathered():
                self.gathered.append(report)
            case wire.Spread():
                self.spreads.append(report)
            case wire.Trouble():
                self.troubles.append(report.text)
            case wire.Ready():
                self.ready = report
            case wire.Bye():
                self.bye = True

    def lease(self) -> None:
        async def renew() -> None:
            while True:
                self.send(wire.Lease())
                await asyncio.sleep(0.5)

        self._lease = asyncio.create_task(renew())

    def stop_lease(self) -> None:
        if self._lease is not None:
            self._lease.cancel()

    def send(self, order: wire.Order) -> None:
        if not self.writer.is_closing():
            self.writer.write(frame(order))

    async def act(self, kind: type, *args: object, **named: object) -> float:
        """Send an order and wait until it is in force; Unix time of the answer."""
        number = next(self._numbers)
        self.send(kind(number, *args, **named))
        await eventually(lambda: number in self.acted or self.eof.is_set())
        return self.acted[number]

    def order(self, group: str) -> wire.Order:
        """Some order about `group`."""
        return wire.Pause(next(self._numbers), (group,))

    async def vus(
        self,
        count: int,
        group: str = "g",
        mode: StopMode = StopMode.AFTER_ITERATION,
        by_hand: bool = False,
    ) -> float:
        return await self.act(wire.SetVus, group, count, mode, by_hand)

    async def finish(self) -> None:
        """Let it send its last tick, and see that it ends as it should."""
        self.stop_lease()  # an order that comes too late to be read would reset the line
        self.send(wire.Finish())
        await asyncio.wait_for(self.eof.wait(), PATIENCE_S)
        assert self.bye
        assert self.ticks[-1].last
        assert await asyncio.wait_for(self.process.wait(), PATIENCE_S) == 0

    async def close(self) -> None:
        self.stop_lease()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._reading
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
        self._counter.close()

    async def next_tick(self) -> wire.InjectorTick:
        """The next tick that comes; its states are later than any order acted on before."""
        have = len(self.ticks)
        await eventually(lambda: len(self.ticks) > have or self.eof.is_set())
        return self.ticks[-1]

    async def states(self, group: str = "g") -> dict[VuState, int]:
        tick = await self.next_tick()
        return next(g.states for g in tick.groups if g.name == group)

    # ------------------------------------------------------------ figures

    @property
    def begun(self) -> int:
        with mmap.mmap(self._counter.fileno(), 8 * (self._cell + 1), prot=mmap.PROT_READ) as cells:
            return int(struct.unpack_from("=Q", cells, 8 * self._cell)[0])

    def total(self, name: str) -> int:
        return sum(getattr(tick, name) for tick in self.ticks)

    @property
    def errors(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for tick in self.ticks:
            for error in tick.errors:
                counts[error.key] += error.count
        return counts

    def sample(self, key: str) -> str:
        return next(e.sample for tick in self.ticks for e in tick.errors if e.key == key)

    def transaction(self, name: str, figure: str) -> float:
        return sum(
            getattr(row, figure) for tick in self.ticks for row in tick.transactions
            if row.name == name
        )  # fmt: skip

    def iterations(self, group: str = "g") -> tuple[int, int]:
        """Completed, and failed ones among them."""
        rows = [g for tick in self.ticks for g in tick.groups if g.name == group]
        return sum(g.iterations for g in rows), sum(g.iterations_failed for g in rows)

    def assert_counts_add_up(self) -> None:
        assert self.begun == self.total("requests") + self.total("cut")
        for tick in self.ticks:
            for row in tick.transactions:
                counts = struct.unpack(f"<{len(row.counts) // 4}I", row.counts)
                assert sum(counts) == row.passed
                assert len(row.buckets) // 2 == len(counts)


Begin = Callable[..., Awaitable[Injector]]


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """Starts injectors with a plan; ends them with the test."""
    started: list[Injector] = []

    async def start(plan: InjectorPlan, **how: Any) -> Injector:
        injector = Injector()
        started.append(injector)
        await injector.start(plan, **how)
        return injector

    yield start
    for injector in started:
        await injector.close()


@pytest.fixture
async def engine_for() -> AsyncIterator[Callable[[InjectorPlan], Engine]]:
    """Engines in this very process."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryFile() as counter:
        counter.truncate(8)

        def make(plan: InjectorPlan) -> Engine:
            recorder = Recorder()
            return Engine(
                loop, recorder, Begun(counter.fileno(), 0), Lease(3600.0, loop),
                Dialer(plan.target, loop, recorder, lambda _: None), Origin.of(plan.target),
                Reach.of(plan.target), plan.target.max_redirects, {}, Random(1), lambda _: None,
            )  # fmt: skip

        yield make


@pytest.fixture
def plan_for() -> type[PlanMaker]:
    return PlanMaker


@pytest.fixture
def step() -> Callable[..., RequestStep]:
    return request_step


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    return eventually


@pytest.fixture
def reset_connection() -> Callable[[asyncio.StreamWriter], None]:
    return reset


@pytest.fixture
def think() -> Callable[..., ThinkStep]:
    return lambda low_s, high_s=None: ThinkStep(
        Wait("constant", low_s) if high_s is None else Wait("uniform", low_s, high_s)
    )


@pytest.fixture
def free_port() -> int:
    """Nobody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---------------------------------------------------------------- flows in Python

Planned = Callable[..., InjectorPlan]


@pytest.fixture
def planned(tmp_path: Path, target: Target, plan_for: Callable[..., PlanMaker]) -> Planned:
    """The plan of a group `g` that plays `async def checkout(vu)` of a source text."""

    def make(source: str, *, points: tuple[str, ...] = (), **group: Any) -> InjectorPlan:
        file = tmp_path / "flows" / "checkout.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(source))
        whole = plan_for(target.port, points=points).of(g=[])
        python = plan.PythonFlow(str(file), "checkout", 5.0)
        data = group.pop("data", {})
        variables = group.pop("variables", {})
        return msgspec.structs.replace(
            whole,
            groups=(msgspec.structs.replace(whole.groups[0], python=python, **group),),
            data=data,
            variables=variables,
        )

    return make


@pytest.fixture
def played(target: Target, planned: Planned, begin: Begin) -> Callable[..., Awaitable[Injector]]:
    """An injector in which one VU has played a flow so many times.

    A VU that is over closes its connection, which is known before the next tick: `keeps_it` is
    False for flows that lose it before.
    """

    async def play(
        source: str, *, iterations: int = 1, keeps_it: bool = True, **group: Any
    ) -> Injector:
        injector = await begin(planned(source, iterations=iterations, **group))
        assert injector.ready, injector.troubles
        await injector.vus(1)
        # A VU that is over closes its connection, which is known before the next tick.
        await eventually(
            lambda: (
                (target.connections and not target.open) or injector.iterations()[0] >= iterations
            )
        )
        await injector.finish()
        injector.assert_counts_add_up()
        return injector

    return play
