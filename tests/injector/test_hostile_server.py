"""The client against a server that means harm: answers made and mutated at random.

Nothing may hang past its timeout or crash, every request is over exactly once, and no broken
answer is a success. What is broken is told by h11, which shares no line with the parser here.
"""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass

import h11
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfconsole.injector.answer import Answer
from perfconsole.injector.heads import Heads

ROOM = 1_000_000

# ---------------------------------------------------------------- what it answers

NAMES = [
    b"Content-Length", b"Transfer-Encoding", b"Connection", b"Content-Encoding", b"Location",
    b"Set-Cookie", b"Content-Type", b"Trailer", b"Upgrade", b"Keep-Alive", b"X", b"content-length",
    b"TRANSFER-ENCODING", b"Content-Length ", b" X", b"",
]  # fmt: skip
VALUES = [
    b"0", b"1", b"2", b"3", b"02", b"-1", b"+2", b"2, 2", b"2,3", b"0x2", b"", b"2 2",
    b"99999999999999999999", b"18446744073709551618", b"chunked", b"Chunked", b"gzip, chunked",
    b"chunked, chunked", b"identity", b"xchunked", b"chunked;q=1", b"close", b"keep-alive",
    b"close, x", b"upgrade", b"gzip", b"br", b"/there", b"a=b", b"a=b; Max-Age=0", b"\x00",
    b"a\r b", b"chunked\r\n ", b"\xff", b"2\r\n 3",
]  # fmt: skip
STATUS_LINES = [
    b"HTTP/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content",
    b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 302 Found", b"HTTP/1.1 500 Oops", b"HTTP/1.1 000 x",
    b"HTTP/1.1 100 Continue", b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 103 x",
    b"HTTP/1.1 999 x", b"HTTP/2.0 200 OK", b"HTTP/0.9 200 OK", b"RTSP/1.0 200 OK", b"HTTP/1.1 20",
    b"HTTP/1.1 2000 OK", b"HTTP/1.1  200 OK", b"200 OK", b"",
]  # fmt: skip
BODIES = [
    b"", b"ok", b"okok", b"2\r\nok\r\n0\r\n\r\n", b"2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
    b"2\r\nok\r\n", b"2\r\nok0\r\n\r\n", b"zz\r\n", b"ffffffffffffffffff\r\nok", b"0\r\n\r\n",
    b"0\r\n", b"-1\r\nok\r\n0\r\n\r\n", b"3\r\nok\r\n0\r\n\r\n", b"2 \r\nok\r\n0 \r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
]  # fmt: skip
VALID = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world",
    b"HTTP/1.1 302 Found\r\nLocation: /there\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gbk\r\nContent-Encoding: gzip\r\n"
    b"Content-Length: 22\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\xcf\x06\x00\x47\xdd"
    b"\xdc\x79\x02\x00\x00\x00",
]


