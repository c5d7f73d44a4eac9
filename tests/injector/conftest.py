"""A real injector process driven over its socket, and a target that answers as scripted."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
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

from perfconsole.injector.actor import Doing
from perfconsole.injector.begun import Begun
from perfconsole.injector.dialer import Dialer
from perfconsole.injector.engine import Engine
from perfconsole.injector.frames import frame, report_frames
from perfconsole.injector.lease import Lease
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.redirect import Reach
from perfconsole.injector.request import Origin
from perfconsole.injector.vu import Vu
from perfconsole.injector.workload import Load
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
from perfconsole.model.states import StopMode, VuState, active
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
    lease_s: float = 30.0
    """As long as tests are patient: few are about a lease that lapses."""
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
        """But that a first import takes its time, as it may while tests run beside each other."""
        self.stops: list[wire.StopWanted] = []
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
            case wire.StopWanted():
                self.stops.append(report)
            case wire.Trouble():
                if "is blocked at" not in report.text:
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
        ready: int = 0,
    ) -> float:
        return await self.act(wire.SetVus, group, count, mode, by_hand, ready)

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

    async def until_states(self, group: str = "g", **counts: int) -> None:
        """Until so many of its VUs, and no others, are in these states."""
        wanted = {VuState[name.upper()]: count for name, count in counts.items()}
        async with asyncio.timeout(PATIENCE_S):
            while await self.states(group) != wanted:
                pass

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
async def engine_for() -> AsyncIterator[Callable[..., Engine]]:
    """Engines in this very process."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryFile() as counter:
        counter.truncate(8)

        def make(
            plan: InjectorPlan, send: Callable[[wire.Report], None] = lambda _: None
        ) -> Engine:
            recorder = Recorder()
            return Engine(
                loop, recorder, Begun(counter.fileno(), 0), Lease(3600.0, loop),
                Dialer(plan.target, loop, recorder, lambda _: None), Origin.of(plan.target),
                Reach.of(plan.target), plan.target.max_redirects, {}, Random(1), lambda _: None,
                send, "1/0",
            )  # fmt: skip

        yield make


class Here:
    """A plan played in this very process: no ticks, all counts in one second."""

    def __init__(self, plan: InjectorPlan, engine_for: Callable[..., Engine]) -> None:
        self.stops: list[wire.Report] = []
        self.engine = engine_for(plan, self.stops.append)
        self.load = Load(plan, self.engine)

    def vus(self, count: int, group: str = "g", mode: StopMode = StopMode.AFTER_ITERATION) -> None:
        self.load.set_vus(wire.SetVus(0, group, count, mode), lambda: None)

    def counts(self, group: str = "g") -> wire.GroupCounts:
        return next(each for each in self.load.counts() if each.name == group)

    def iterations(self, group: str = "g") -> tuple[int, int]:
        """Completed, and failed ones among them."""
        counts = self.counts(group)
        return counts.iterations, counts.iterations_failed

    def states(self, group: str = "g") -> dict[VuState, int]:
        return self.counts(group).states

    def over(self, group: str = "g") -> bool:
        """No VU of the group lives."""
        return not active(self.states(group))

    @property
    def errors(self) -> dict[str, int]:
        return {error.key: error.count for error in self.engine.recorder.errors()}

    def transaction(self, name: str) -> tuple[int, int, int]:
        """Passed, failed, cut."""
        rows = [row for row in self.engine.recorder.transactions() if row.name == name]
        return (
            sum(row.passed for row in rows),
            sum(row.failed for row in rows),
            sum(row.cut for row in rows),
        )


@pytest.fixture
async def here(
    engine_for: Callable[..., Engine],
) -> AsyncIterator[Callable[[InjectorPlan], Here]]:
    """Plays plans in this very process."""
    made: list[Here] = []

    def make(plan: InjectorPlan) -> Here:
        made.append(Here(plan, engine_for))
        return made[-1]

    yield make
    for played in made:
        await played.load.cut()


@pytest.fixture
def play(here: Callable[[InjectorPlan], Here], target: Target) -> Callable[..., Awaitable[Here]]:
    """Plays a flow to the end of its iterations."""

    async def play(flow: list[Step], iterations: int = 1, vus: int = 1, **group: object) -> Here:
        plan = PlanMaker(target.port, iterations=iterations).of(g=flow)
        whole = msgspec.structs.replace(plan.groups[0], **group)
        played = here(msgspec.structs.replace(plan, groups=(whole,)))
        played.vus(vus)
        await eventually(played.over)
        return played

    return play


@pytest.fixture
def waits(monkeypatch) -> list[float | None]:
    """What VUs wait, as they ask for it: seconds, or None for until they are let go."""
    asked: list[float | None] = []
    wait = Vu._wait

    async def recording(vu: Vu, doing: Doing, seconds: float | None = None) -> None:
        asked.append(seconds)
        await wait(vu, doing, seconds)

    monkeypatch.setattr(Vu, "_wait", recording)
    return asked


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


# ---------------------------------------------------------------- what is checked of an answer

PAGE = '{"items": [{"id": 3, "name": "zoë", "on": true, "of": null}], "error": "none"}'
JSON_HEAD = (("Content-Type", "application/json"), ("X-Line", "one"), ("X-Line", "two"))
LONG = b"x" * 30_000


@dataclass(frozen=True, slots=True)
class CheckCase:
    check: dict[str, Any]
    fails: str | None
    """The kind, after ``check failed: ``; None when it passes."""
    seen: str = ""
    """In the first line of the sample."""
    body: bytes = PAGE.encode()
    headers: tuple[tuple[str, str], ...] = JSON_HEAD


def json_is(path: str, value: object) -> dict[str, Any]:
    return {"json_values": ((path, value),)}


