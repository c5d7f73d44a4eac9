"""Requests whose connection ends without an answer: which go out again, and which are failures."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from time import perf_counter

import pytest

from perfconsole.injector import connection as connection_module
from perfconsole.injector.connection import Connection
from perfconsole.injector.heads import Heads
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin, prepare

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
@pytest.mark.parametrize("rough", [False, True])
async def test_what_was_read_and_dropped_is_a_failure_and_counted(
    target, begin, plan_for, step, until, reset_connection, method, rough
) -> None:
    """The server answers the first request on each connection, reads the second and closes."""
    answered = set()

    async def script(seen, writer):
        if seen.connection not in answered:
            answered.add(seen.connection)
            writer.write(OK)
        elif rough:
            reset_connection(writer)
        else:
            writer.close()

    target.script = script
    injector = await begin(plan_for(target.port, iterations=50).of(g=[step("/a", method)]))
    await injector.vus(10)
    await until(lambda: injector.iterations()[0] == 500)
    await injector.finish()
    injector.assert_counts_add_up()
    kind = "reset" if rough else "closed before the answer"
    assert injector.total("requests") == len(target.seen) == 500
    assert dict(injector.errors) == {f"{method} /a: {kind}": 250}


@pytest.fixture
def hasty():
    """A server whose every answer comes in one segment with the end of the connection.

    Whoever sends the next request at once, sends it to a connection that is closed already.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    class Hasty:
        port = listener.getsockname()[1]
        read = 0

        def serve(self) -> None:
            with contextlib.suppress(OSError):
                while True:
                    accepted, _ = listener.accept()
                    with accepted:
                        if b"\r\n\r\n" not in accepted.recv(65536):
                            continue
                        self.read += 1
                        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                        accepted.sendall(OK)

    it = Hasty()
    thread = threading.Thread(target=it.serve)
    thread.start()
    yield it
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


async def test_a_request_that_crosses_the_end_of_its_connection_is_no_failure(
    hasty, begin, plan_for, step, until
) -> None:
    injector = await begin(plan_for(hasty.port, iterations=100).of(g=[step("/a")]))
    await injector.vus(3)
    await until(lambda: injector.iterations()[0] == 300)
    await injector.finish()
    injector.assert_counts_add_up()
    assert not injector.errors
    assert injector.total("requests") == hasty.read == 300


async def test_what_is_not_idempotent_is_never_sent_again(
    hasty, begin, plan_for, step, until
) -> None:
    injector = await begin(plan_for(hasty.port, iterations=100).of(g=[step("/a", "POST")]))
    await injector.vus(3)
    await until(lambda: injector.iterations()[0] == 300)
    await injector.finish()
    injector.assert_counts_add_up()
    lost = sum(injector.errors.values())
    assert lost
    assert injector.total("requests") == hasty.read + lost == 300


# ---------------------------------------------------------------- one connection


class Line:
    """A connection that has had one answer; its other end is a plain socket."""

    def __init__(self, connection: Connection, server: socket.socket, get) -> None:
        self.connection = connection
        self.server = server
        self._get = get

    async def ask(self, sent_s_ago: float = 0.0) -> None:
        now = perf_counter() - sent_s_ago
        await self.connection.ask(self._get, self._get.plain, now)

    def rested(self, rest_s: float) -> None:
        self.connection.answered_at -= rest_s

    def reset(self) -> None:
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.close()


@pytest.fixture
async def line(step, monkeypatch):
    loop = asyncio.get_running_loop()
    get = prepare(step("/"), Origin("http", "127.0.0.1", 80), 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(connection_module, "SHORTEST_ROUND_TRIP_S", 0.5)
        connection = Connection(loop, Recorder(), get.origin, Heads())
        await loop.create_connection(lambda: connection, *listener.getsockname())
        server, _ = listener.accept()
        it = Line(connection, server, get)
        server.sendall(OK)
        assert await connection.ask(get, get.plain, perf_counter()) is None
        server.recv(65536)
        yield it
        server.close()
        connection.abort()
        await asyncio.sleep(0)


async def test_closed_before_it_was_sent(line) -> None:
    line.server.close()
    await line.ask(sent_s_ago=5)
    assert line.connection.was_stale, "it was not read, however late that shows"


@pytest.mark.parametrize("rest_s", [0, 60])
async def test_closed_when_it_was_read(line, rest_s) -> None:
    line.rested(rest_s)
    asked = asyncio.ensure_future(line.ask())
    await asyncio.to_thread(line.server.recv, 65536)
    line.server.close()
    await asked
    assert not line.connection.was_stale, "however soon, and after whatever rest"


@pytest.mark.parametrize(
    ("rest_s", "sent_s_ago", "stale"), [(60, 0, True), (60, 2, False), (0.5, 0, False)]
)
@pytest.mark.parametrize("rough", [True, False])
async def test_ended_after_a_rest_and_the_kernel_does_not_tell(
    line, rest_s, sent_s_ago, stale, rough, monkeypatch
) -> None:
    """Something between here and there had long forgotten the connection."""
    monkeypatch.setattr(connection_module, "delivery", lambda _: None)
    line.rested(rest_s + sent_s_ago)
    line.reset() if rough else line.server.close()
    await line.ask(sent_s_ago)
    assert line.connection.was_stale == stale


async def test_a_fresh_connection_is_never_stale(step) -> None:
    loop = asyncio.get_running_loop()
    get = prepare(step("/"), Origin("http", "127.0.0.1", 80), 0)
    connection = Connection(loop, Recorder(), get.origin, Heads())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await loop.create_connection(lambda: connection, *listener.getsockname())
        listener.accept()[0].close()
        failure = await connection.ask(get, get.plain, perf_counter())
    assert failure is not None
    assert not connection.was_stale
    connection.abort()
    await asyncio.sleep(0)
