"""A run that watches real servers, its screen and its journal; and a bad line to a server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perfconsole.console.feed import Link
from perfconsole.console.present import server_page
from perfconsole.console.present.header import headline
from perfconsole.console.present.machine_charts import cpu_and_memory
from perfconsole.console.present.pages import rows
from perfconsole.console.present.shapes import SHAPES
from perfconsole.console.uistate import Page, UiState
from perfconsole.controller.opening import started_fields
from perfconsole.controller.record import Record
from perfconsole.controller.watching.breaches import BreachWatch
from perfconsole.journal.reader import JournalReader
from perfconsole.journal.writer import JournalWriter
from perfconsole.metrics.facts import facts_of
from perfconsole.metrics.judge import Judgement, judge
from perfconsole.metrics.totals import Totals
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import ServerSpec
from perfconsole.model.start import StartSpec
from perfconsole.model.states import RunState
from perfconsole.servers.watch_all import Servers

UI = UiState(page=Page.SERVERS)
NEVER_OVER = {"cpu_percent": 100, "memory_percent": 100, "disk_percent": 100}
"""Limits that no machine breaches, however busy it is."""


@dataclass
class WatchedRun:
    """Real samplers, limits, record and journal; what is missing of a run is its process."""

    folder: Path
    specs: dict[str, ServerSpec]
    samples: Any

    def __post_init__(self) -> None:
        fields = {name: spec.model_dump() for name, spec in self.specs.items()}
        self.scenario = Scenario.model_validate(
            {"name": "watch", "servers": fields, "thresholds": NEVER_OVER}
        )
        self.journal = self.folder / "run" / "journal.sqlite"
        self.journal.parent.mkdir()
        self.record = Record(JournalWriter(self.journal))
        spec = StartSpec(str(self.journal.parent), {}, "", 0, 1, None)
        self.record.add(ev.Started, **started_fields(spec, self.scenario))
        self.record.add(ev.StateChanged, state=RunState.RUNNING)
        self.breaches = BreachWatch(self.scenario, self.record)
        self.servers = Servers(self.specs, self._take)

    def _take(self, sample: ServerSample) -> None:
        self.breaches.take(sample)
        self.samples.emit(sample)

    # ---------------------------------------------------------------- on screen

    def row(self, server: str = "web1") -> dict[str, str]:
        """Its row of the page of servers: by column what there is in it, and ``why`` it is unknown
        in the place of figures."""
        row = next(row for row in rows(self.record.view, Page.SERVERS) if row.key == server)
        texts = [cell if isinstance(cell, str) else cell[0] for cell in row.cells]
        columns = [column.key for column in SHAPES[Page.SERVERS].columns]
        shown = dict(zip(columns, texts, strict=row.rest is None))
        return {column: text.strip() for column, text in shown.items()} | (
            {} if row.rest is None else {"why": row.rest[0]}
        )

    def own_page(self, server: str = "web1") -> dict[str, str]:
        """The server's own page: what stands as the present value of each metric."""
        at = [column.key for column in server_page.COLUMNS].index("value")
        listed = server_page.metric_rows(self.record.view, self.record.view.servers[server])
        cells = {row.key: row.cells[at] for row in listed}
        return {key: cell if isinstance(cell, str) else cell[0] for key, cell in cells.items()}

    def own_head(self, server: str = "web1") -> str:
        """The first line of that page."""
        view = self.record.view
        parts = server_page.server_head(view, Link.LIVE, view.servers[server], 0)
        return "  ".join(part.text for part in parts)

    def headline(self) -> str:
        parts = headline(self.record.view, Link.LIVE, UI, "run")
        return "   ".join(part.text for part in parts)

    def chart(self) -> Any:
        return cpu_and_memory(self.record.view, UI)

    # ---------------------------------------------------------------- for good

    async def kept(self) -> tuple[list[ServerSample], list[str]]:
        """Samples and lines as the journal has them."""
        await self.record.journal.committed()
        with JournalReader(self.journal) as journal:
            samples = [event.sample for event in journal.of_kind(ev.Sampled)]
            return samples, [event.text for event in journal.of_kind(ev.Noted)]

    def judged(self) -> Judgement:
        """If it ended now."""
        return judge(self.scenario, Totals(), facts_of(self.record.view))

    def close(self) -> None:
        self.record.journal.close()


@pytest.fixture
async def watched(tmp_path: Path, samples: Any) -> AsyncIterator[Callable[..., WatchedRun]]:
    """Begin a run that watches servers; it ends with the test."""
    runs: list[WatchedRun] = []

    def begin(**specs: ServerSpec) -> WatchedRun:
        runs.append(WatchedRun(tmp_path, specs, samples))
        runs[-1].servers.start()
        return runs[-1]

    yield begin
    for run in runs:
        await run.servers.stop()
        await asyncio.to_thread(run.close)