CHECK_CASES = {
    "header": CheckCase({"headers": (("content-type", "json"),)}, None),
    "any line": CheckCase({"headers": (("x-line", "two"),)}, None),
    "header there": CheckCase({"headers": (("x-line", ""),)}, None),
    "header case": CheckCase({"headers": (("content-type", "JSON"),)},
                             'header Content-Type lacks "JSON"', "Content-Type: application/json"),
    "no header": CheckCase({"headers": (("x-none", ""),)}, "no header X-None"),
    "set-cookie": CheckCase({"headers": (("set-cookie", "theirs"),)},
                            'header Set-Cookie lacks "***"', "sid=***",
                            headers=(("Set-Cookie", "sid=hunter2"),)),
    "secret header": CheckCase({"headers": (("x-token", "hunter2"),)},
                               'header X-Token lacks "***"', "X-Token: ***",
                               headers=(("X-Token", "abc"),)),
    "contains": CheckCase({"body_contains": ("zoë", "items")}, None),
    "lacks": CheckCase({"body_lacks": ("Traceback", "ë!")}, None),
    "has": CheckCase({"body_lacks": ("Traceback", "error")}, 'body has "error"'),
    "has in its charset": CheckCase({"body_lacks": ("迎",)}, 'body has "迎"',
                                    body="欢迎".encode("gbk"),
                                    headers=(("Content-Type", "a/b; charset=GBK"),)),
    "matches": CheckCase({"body_matches": ('"id": \\d+', "(?i)ZOË")}, None),
    "no match": CheckCase({"body_matches": ('"id": [^0-9]',)},
                          'body does not match /"id": [^0-9]/'),
    "explodes": CheckCase({"body_matches": ("(x+x+)+y",)},
                          "the regular expression /(x+x+)+y/ takes too long", body=LONG),
    "number": CheckCase(json_is("items[0].id", 3.0), None),
    "another number": CheckCase(json_is("items[0].id", 4), "items[0].id is not 4",
                                "items[0].id is 3"),
    "a text for a number": CheckCase(json_is("items[0].id", "3"), 'items[0].id is not "3"'),
    "a number for true": CheckCase(json_is("items[0].on", 1), "items[0].on is not 1",
                                   "items[0].on is true"),
    "text": CheckCase(json_is("items[0].name", "zoë"), None),
    "true": CheckCase(json_is("items[0].on", True), None),
    "null": CheckCase(json_is("items[0].of", None), None),
    "not there": CheckCase(json_is("items[1].id", 3), "items[1].id is not 3",
                           "items[1].id is null"),
    "function": CheckCase(json_is("length(items)", 1), None),
    "misused": CheckCase(json_is("length(items[0].id)", None),
                         "length(items[0].id) is not null"),
    "no JSON": CheckCase(json_is("a", None), "a is not null", "the body is no JSON", body=b"<p>"),
    "secret": CheckCase(json_is("token", "hunter2"), "token is not ***", "token is ***",
                        body=b'{"token": "hunter2 "}'),
    "size": CheckCase({"least_bytes": 30_000, "most_bytes": 30_000}, None, body=LONG),
    "short": CheckCase({"least_bytes": 30_001}, "body under 30,001 bytes", "30,000 bytes",
                       body=LONG),
    "long": CheckCase({"most_bytes": 20_000}, "body over 20 KB", "30,000 bytes", body=LONG),
    "empty": CheckCase({"least_bytes": 0, "most_bytes": 0}, None, body=b""),
    "decoded": CheckCase({"least_bytes": 30_000, "most_bytes": 30_000}, None,
                         body=gzip.compress(LONG), headers=(("Content-Encoding", "gzip"),)),
    "decoded long": CheckCase({"most_bytes": 20_000}, "body over 20 KB",
                              body=gzip.compress(LONG), headers=(("Content-Encoding", "gzip"),)),
    "undecodable": CheckCase({"most_bytes": 20_000}, "body cannot be decoded",
                             headers=(("Content-Encoding", "gzip"),)),
    "very long": CheckCase({"least_bytes": 11 * 2**20, "most_bytes": 11 * 2**20}, None,
                           body=b"x" * (11 * 2**20)),
    "too long": CheckCase({"most_bytes": 11 * 2**20 - 1}, "body over 11,534,335 bytes",
                          "11,534,336 bytes", body=b"x" * (11 * 2**20)),
}  # fmt: skip


@pytest.fixture
def check_cases() -> list[CheckCase]:
    """To be asked of ``/0``, ``/1``, ... by groups g0, g1, ..., each once."""
    return list(CHECK_CASES.values())


@pytest.fixture
def check_flows() -> dict[str, list[Step]]:
    return {
        f"g{n}": [RequestStep(f"GET /{n}", "GET", f"/{n}", (), b"", Check(**case.check), 10.0)]
        for n, case in enumerate(CHECK_CASES.values())
    }


@pytest.fixture
def assert_checked() -> Callable[[Injector], None]:
    """Each of `check_cases` has come to what it should."""

    def check(injector: Injector) -> None:
        for n, (name, case) in enumerate(CHECK_CASES.items()):
            keys = [key for key in injector.errors if key.startswith(f"GET /{n}: ")]
            wanted = [] if case.fails is None else [f"GET /{n}: check failed: {case.fails}"]
            assert keys == wanted, name
            if keys and "decoded" not in keys[0]:
                first = injector.sample(keys[0]).split("\n")[0]
                assert first.startswith("HTTP 200"), name
                assert case.seen in first, name
        assert "hunter2" not in str(injector.ticks)

    return check


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
        await eventually(
            lambda: (
                (keeps_it and target.connections and not target.open)
                or injector.iterations()[0] >= iterations
            )
        )
        await injector.finish()
        injector.assert_counts_add_up()
        return injector

    return play