def built() -> st.SearchStrategy[bytes]:
    """Heads and bodies put together from parts that do not belong together."""
    end = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])
    header = st.builds(
        lambda name, value, end: name + b": " + value + end,
        st.sampled_from(NAMES), st.sampled_from(VALUES), end,
    )  # fmt: skip
    message = st.builds(
        lambda line, line_end, headers, blank, body: (
            line + line_end + b"".join(headers) + blank + body
        ),
        st.sampled_from(STATUS_LINES), end, st.lists(header, max_size=3), end,
        st.sampled_from(BODIES),
    )  # fmt: skip
    return st.lists(message, min_size=1, max_size=2).map(b"".join)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid answer with a few bytes not as they were."""
    raw = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(1, 8))
        match draw(st.sampled_from(["flip", "insert", "set", "delete", "double", "truncate"])):
            case "flip" if at < len(raw):
                raw[at] ^= 1 << draw(st.integers(0, 7))
            case "set" if at < len(raw):
                raw[at] = draw(st.sampled_from(b"\r\n\t :;,0129afAF\x00\x7f\xff"))
            case "insert":
                raw[at:at] = draw(st.binary(min_size=1, max_size=4))
            case "delete":
                del raw[at : at + length]
            case "double":
                raw[at:at] = raw[at : at + 4 * length]
            case "truncate":
                del raw[at:]
    return bytes(raw)


@dataclass(frozen=True)
class Hostile:
    pieces: tuple[bytes, ...]
    end: str
    """What the server does then: it stays, closes, or resets."""

    @property
    def raw(self) -> bytes:
        return b"".join(self.pieces)


@st.composite
def hostile(draw: st.DrawFn, most_pieces: int = 12) -> Hostile:
    raw = draw(st.one_of(mutated(), mutated(), built()))
    cuts = sorted(draw(st.sets(st.integers(0, len(raw)), max_size=most_pieces - 1)))
    edges = [0, *cuts, len(raw)]
    pieces = [raw[a:b] for a, b in itertools.pairwise(edges) if b > a]
    return Hostile(tuple(pieces), draw(st.sampled_from(["close", "close", "stay", "reset"])))


# ---------------------------------------------------------------- what an independent parser says


@dataclass(frozen=True)
class Verdict:
    well: bool
    status: int = 0
    body: bytes = b""
    why: str = ""


def judged(raw: bytes, *, closes: bool, method: bytes = b"GET") -> Verdict:
    """What h11 makes of the first answer in `raw`."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target=b"/", headers=[(b"Host", b"x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(_reasons_left_out(raw))
    if closes:
        connection.receive_data(b"")
    status, body = 0, bytearray()
    try:
        while True:
            match connection.next_event():
                case h11.Response(status_code=status):
                    pass
                case h11.InformationalResponse(status_code=101):
                    return Verdict(False, 101, why="101")
                case h11.InformationalResponse():
                    pass
                case h11.Data(data=data):
                    body += data
                case h11.EndOfMessage():
                    return Verdict(True, status, bytes(body))
                case event:
                    return Verdict(False, status, why=repr(event))
    except h11.RemoteProtocolError as error:
        return Verdict(False, status, why=str(error))


def _reasons_left_out(raw: bytes) -> bytes:
    """Whatever a reason phrase says should be ignored (RFC 9112, 4); empty lines before, too."""
    done, rest = b"", raw.lstrip(b"\r\n")
    while line := _STATUS_LINE.match(rest):
        done, rest = done + line[1] + b" x", rest[line.end() :]
        head = _HEAD.match(rest)
        if line[2] != b"1" or head is None:
            break
        done, rest = done + head[0], rest[head.end() :].lstrip(b"\r\n")
    return done + rest


_STATUS_LINE = re.compile(rb"(HTTP/1\.[01] (\d)\d\d)(?: [^\r\n]*)?(?=\r?\n)")
_HEAD = re.compile(rb"(?s).*?\n\r?\n")

# RFC 9112, 2.2 and 7.1.1, where h11 is stricter than what may be read.
_SPACES_BEFORE_EXTENSION = re.compile(rb"(?m)^([0-9a-fA-F]+)[ \t]+(?=[;\r\n])")
_IDENTITY = re.compile(rb"(?im)^transfer-encoding:[ \t]*identity[ \t]*\r?\n")


def may_pass(raw: bytes, *, closes: bool, method: bytes = b"GET") -> Verdict:
    verdict = judged(raw, closes=closes, method=method)
    if not verdict.well:
        mended = _SPACES_BEFORE_EXTENSION.sub(rb"\1", raw)
        mended = _IDENTITY.sub(b"", mended, count=1)
        verdict = judged(mended, closes=closes, method=method)
    return verdict


# ---------------------------------------------------------------- the answer alone


