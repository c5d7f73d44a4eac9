"""One answer after the other on a connection, and what is kept of each."""

from __future__ import annotations

import pytest

from perfconsole.injector.answer import Answer
from perfconsole.injector.heads import Heads

H = b"HTTP/1.1 200 OK\r\n"
OK = H + b"Content-Length: 2\r\n\r\nok"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize("size", [1, 10_000])
def test_one_after_the_other_on_a_connection(size: int) -> None:
    answers = [
        (OK, 200, b"ok"),
        (H + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (H + b"X: folded\r\n here\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"\r\n" + OK, 200, b"ok"),
        (NO_CONTENT, 204, b""),
        (b"HTTP/1.0 200 OK\nConnection: keep-alive\nContent-Length: 2\n\nok", 200, b"ok"),
    ]
    answer = Answer(Heads())
    for head in (False, True, False):
        for raw, status, body in [*answers, *reversed(answers)]:
            sent = NO_CONTENT if head else raw
            answer.expect(head=head, room=1000, sample_room=0)
            for at in range(0, len(sent), size):
                assert answer.feed(sent[at : at + size]) is None
            expected = (204, b"") if head else (status, body)
            assert (answer.status, bytes(answer.body)) == expected
            assert answer.complete
            assert answer.keep_alive
            assert not answer.surplus


@pytest.mark.parametrize(
    "surplus", [b"x", b"HTTP", H + b"Content-Length: 0\r\n\r\n", b"\x00\x01", H]
)
@pytest.mark.parametrize("apart", [False, True])
def test_bytes_after_an_answer_spoil_the_connection(surplus: bytes, apart: bool) -> None:
    raw = H + b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok"
    answer = Answer(Heads())
    for data in (raw, surplus) if apart else (raw + surplus,):
        assert answer.feed(data) is None
    assert answer.complete
    assert answer.surplus
    assert (answer.status, answer.cookies) == (200, [b"a=b"])


def test_a_body_after_head_spoils_the_connection() -> None:
    answer = Answer(Heads())
    answer.expect(head=True, room=0, sample_room=0)
    assert answer.feed(H + b"Content-Length: 2\r\n\r\nok") is None
    assert answer.surplus


def test_an_interim_answer_leaves_nothing_behind() -> None:
    answer = Answer(Heads())
    answer.feed(b"HTTP/1.1 103 x\r\nLocation: /a\r\nSet-Cookie: a=b\r\n\r\n")
    answer.feed(H + b"Content-Length: 0\r\n\r\n")
    assert (answer.location, answer.cookies) == (None, None)


def test_bodies_are_kept_only_as_asked() -> None:
    ok, bad = (f"HTTP/1.1 {s} x\r\nContent-Length: 9\r\n\r\n123456789".encode() for s in (200, 500))
    for raw, room, kept in [(ok, 0, b""), (ok, 4, b"1234"), (bad, 0, b"123"), (bad, 4, b"1234")]:
        answer = Answer(Heads())
        answer.expect(head=False, room=room, sample_room=3)
        answer.feed(raw)
        assert bytes(answer.body) == kept


def test_whether_all_of_a_body_was_kept() -> None:
    for room, whole in [(10, True), (9, False), (4, False), (0, False)]:
        answer = Answer(Heads())
        answer.expect(head=False, room=room, sample_room=0)
        answer.feed(H + b"Content-Length: 9\r\n\r\n123456789")
        assert answer.body_is_whole == whole


def test_what_is_shown_of_no_http_is_its_first_line() -> None:
    failure = Answer(Heads()).feed(b"RTSP/1.0 200 OK\r\nSet-Cookie: sid=hunter2\r\n\r\n")
    assert failure is not None
    assert failure.shown() == "no HTTP/1: RTSP/1.0 200 OK"
