"""A head that is known says just what the parser would say of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.injector.answer import Answer
from perfconsole.injector.heads import MOST, Head, Heads

FIGURES = (
    "status", "complete", "surplus", "location", "cookies", "content_encoding",
    "content_type", "body",
)  # fmt: skip

statuses = st.sampled_from([100, 200, 204, 206, 301, 304, 404, 500])
lines = st.lists(
    st.sampled_from([
        b"Date: Sun, 22 Nov 2026 11:02:08 GMT", b"Location: /b", b"Set-Cookie: sid=1; Path=/",
        b"Content-Type: text/html", b"Content-Encoding: gzip", b"Connection: close", b"X: a\r\n b",
        b"Transfer-Encoding: chunked",
    ]),
    max_size=4,
)  # fmt: skip
ends = st.sampled_from([b"\r\n", b"\n"])
bodies = st.sampled_from([b"", b"hello", b"a\r\n\r\nb", b"x" * 900, b"HTTP/1.1 200 OK\r\n\r\n"])


@st.composite
def answers(draw) -> bytes:
    """Mostly sound ones; lengths may be wrong, interim answers may go before."""
    end, body = draw(ends), draw(bodies)
    length = len(body) + draw(st.sampled_from([0, 0, 0, 1, -1]))
    head = [b"HTTP/1.%d %d Fine" % (draw(st.integers(0, 1)), draw(statuses)), *draw(lines)]
    if draw(st.booleans()):
        head.append(b"Content-Length: %d" % length)
    before = draw(st.sampled_from([b"", b"", b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    return before + end.join([*head, b"", b""]) + body


def outcome(answer: Answer, pieces: list[bytes], *, head: bool, room: int) -> list[object]:
    """What is known after each read, up to the one after which nobody reads on."""
    answer.expect(head=head, room=room, sample_room=20)
    seen: list[object] = []
    for piece in pieces:
        failure = answer.feed(piece)
        seen.append(
            (
                failure,
                *(
                    bytes(v) if isinstance(v := getattr(answer, f), bytearray) else v
                    for f in FIGURES
                ),
            )
        )
        if failure is not None or answer.complete:
            seen.append(answer.keep_alive)
            return seen
    seen.append(answer.end())
    return seen


@given(
    st.lists(answers(), min_size=1, max_size=3), st.lists(st.integers(1, 400), max_size=3),
    st.booleans(), st.sampled_from([0, 3, 10_000]),
)  # fmt: skip
@settings(max_examples=300)
def test_what_is_known_is_what_was_parsed(some, sizes, head, room) -> None:
    heads = Heads()
    for data in some * 3:
        pieces, rest = [], data
        for size in sizes:
            pieces.append(rest[:size])
            rest = rest[size:]
        pieces = [piece for piece in [*pieces, rest] if piece]
        parsed = outcome(Answer(Heads()), pieces, head=head, room=room)
        assert outcome(Answer(heads), pieces, head=head, room=room) == parsed
        assert outcome(Answer(heads), [data], head=head, room=room) == outcome(
            Answer(Heads()), [data], head=head, room=room
        )


def test_an_answer_after_a_known_one() -> None:
    """The parser that was spared is as good as new."""
    heads, answer = Heads(), None
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    answer = Answer(heads)
    for data in [plain, plain, plain, chunked, plain, chunked]:
        (seen, keep_alive) = outcome(answer, [data], head=False, room=10)
        assert seen == (None, 200, True, False, None, None, b"", b"", b"ok")
        assert keep_alive
    assert len(heads.known) == 1


def test_heads_that_never_come_again_are_forgotten() -> None:
    heads = Heads()
    for n in range(3 * MOST):
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: %d\r\n\r\n" % n
        assert heads.is_new(text)
        heads.keep(text, Head(200, 0, True, None, None, b"", b"", None))
        assert 0 < len(heads.known) <= MOST
        assert not heads.is_new(text)
    assert heads.is_new(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: 0\r\n\r\n"), "long forgotten"