def fed(answer: Answer, it: Hostile, *, head: bool) -> bool:
    """Whether it passes; checks what must hold for any bytes."""
    answer.expect(head=head, room=ROOM, sample_room=0)
    for piece in it.pieces:
        failure = answer.feed(piece)
        if failure is not None:
            assert failure.kind in ("protocol error", "head too large")
            assert "\n" not in failure.shown()
            assert not answer.complete
            return False
        if answer.complete:
            break
    if not answer.complete and it.end == "close":
        failure = answer.end()
        assert answer.complete == (failure is None)
        assert failure is None or failure.kind in ("closed before the answer", "body cut short")
    if answer.complete:
        assert 200 <= answer.status <= 999
    return answer.complete


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(it=hostile(), head=st.booleans())
def test_no_success_for_a_broken_answer(it: Hostile, head: bool) -> None:
    answer = Answer(Heads())
    if fed(answer, it, head=head):
        method = b"HEAD" if head else b"GET"
        verdict = may_pass(it.raw, closes=it.end == "close", method=method)
        assert verdict.well, verdict.why
        assert (answer.status, bytes(answer.body)) == (verdict.status, verdict.body)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(it=hostile(), cuts=st.sets(st.integers(0, 200), max_size=8))
def test_how_it_is_cut_does_not_matter(it: Hostile, cuts: set[int]) -> None:
    raw = it.raw
    edges = [0, *sorted(cut for cut in cuts if cut < len(raw)), len(raw)]
    pieces = [raw[a:b] for a, b in itertools.pairwise(edges) if b > a]
    outcomes = set()
    for way in (it, Hostile((raw,), it.end), Hostile(tuple(pieces), it.end)):
        answer = Answer(Heads())
        passed = fed(answer, way, head=False)
        outcomes.add(
            (passed, answer.status if passed else 0, bytes(answer.body) if passed else b"")
        )
    assert len(outcomes) == 1


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(it=hostile(), head=st.booleans())
def test_the_next_answer_on_the_connection_is_its_own(it: Hostile, head: bool) -> None:
    """Wherever the connection may be used again."""
    answer = Answer(Heads())
    if fed(answer, it, head=head) and answer.keep_alive and not answer.surplus:
        answer.expect(head=False, room=ROOM, sample_room=0)
        assert answer.feed(VALID[0]) is None
        assert answer.complete
        assert (answer.status, bytes(answer.body), answer.location) == (200, b"ok", None)
        assert not answer.surplus


# ---------------------------------------------------------------- the whole client

BATCH = 120
TIMEOUT_S = 1.0


def drawn(count: int) -> list[Hostile]:
    """Always the same ones."""
    found: list[Hostile] = []

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile(most_pieces=3))
    def collect(it: Hostile) -> None:
        found.append(it)

    collect()
    return found[:count]


async def test_over_real_sockets(target, begin, plan_for, step, until, reset_connection) -> None:
    """Each hostile answer has a VU of its own, which asks once more and then gets a good one."""
    answers = {f"/{n}": it for n, it in enumerate(drawn(BATCH))}
    answered: set[str] = set()

    async def script(seen, writer):
        it = answers.get(seen.path)
        if it is None or seen.path in answered:
            writer.write(VALID[0])
            return
        answered.add(seen.path)
        for piece in it.pieces:
            writer.write(piece)
            await writer.drain()
        if it.end == "close":
            writer.close()
        elif it.end == "reset":
            reset_connection(writer)

    target.script = script
    flows = {path: [step(path, name=path, timeout_s=TIMEOUT_S)] for path in answers}
    injector = await begin(plan_for(target.port, iterations=2).of(**flows))
    began = time.monotonic()
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.iterations(path)[0] for path in answers) == 2 * len(answers))
    assert time.monotonic() - began < 2 * TIMEOUT_S + 15
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("cut") == 0
    assert not injector.troubles
    for path, it in answers.items():
        passed, failed = (injector.transaction(path, figure) for figure in ("passed", "failed"))
        assert passed + failed == 2, it
        verdict = may_pass(it.raw, closes=it.end == "close")
        assert passed < 2 or verdict.well, (it, verdict.why)
        if it.end == "stay" and len(it.pieces) == 1:
            # Else the next request may cross the rest, or the end, of its connection.
            assert passed >= 1, it
