"""Bodies out of files: what arrives, what it costs in memory, and how sending one can end."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
import ssl
import struct
from dataclasses import dataclass, field
from time import perf_counter

import msgspec
import pytest
import trustme

from perfconsole.injector.connection import Connection
from perfconsole.injector.heads import Heads
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin, prepare
from perfconsole.injector.upload import CHUNK_BYTES, SMALL_BYTES
from perfconsole.model.plan import FilePart
from perfconsole.model.states import StopMode

MB = 1_000_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large"


@dataclass(slots=True)
class Sink:
    """A server that reads bodies without keeping them."""

    heads: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    refuse_after: int | None = None
    """Bytes of a body after which it answers 413 and closes."""
    lingers: bool = True
    """It reads on after a refusal; else its closing is a reset."""
    may_read: asyncio.Event = field(default_factory=asyncio.Event)
    """Clear: bodies are left unread."""
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self.may_read.set()
        self.server = await asyncio.start_server(self.handle, "127.0.0.1", 0, ssl=context)
        self.port = self.server.sockets[0].getsockname()[1]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self.exchange(reader, writer):
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()
        self.tasks.discard(task)

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        length = next(
            (int(line.split(":")[1]) for line in head.splitlines() if "Content-Length" in line), 0
        )
        digest, read = hashlib.sha256(), 0
        while read < length:
            await self.may_read.wait()
            if self.refuse_after is not None and read >= self.refuse_after:
                await self.refuse(reader, writer)
                return False
            data = await reader.read(min(length - read, 1 << 20))
            if not data:
                return False
            digest.update(data)
            read += len(data)
        self.digests.append(digest.hexdigest())
        writer.write(OK)
        return True

    async def refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(TOO_LARGE)
        await writer.drain()
        while self.lingers and await reader.read(1 << 20):
            pass
        if not self.lingers:
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.server.wait_closed()


@pytest.fixture
async def sink():
    it = Sink()
    await it.start()
    yield it
    await it.stop()


@pytest.fixture
def upload(step):
    """A step that sends `pieces`, files among them as paths."""

    def make(*pieces, method="POST", path="/up", **how):
        parts = tuple(p if isinstance(p, bytes) else FilePart(str(p)) for p in pieces)
        return msgspec.structs.replace(step(path, method, **how), pieces=parts)

    return make


@pytest.fixture
def sparse(tmp_path):
    def make(size: int, name: str = "big.bin"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(size)
        return path

    return make


@pytest.fixture
def noise(tmp_path):
    """A file in which no two chunks are the same."""

    def make(size: int):
        path = tmp_path / f"noise-{size}.bin"
        path.write_bytes(os.urandom(size))
        return path

    return make


async def ended(injector, until, iterations: int) -> dict[str, int]:
    await until(lambda: injector.iterations()[0] == iterations)
    await injector.finish()
    injector.assert_counts_add_up()
    return dict(injector.errors)


async def test_100_mb_from_each_of_three_users_are_never_in_memory(
    sink, begin, plan_for, upload, sparse, until
) -> None:
    big = sparse(100 * MB)
    injector = await begin(plan_for(sink.port, iterations=1).of(g=[upload(b"<", big, b">")]))
    before_mb = (await injector.next_tick()).rss_mb
    await injector.vus(3)
    assert await ended(injector, until, 3) == {}
    expected = hashlib.sha256(b"<" + bytes(100 * MB) + b">").hexdigest()
    assert sink.digests == [expected] * 3
    assert all("Content-Length: 100000002\r\n" in head for head in sink.heads)
    assert injector.ticks[-1].rss_mb - before_mb < 40


async def test_every_byte_arrives_in_its_place(
    sink, begin, plan_for, upload, noise, step, until
) -> None:
    sizes = (0, 1, SMALL_BYTES // 2, SMALL_BYTES, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * MB)
    paths = [noise(size) for size in sizes]
    steps = [upload(b"before ", path, b" and ", path, b"") for path in paths]
    injector = await begin(plan_for(sink.port, iterations=2).of(g=[*steps, step("/next")]))
    await injector.vus(1)
    assert await ended(injector, until, 2) == {}
    contents = [path.read_bytes() for path in paths]
    whole = [hashlib.sha256(b"before " + it + b" and " + it).hexdigest() for it in contents]
    assert sink.digests == [*whole, hashlib.sha256().hexdigest()] * 2
    assert sink.connections == 1


async def test_over_tls(begin, plan_for, upload, noise, until) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    sink, path = Sink(), noise(10 * MB)
    await sink.start(context)
    with authority.cert_pem.tempfile() as ca:
        maker = plan_for(sink.port, host="localhost", scheme="https", ca_file=ca, iterations=2)
        injector = await begin(maker.of(g=[upload(path)]))
        await injector.vus(2)
        assert await ended(injector, until, 4) == {}
    await sink.stop()
    assert sink.digests == [hashlib.sha256(path.read_bytes()).hexdigest()] * 4
    assert sink.connections == 2


async def test_a_target_that_does_not_read_is_waited_for(
    sink, begin, plan_for, upload, sparse, step, until
) -> None:
    """Its sender rests in little memory, and others go on meanwhile."""
    sink.may_read.clear()
    plan = plan_for(sink.port).of(up=[upload(sparse(60 * MB))], g=[step("/other")])
    injector = await begin(plan)
    before_mb = (await injector.next_tick()).rss_mb
    await injector.vus(1, "up")
    await until(lambda: sink.heads)
    await injector.vus(1, "g")
    await until(lambda: injector.iterations("g")[0] > 50)
    sink.may_read.set()
    await until(lambda: injector.iterations("up")[0] >= 1)
    await injector.finish()
    assert injector.ticks[-1].rss_mb - before_mb < 40
    assert dict(injector.errors) == {}


@pytest.mark.parametrize("lingers", [True, False])
async def test_an_early_answer_is_the_answer(
    sink, begin, plan_for, upload, sparse, until, lingers
) -> None:
    sink.refuse_after, sink.lingers = 3 * MB, lingers
    injector = await begin(plan_for(sink.port, iterations=5).of(g=[upload(sparse(100 * MB))]))
    await injector.vus(2)
    assert await ended(injector, until, 10) == {"POST /up: HTTP 413": 10}
    assert "too large" in injector.sample("POST /up: HTTP 413")
    assert sink.connections == 10
    phases = [phase for tick in injector.ticks for phase in tick.phases]
    assert phases, "answered"
    assert all(phase.sum_us >= 0 for phase in phases)


async def test_sending_lasts_until_the_kernel_has_the_last_byte(
    sink, plan_for, upload, sparse
) -> None:
    sink.may_read.clear()
    origin = Origin.of(plan_for(sink.port).of().target)
    request = prepare(upload(sparse(50 * MB)), origin, 0)
    loop = asyncio.get_running_loop()
    connection = Connection(loop, Recorder(), request.origin, Heads())
    await loop.create_connection(lambda: connection, "127.0.0.1", sink.port)
    asked_at = perf_counter()
    answered = connection.ask(request, request.plain, asked_at)
    loop.call_later(0.3, sink.may_read.set)
    assert await answered is None
    assert asked_at + 0.3 <= connection.sent_at <= connection.answered_at
    second = prepare(upload(b"x", path="/small"), origin, 0)
    assert await connection.ask(second, second.plain, 5.0) is None
    assert connection.sent_at == 5.0, "prepared requests go in no time"
    connection.abort()
    await asyncio.sleep(0)


@pytest.mark.parametrize("size", [0, 3 * MB])
async def test_a_file_that_changed_is_a_failure_of_its_own_kind(
    sink, begin, plan_for, step, upload, sparse, until, size
) -> None:
    path = sparse(2 * MB)
    injector = await begin(plan_for(sink.port).of(g=[step("/before"), upload(path)]))
    os.truncate(path, size)
    await injector.vus(1)
    key = "POST /up: upload file changed"
    await until(lambda: injector.errors[key] >= 3)
    await injector.finish()
    assert f"{path}: {size} bytes, 2000000 when the run began" in injector.sample(key)
    assert not any(head.startswith("POST") for head in sink.heads), "nothing goes that cannot whole"
    (told,) = (e.exchange for tick in injector.ticks for e in tick.errors if e.exchange)
    assert told.startswith("> POST /up")
    assert "\n* not sent: " in told


async def test_a_file_that_shrinks_while_it_is_sent(
    sink, begin, plan_for, upload, sparse, until
) -> None:
    sink.may_read.clear()
    path = sparse(60 * MB)
    injector = await begin(plan_for(sink.port, iterations=1).of(g=[upload(path)]))
    await injector.vus(1)
    await until(lambda: sink.heads)
    os.truncate(path, MB)
    sink.may_read.set()
    assert await ended(injector, until, 1) == {"POST /up: upload file changed": 1}
    assert sink.digests == [], "what was cut short is not taken for whole"


async def test_a_file_that_is_replaced_or_removed_is_sent_as_it_was(
    sink, begin, plan_for, upload, noise, until
) -> None:
    path = noise(MB)
    was = hashlib.sha256(path.read_bytes()).hexdigest()
    injector = await begin(plan_for(sink.port, iterations=2).of(g=[upload(path)]))
    path.unlink()
    await injector.vus(1)
    assert await ended(injector, until, 2) == {}
    assert sink.digests == [was] * 2


@pytest.mark.parametrize("name", ["nowhere.bin", "."])
async def test_a_file_that_cannot_be_opened_ends_the_injector_with_a_word(
    begin, plan_for, upload, tmp_path, name
) -> None:
    injector = await begin(plan_for(1).of(g=[upload(tmp_path / name)]))
    assert injector.ready is None
    assert await injector.process.wait() == 1
    (text,) = injector.troubles
    assert text.startswith(f"{tmp_path / name}: cannot be sent: ")


async def test_a_stop_now_ends_the_sending(sink, begin, plan_for, upload, sparse, until) -> None:
    sink.may_read.clear()
    injector = await begin(plan_for(sink.port).of(g=[upload(sparse(100 * MB))]))
    await injector.vus(2)
    await until(lambda: len(sink.heads) == 2)
    await injector.vus(0, mode=StopMode.NOW)
    sink.may_read.set()
    await injector.finish()
    assert injector.total("cut") == 2
    assert sink.digests == []


async def test_too_slow_is_a_timeout(sink, begin, plan_for, upload, sparse, until) -> None:
    sink.may_read.clear()
    plan = plan_for(sink.port, iterations=1).of(g=[upload(sparse(100 * MB), timeout_s=0.2)])
    injector = await begin(plan)
    await injector.vus(1)
    assert await ended(injector, until, 1) == {"POST /up: timeout: sending": 1}


@pytest.mark.parametrize(("method", "failed"), [("PUT", False), ("POST", True)])
async def test_one_that_crosses_the_end_of_its_connection_goes_again_if_it_may(
    sink, plan_for, upload, noise, method, failed
) -> None:
    """The server closes while the connection rests; the client hears of it after it has sent."""
    path = noise(MB)
    origin = Origin.of(plan_for(sink.port).of().target)
    request = prepare(upload(path, method=method), origin, 0)
    loop = asyncio.get_running_loop()
    connection = Connection(loop, Recorder(), request.origin, Heads())
    listener = socket.create_server(("127.0.0.1", 0))
    transport, _ = await loop.create_connection(lambda: connection, *listener.getsockname())
    accepted, _ = listener.accept()
    first = prepare(upload(b""), origin, 0)
    answered = connection.ask(first, first.plain, perf_counter())
    accepted.sendall(OK)
    await answered
    accepted.recv(65536)
    accepted.close()
    failure = await connection.ask(request, request.plain, perf_counter())
    assert failure is not None
    assert connection.was_stale
    assert request.idempotent is not failed
    transport.abort()
    listener.close()
    await asyncio.sleep(0)


async def test_one_of_which_a_part_was_read_is_never_sent_again(
    sink, plan_for, upload, sparse
) -> None:
    request = prepare(upload(sparse(20 * MB), method="PUT"), Origin("http", "h", 80), 0)
    loop = asyncio.get_running_loop()
    connection = Connection(loop, Recorder(), request.origin, Heads())
    listener = socket.create_server(("127.0.0.1", 0))
    await loop.create_connection(lambda: connection, *listener.getsockname())
    accepted, _ = listener.accept()
    first = prepare(upload(b""), Origin("http", "h", 80), 0)
    answered = connection.ask(first, first.plain, perf_counter())
    accepted.sendall(OK)
    await answered
    accepted.recv(65536)
    answered = connection.ask(request, request.plain, perf_counter())
    await asyncio.to_thread(accepted.recv, 65536)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()
    failure = await answered
    assert failure is not None and failure.kind == "reset"
    assert not connection.was_stale
    listener.close()
    await asyncio.sleep(0)
