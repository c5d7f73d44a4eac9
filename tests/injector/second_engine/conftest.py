"""What the second engine is for: an HTTP/2 target that answers as scripted, and a proxy."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import pytest
import trustme
from hyperframe.frame import GoAwayFrame

# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA) -> Iterator[str]:
    with authority.cert_pem.tempfile() as path:
        yield path


@pytest.fixture
def tls(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """For a server called localhost, with these protocols to choose from."""

    def make(*protocols: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    return make


# ---------------------------------------------------------------- an HTTP/2 target


@dataclass(slots=True)
class Asked:
    """A request as the target got it."""

    session: Session
    stream: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        return dict(self.headers)[":path"]

    def answer(
        self, status: int = 200, body: bytes = b"ok", *headers: tuple[str, str], end: bool = True
    ) -> None:
        h2 = self.session.h2
        h2.send_headers(self.stream, [(":status", str(status)), *headers], end_stream=not body)
        for at in range(0, len(body), 10_000):
            is_last = at + 10_000 >= len(body)
            h2.send_data(self.stream, body[at : at + 10_000], end_stream=end and is_last)

    def goaway(self, last_stream: int, error: int = 0) -> None:
        """The frame alone: h2 itself would answer nothing after it."""
        self.session.flush()
        frame = GoAwayFrame(0, last_stream_id=last_stream, error_code=error)
        self.session.transport.write(frame.serialize())

    def close(self) -> None:
        self.session.flush()
        self.session.transport.close()


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, target: H2Target) -> None:
        self.target = target
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.heads: dict[int, list[tuple[str, str]]] = {}
        self.bodies: dict[int, bytes] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP
        self.transport = transport
        self.target.sessions.add(self)
        self.target.left.clear()
        self.target.connections += 1
        self.h2.initiate_connection()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.target.sessions.discard(self)
        if not self.target.sessions:
            self.target.left.set()

    def flush(self) -> None:
        self.transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            match event:
                case h2.events.RequestReceived():
                    self.heads[event.stream_id] = [
                        (name.decode(), value.decode()) for name, value in event.headers
                    ]
                    self.bodies[event.stream_id] = b""
                case h2.events.DataReceived():
                    self.bodies[event.stream_id] += event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded():
                    stream = event.stream_id
                    self.target.take(Asked(self, stream, self.heads.pop(stream),
                                           self.bodies.pop(stream)))  # fmt: skip
        if not self.transport.is_closing():
            self.flush()


class H2Target:
    """Keeps what it was asked; `script` answers. One that answers nothing leaves it hanging."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.sessions: set[Session] = set()
        self.left = asyncio.Event()
        """Set while there is no connection."""
        self.left.set()
        self.connections = 0
        self.script: Callable[[Asked], None] = Asked.answer
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Session(self), "127.0.0.1", 0, ssl=context, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in list(self.sessions):
            session.transport.abort()
        await self.left.wait()
        await self._server.wait_closed()

    def take(self, asked: Asked) -> None:
        self.asked.append(asked)
        self.script(asked)

    @property
    def paths(self) -> Counter[str]:
        return Counter(asked.path for asked in self.asked)


@pytest.fixture
async def h2_target(tls: Callable[..., ssl.SSLContext]) -> AsyncIterator[H2Target]:
    it = H2Target()
    await it.start(tls("h2"))
    yield it
    await it.stop()


@pytest.fixture
async def bare_h2_target() -> AsyncIterator[H2Target]:
    """Without TLS."""
    it = H2Target()
    await it.start(None)
    yield it
    await it.stop()


# ---------------------------------------------------------------- a target that says one thing


