"""HTTP framing, answer by answer: whole, split anywhere, and ended by the connection."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from perfconsole.injector.answer import Answer

H = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True)
class Case:
    raw: bytes
    status: int = 200
    body: bytes = b""
    complete: bool = True
    keep_alive: bool = True
    head: bool = False
    at_end: str | None = None
    """What the end of the connection makes of it: complete when None, else the kind of failure."""


WHOLE = {
    "content-length": Case(H + b"Content-Length: 2\r\n\r\nok", body=b"ok"),
    "empty": Case(H + b"Content-Length: 0\r\n\r\n"),
    "chunked": Case(H + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", body=b"ok"),
    "chunk extension": Case(
        H + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n", body=b"ok"
    ),
    "trailers": Case(
        H + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nSet-Cookie: a=b\r\n\r\n",
        body=b"ok",
    ),
    "until the end": Case(H + b"\r\nok", body=b"ok", complete=False),
    "http/1.0": Case(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", body=b"ok",
                     keep_alive=False),
    "http/1.0 keep-alive": Case(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", body=b"ok"
    ),
    "http/1.0 until the end": Case(b"HTTP/1.0 200 OK\r\n\r\nok", body=b"ok", complete=False),
    "100 continue": Case(b"HTTP/1.1 100 Continue\r\n\r\n" + H + b"Content-Length: 2\r\n\r\nok",
                         body=b"ok"),
    "103 early hints": Case(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + H + b"Content-Length: 2\r\n\r\nok",
        body=b"ok",
    ),
    "204": Case(b"HTTP/1.1 204 No Content\r\n\r\n", status=204),
    "304 with a length": Case(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
                              status=304),
    "head": Case(H + b"Content-Length: 200\r\n\r\n", head=True),
    "head chunked": Case(H + b"Transfer-Encoding: chunked\r\n\r\n", head=True),
    "head without a length": Case(H + b"\r\n", head=True),
    "head, close": Case(H + b"Content-Length: 2\r\nConnection: close\r\n\r\n", head=True,
                        keep_alive=False),
    "close": Case(H + b"Connection: close\r\nContent-Length: 2\r\n\r\nok", body=b"ok",
                  keep_alive=False),
    "bare LF": Case(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", body=b"ok"),
    "no reason": Case(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", body=b"ok"),
    "strange case": Case(H + b"cOnTeNt-LeNgTh: 2\r\n\r\nok", body=b"ok"),
    "empty lines before": Case(b"\r\n" + H + b"Content-Length: 2\r\n\r\nok", body=b"ok"),
}  # fmt: skip

CUT = {
    "nothing": Case(b"", status=0, at_end="closed before the answer"),
    "in the head": Case(b"HTTP/1.1 200 OK\r\nContent-", status=0,
                        at_end="closed before the answer"),
    "after 100": Case(b"HTTP/1.1 100 Continue\r\n\r\n", status=100,
                      at_end="closed before the answer"),
    "in the body": Case(H + b"Content-Length: 3\r\n\r\nok", body=b"ok", at_end="body cut short"),
    "in the body, close": Case(H + b"Connection: close\r\nContent-Length: 3\r\n\r\nok",
                               body=b"ok", at_end="body cut short"),
    "in a chunk": Case(H + b"Transfer-Encoding: chunked\r\n\r\n3\r\nok", body=b"ok",
                       at_end="body cut short"),
    "before the last chunk": Case(H + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
                                  body=b"ok", at_end="body cut short"),
}  # fmt: skip

BROKEN = {
    "garbage": b"hello world\r\n\r\n",
    "binary": bytes(range(256)),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "http/2": b"HTTP/2 200\r\nContent-Length: 2\r\n\r\nok",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "101, plain": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "two lengths": H + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "negative length": H + b"Content-Length: -2\r\n\r\nok",
    "length and chunked": H + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
    "bad chunk": H + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok",
    "NUL in a header": H + b"X: \x00\r\nContent-Length: 2\r\n\r\nok",
}


def fed(case: Case, size: int, answer: Answer | None = None) -> Answer:
    answer = answer or Answer()
    answer.expect(head=case.head, room=1000, sample_room=0)
    for start in range(0, len(case.raw), size):
        assert answer.feed(case.raw[start : start + size]) is None
    return answer


def assert_as(case: Case, answer: Answer) -> None:
    assert (answer.status, bytes(answer.body)) == (case.status, case.body)
    assert not answer.surplus


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("case", WHOLE.values(), ids=WHOLE.keys())
def test_whole_answers(case: Case, size: int) -> None:
    answer = fed(case, size)
    assert_as(case, answer)
    assert answer.complete == case.complete
    assert answer.end() is None, "the end of the connection takes nothing away from it"
    assert answer.complete
    if case.complete:
        assert answer.keep_alive == case.keep_alive


@pytest.mark.parametrize("case", WHOLE.values(), ids=WHOLE.keys())
def test_split_at_every_byte(case: Case) -> None:
    for cut in range(1, len(case.raw)):
        answer = Answer()
        answer.expect(head=case.head, room=1000, sample_room=0)
        assert answer.feed(case.raw[:cut]) is None
        assert answer.feed(case.raw[cut:]) is None
        assert_as(case, answer)


def test_one_after_the_other_on_a_connection() -> None:
    answer = Answer()
    reusable = [c for c in WHOLE.values() if c.complete and c.keep_alive]
    for case in [*reusable, *reversed(reusable)]:
        fed(case, 10_000, answer)
        assert_as(case, answer)
        assert answer.complete
        assert answer.keep_alive


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("case", CUT.values(), ids=CUT.keys())
def test_cut_answers(case: Case, size: int) -> None:
    answer = fed(case, size)
    assert_as(case, answer)
    assert not answer.complete
    failure = answer.end()
    assert failure is not None
    assert failure.kind == case.at_end


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_http(raw: bytes, size: int) -> None:
    answer = Answer()
    failures = [answer.feed(raw[i : i + size]) for i in range(0, len(raw), size)]
    failure = next(failure for failure in failures if failure is not None)
    assert failure.kind == "protocol error"
    assert "\n" not in failure.sample


@pytest.mark.parametrize(
    "surplus", [b"x", b"HTTP", H + b"Content-Length: 0\r\n\r\n", b"\x00\x01", H]
)
@pytest.mark.parametrize("apart", [False, True])
def test_bytes_after_an_answer_spoil_the_connection(surplus: bytes, apart: bool) -> None:
    raw = H + b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok"
    answer = Answer()
    for data in (raw, surplus) if apart else (raw + surplus,):
        assert answer.feed(data) is None
    assert answer.complete
    assert answer.surplus
    assert (answer.status, answer.cookies) == (200, [b"a=b"])


def test_a_body_after_head_spoils_the_connection() -> None:
    answer = Answer()
    answer.expect(head=True, room=0, sample_room=0)
    assert answer.feed(H + b"Content-Length: 2\r\n\r\nok") is None
    assert answer.surplus


def test_an_interim_answer_leaves_nothing_behind() -> None:
    answer = Answer()
    answer.feed(b"HTTP/1.1 103 x\r\nLocation: /a\r\nSet-Cookie: a=b\r\n\r\n")
    answer.feed(H + b"Content-Length: 0\r\n\r\n")
    assert (answer.location, answer.cookies) == (None, None)


def test_bodies_are_kept_only_as_asked() -> None:
    ok, bad = (f"HTTP/1.1 {s} x\r\nContent-Length: 9\r\n\r\n123456789".encode() for s in (200, 500))
    for raw, room, kept in [(ok, 0, b""), (ok, 4, b"1234"), (bad, 0, b"123"), (bad, 4, b"1234")]:
        answer = Answer()
        answer.expect(head=False, room=room, sample_room=3)
        answer.feed(raw)
        assert bytes(answer.body) == kept