@dataclass
class Relay:
    """A line to a port of this machine that can be slow, go silent, or be cut."""

    target: int
    pause_s: float = 0.0
    """Before each piece that is handed on, either way."""
    piece: int = 65536
    """Bytes handed on at once."""
    port: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _near: list[asyncio.StreamWriter] = field(default_factory=list)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Relay]:
        self._open.set()
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._open.set()
            self.reset()
            if self._carrying:
                await asyncio.wait(self._carrying, timeout=5)

    def silence(self) -> None:
        """What is sent is lost in it, and nobody is told."""
        self._open.clear()

    def speak(self) -> None:
        self._open.set()

    def reset(self) -> None:
        for writer in self._near:
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._near.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._near.append(writer)
        if task := asyncio.current_task():
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        there, to_there = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pump(reader, to_there), self._pump(there, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(self.piece):
                await asyncio.sleep(self.pause_s)
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        sink.close()


@pytest.fixture
async def relay() -> AsyncIterator[Callable[..., Awaitable[Relay]]]:
    """A relay to a port, slow or not; closed with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def lay(target: int, **how: Any) -> Relay:
            return await stack.enter_async_context(Relay(target, **how).running())

        yield lay


@pytest.fixture
def over(tmp_path: Path) -> Callable[..., ServerSpec]:
    """How a server is reached over a relay."""

    def spec(relay: Relay, server: Any, **changes: object) -> ServerSpec:
        known_hosts = tmp_path / f"known_hosts.{relay.port}"
        known_hosts.write_text(f"[127.0.0.1]:{relay.port} {server.host_key}\n")
        made: ServerSpec = server.spec(
            ssh=f"{server.login}@127.0.0.1:{relay.port}", known_hosts=str(known_hosts), **changes
        )
        return made

    return spec


@dataclass
class Wire:
    """A cable to a network of its own, in which a server may lose packets."""

    namespace: str
    address: str

    @property
    def within(self) -> tuple[str, ...]:
        """What runs a command at its far end."""
        return ("ip", "netns", "exec", self.namespace)

    def drop(self, *how: str) -> None:
        """Packets that arrive at the far end are lost, as far as `how` (of iptables) says."""
        _run(*self.within, "iptables", "-w", "-A", "INPUT", *how, "-j", "DROP")

    def heal(self) -> None:
        _run(*self.within, "iptables", "-w", "-F", "INPUT")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def wire() -> Iterator[Wire]:
    if os.geteuid() != 0:
        pytest.skip("only root may make a network of its own")
    if missing := [name for name in ("ip", "iptables") if shutil.which(name) is None]:
        pytest.skip(f"no {' and no '.join(missing)} here (Debian: apt install iproute2 iptables)")
    name = f"pc{secrets.token_hex(4)}"
    part = 4 * secrets.randbelow(16384)
    near, far = (f"198.18.{(part + n) >> 8}.{(part + n) & 255}" for n in (1, 2))  # RFC 2544
    try:
        _run("ip", "netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        _run("ip", "link", "add", name, "type", "veth", "peer", "far", "netns", name)
        _run("ip", "address", "add", f"{near}/30", "dev", name)
        _run("ip", "link", "set", name, "up")
        _run("ip", "-n", name, "address", "add", f"{far}/30", "dev", "far")
        _run("ip", "-n", name, "link", "set", "far", "up")
        yield Wire(name, far)
    finally:
        _run("ip", "netns", "del", name)


@pytest.fixture
def ordinary(make_sshd: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """An sshd that an ordinary user runs and logs in to; root lends it a name of no account."""
    if os.geteuid() != 0:
        yield make_sshd
        return
    if missing := [name for name in ("unshare", "setpriv") if shutil.which(name) is None]:
        pytest.skip(f"no {' and no '.join(missing)} here (Debian: apt install util-linux)")
    uid, home = 54321, Path(tempfile.mkdtemp(prefix="ordinary-", dir="/tmp"))
    home.chmod(0o755)
    users = home / "passwd"
    users.write_text(f"tester:x:{uid}:{uid}::{home}:/bin/sh\n")
    become = (
        "unshare", "--mount", "sh", "-c",
        'chown -R "$1:$1" "$2" && mount --bind "$2/passwd" /etc/passwd && shift 2 && exec "$@"',
        "sh", str(uid), str(home),
        "setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
    )  # fmt: skip

    def make(*options: str) -> Any:
        return make_sshd(*options, folder=home / "sshd", login="tester", within=become)

    yield make
    shutil.rmtree(home)