@pytest.fixture
async def raw_target() -> AsyncIterator[Callable[[bytes], Awaitable[int]]]:
    """A port on which everybody gets these bytes when they speak, and nothing more."""
    servers: list[asyncio.Server] = []
    transports: list[asyncio.Transport] = []

    class Session(asyncio.Protocol):
        def __init__(self, raw: bytes) -> None:
            self.raw = raw

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP
            transports.append(transport)

        def data_received(self, data: bytes) -> None:
            transports[-1].write(self.raw)

    async def start(raw: bytes) -> int:
        loop = asyncio.get_running_loop()
        servers.append(await loop.create_server(lambda: Session(raw), "127.0.0.1", 0))
        return int(servers[-1].sockets[0].getsockname()[1])

    yield start
    for transport in transports:
        transport.abort()
    for server in servers:
        server.close()
        await server.wait_closed()


# ---------------------------------------------------------------- a proxy


@dataclass
class Proxy:
    """HTTP (absolute form and CONNECT) and SOCKS5 on one port."""

    user: str = ""
    """``name:password`` that it wants."""
    lines: list[str] = field(default_factory=list)
    """Request lines, and ``SOCKS host:port``."""
    heads: list[str] = field(default_factory=list)
    port: int = 0
    silent: bool = False
    """It closes each connection as soon as it is asked."""

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            first = await reader.readexactly(1)
            if self.silent:
                return
            await (self._socks if first == b"\5" else self._http)(first, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _socks(
        self, _first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        method = b"\2" if self.user else b"\0"
        writer.write(b"\5" + (method if method in methods else b"\xff"))
        if self.user:
            await reader.readexactly(1)
            name = await reader.readexactly((await reader.readexactly(1))[0])
            word = await reader.readexactly((await reader.readexactly(1))[0])
            is_known = name + b":" + word == self.user.encode()
            writer.write(b"\1\0" if is_known else b"\1\1")
        _, _, _, kind = await reader.readexactly(4)
        if kind == 1:
            host = ".".join(map(str, await reader.readexactly(4)))
        else:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2))
        self.lines.append(f"SOCKS {host}:{port}")
        try:
            there = await asyncio.open_connection(host, port)
        except OSError:
            writer.write(b"\5\5\0\1\0\0\0\0\0\0")
            await writer.drain()
            return
        writer.write(b"\5\0\0\1\0\0\0\0\0\0")
        await self._tunnel(reader, writer, *there)

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
            first = b""
            line = head.split("\r\n", 1)[0]
            self.lines.append(line)
            self.heads.append(head)
            method, url, _ = line.split(" ")
            wanted = base64.b64encode(self.user.encode()).decode()
            if self.user and f"Proxy-Authorization: Basic {wanted}\r\n" not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                             b"Content-Length: 0\r\n\r\n")  # fmt: skip
                continue
            if method == "CONNECT":
                host, port = url.rsplit(":", 1)
                try:
                    there = await asyncio.open_connection(host, int(port))
                except OSError:
                    writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                    continue
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await self._tunnel(reader, writer, *there)
                return
            await self._forward(head, url, writer)

    async def _forward(self, head: str, url: str, writer: asyncio.StreamWriter) -> None:
        _, _, place, path = url.split("/", 3)
        host, port = place.split(":")
        there, out = await asyncio.open_connection(host, int(port))
        out.write(head.replace(url, f"/{path}", 1).encode())
        answer = await there.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        writer.write(answer + await there.readexactly(length))
        out.transport.abort()

    async def _tunnel(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        out: asyncio.StreamWriter,
    ) -> None:
        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65536):
                    sink.write(data)
            sink.transport.abort()

        try:
            await asyncio.gather(pump(reader, out), pump(there, writer))
        finally:
            out.transport.abort()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    it = Proxy()
    await it.start()
    yield it
    await it.stop()


@pytest.fixture
async def tls_proxy(tls: Callable[..., ssl.SSLContext]) -> AsyncIterator[Proxy]:
    """Called localhost, and itself reached by TLS."""
    it = Proxy()
    await it.start(tls())
    yield it
    await it.stop()


@pytest.fixture
async def silent_proxy() -> AsyncIterator[Proxy]:
    it = Proxy(silent=True)
    await it.start()
    yield it
    await it.stop()
