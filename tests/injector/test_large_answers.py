"""Answers of any size: heads have a limit, bodies pass through without being kept."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from perfconsole.injector.answer import MOST_HEAD_BYTES, MOST_HEAD_LINES, Answer
from perfconsole.injector.heads import Heads
from perfconsole.injector.jar import LONGEST_COOKIE, Jar

H = b"HTTP/1.1 200 OK\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CHUNKED = H + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"

ENDLESS = {
    "one line": (H + b"X: ", b"a" * 1000),
    "one name": (H, b"a" * 1000),
    "lines": (H, b"A: b\r\n" * 100),
    "cookies": (H, b"Set-Cookie: a=b\r\n" * 100),
    "reason": (b"HTTP/1.1 200 ", b"a" * 1000),
    "early hints": (b"", EARLY * 10),
    "empty lines": (b"", b"\r\n" * 500),
    "trailer": (CHUNKED + b"0\r\nX: ", b"a" * 1000),
    "trailers": (CHUNKED + b"0\r\n", b"A: b\r\n" * 100),
    "chunk extension": (CHUNKED + b"2;x=", b"a" * 1000),
}


def endless(start: bytes, more: bytes):
    yield start
    yield from itertools.repeat(more, 10 * MOST_HEAD_BYTES // len(more))


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS.keys())
def test_a_head_without_end(start: bytes, more: bytes) -> None:
    answer = Answer(Heads())
    answer.expect(head=False, room=0, sample_room=0)
    fed = 0
    for data in endless(start, more):
        fed += len(data)
        if data and (failure := answer.feed(data)):
            break
    assert failure is not None
    assert failure.kind == "head too large"
    assert fed <= MOST_HEAD_BYTES + len(start) + len(more)


def test_a_head_at_its_limits() -> None:
    answer = Answer(Heads())
    end = b"Content-Length: 0\r\n\r\n"
    long = H + b"X: " + b"a" * (MOST_HEAD_BYTES - 100) + b"\r\n" + end
    many = H + b"A: b\r\n" * (MOST_HEAD_LINES - 1) + end
    for raw in (long, many, long, many):
        answer.expect(head=False, room=0, sample_room=0)
        for at in range(0, len(raw), 1000):
            assert answer.feed(raw[at : at + 1000]) is None
        assert answer.complete


def test_a_body_in_small_pieces_is_no_head() -> None:
    answer = Answer(Heads())
    answer.expect(head=False, room=10, sample_room=0)
    assert answer.feed(CHUNKED) is None
    for _ in range(MOST_HEAD_BYTES // 8):
        for piece in (b"000002;x=y\r\n", b"ok", b"\r\n"):
            assert answer.feed(piece) is None
    assert answer.body == b"ok" * 5


def test_a_cookie_that_no_browser_would_keep() -> None:
    jar = Jar("a", https=False)
    jar.learn(b"a=" + b"b" * LONGEST_COOKIE, b"/")
    jar.learn(b"c=d", b"/")
    assert jar.header(b"/") == b"c=d"


@pytest.mark.parametrize("name", ["one line", "cookies"])
async def test_the_injector_goes_on(target, begin, plan_for, step, until, name) -> None:
    start, more = ENDLESS[name]

    async def script(_seen, writer):
        writer.write(start)
        while True:
            writer.write(more * 60)
            await writer.drain()
            await asyncio.sleep(0)

    target.script = script
    injector = await begin(plan_for(target.port, iterations=3).of(g=[step("/a")]))
    await injector.vus(5)
    await until(lambda: injector.iterations()[0] == 15)
    await injector.finish()
    injector.assert_counts_add_up()
    assert dict(injector.errors) == {"GET /a: head too large": 15}
    assert injector.total("bytes_in") < 15 * 4 * MOST_HEAD_BYTES
    await until(lambda: target.open == 0)
