"""HTTP/1.1 as the world speaks it: what a server sends, and what is recorded of it.

One row per case. Each is played byte by byte, cut in two at every byte, and by a real injector
that asks twice over real sockets, so that also shows whether the connection was used again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from perfconsole.injector.answer import Answer
from perfconsole.injector.heads import Heads

H = b"HTTP/1.1 200 OK\r\n"
H10 = b"HTTP/1.0 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CLOSE = b"Connection: close\r\n"
KEEP = b"Connection: keep-alive\r\n"
CHUNKS = b"\r\n2\r\nok\r\n0\r\n\r\n"
OK = H + LENGTH + b"\r\nok"

EARLY = "closed before the answer"
CUT = "body cut short"
BROKEN = "protocol error"
TIMEOUT = "timeout: receiving"
SILENCE = "timeout: waiting for the first byte"

LARGEST_READ = 65536


@dataclass(frozen=True)
class Row:
    sent: bytes
    closes: bool = False
    """The server closes after that."""
    kind: str | None = None
    """Of the failure recorded; None when the request passed."""
    reused: bool = True
    """The next request goes out on the same connection."""
    body: bytes = b"ok"
    method: str = "GET"
    statuses: tuple[int, ...] = ()
    """Expected by the step; any under 400 when empty."""


def gone(sent: bytes, body: bytes = b"ok", **more) -> Row:
    """It passes and its connection is not used again."""
    return Row(sent, reused=False, body=body, **more)


def ends(sent: bytes, body: bytes = b"ok", **more) -> Row:
    """It passes because the end of the connection is the end of the body."""
    return Row(sent, closes=True, reused=False, body=body, **more)


def head(sent: bytes, **more) -> Row:
    return Row(sent, method="HEAD", body=b"", **more)


def bad(sent: bytes, kind: str = BROKEN) -> Row:
    return Row(sent, kind=kind, reused=False, body=b"")


def cut(sent: bytes, kind: str) -> Row:
    return Row(sent, closes=True, kind=kind, reused=False, body=b"")


ROWS = {
    # ---------------- Content-Length (RFC 9112, 6.2)
    "length": Row(OK),
    "length 0": Row(H + b"Content-Length: 0\r\n\r\n", body=b""),
    "length with leading zeros": Row(H + b"Content-Length: 0002\r\n\r\nok"),
    "length with white space around": Row(H + b"Content-Length: \t2 \t\r\n\r\nok"),
    "length, cut short": cut(H + b"Content-Length: 3\r\n\r\nok", CUT),
    "length, cut short under Connection: close": cut(
        H + CLOSE + b"Content-Length: 3\r\n\r\nok", CUT),
    "length, no body at all": cut(H + LENGTH + b"\r\n", CUT),
    "length, held back": bad(H + b"Content-Length: 3\r\n\r\nok", TIMEOUT),
    "length twice, the same": bad(H + LENGTH + LENGTH + b"\r\nok"),  # RFC 9110, 8.6: may reject
    "length as a list, the same": bad(H + b"Content-Length: 2, 2\r\n\r\nok"),
    "length twice, contradicting": bad(H + LENGTH + b"Content-Length: 3\r\n\r\nok"),
    "length negative": bad(H + b"Content-Length: -2\r\n\r\nok"),
    "length with a plus": bad(H + b"Content-Length: +2\r\n\r\nok"),
    "length in hex": bad(H + b"Content-Length: 0x2\r\n\r\nok"),
    "length a fraction": bad(H + b"Content-Length: 2.0\r\n\r\nok"),
    "length empty": bad(H + b"Content-Length:\r\n\r\nok"),
    "length garbage": bad(H + b"Content-Length: two\r\n\r\nok"),
    "length over 64 bits": bad(H + b"Content-Length: 18446744073709551618\r\n\r\nok"),
    "length of 8 EiB, cut short": cut(H + b"Content-Length: 9223372036854775808\r\n\r\nok", CUT),
    # ---------------- chunks (RFC 9112, 7.1)
    "chunked": Row(H + CHUNKED + CHUNKS),
    "chunked, empty": Row(H + CHUNKED + b"\r\n0\r\n\r\n", body=b""),
    "chunked in capitals": Row(H + b"TRANSFER-ENCODING: CHUNKED\r\n" + CHUNKS),
    "chunks, several": Row(H + CHUNKED + b"\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"),
    "chunk size in hex": Row(H + CHUNKED + b"\r\nA\r\n0123456789\r\n0\r\n\r\n", body=b"0123456789"),
    "chunk size with leading zeros": Row(H + CHUNKED + b"\r\n0002\r\nok\r\n000\r\n\r\n"),
    "chunk size padded": Row(H + CHUNKED + b"\r\n2  \r\nok\r\n0  \r\n\r\n"),
    "chunk extension": Row(H + CHUNKED + b"\r\n2;a=b\r\nok\r\n0;last\r\n\r\n"),
    "chunk extension, quoted": Row(H + CHUNKED + b'\r\n2;a="b;\\"c"\r\nok\r\n0\r\n\r\n'),
    "chunk extension after a space": Row(H + CHUNKED + b"\r\n2 ;a=b\r\nok\r\n0\r\n\r\n"),
    "trailer": Row(H + CHUNKED + b"\r\n2\r\nok\r\n0\r\nX: y\r\nSet-Cookie: a=b\r\n\r\n"),
    "trailer that would frame": bad(
        H + CHUNKED + b"\r\n2\r\nok\r\n0\r\nContent-Length: 5\r\n\r\n"),
    "chunk, cut short": cut(H + CHUNKED + b"\r\n3\r\nok", CUT),
    "chunk, cut in its size": cut(H + CHUNKED + b"\r\n2\r\nok\r\n1", CUT),
    "chunks, cut before the last": cut(H + CHUNKED + b"\r\n2\r\nok\r\n", CUT),
    "chunks, cut in the trailer": cut(H + CHUNKED + b"\r\n2\r\nok\r\n0\r\nX: y\r\n", CUT),
    "chunks, the last never comes": bad(H + CHUNKED + b"\r\n2\r\nok\r\n", TIMEOUT),
    "chunk size garbage": bad(H + CHUNKED + b"\r\nzz\r\nok\r\n0\r\n\r\n"),
    "chunk size empty": bad(H + CHUNKED + b"\r\n\r\nok\r\n0\r\n\r\n"),
    "chunk size negative": bad(H + CHUNKED + b"\r\n-2\r\nok\r\n0\r\n\r\n"),
    "chunk size with 0x": bad(H + CHUNKED + b"\r\n0x2\r\nok\r\n0\r\n\r\n"),
    "chunk size over 64 bits": bad(H + CHUNKED + b"\r\n10000000000000002\r\nok\r\n0\r\n\r\n"),
    "chunk longer than its size": bad(H + CHUNKED + b"\r\n2\r\noki\r\n0\r\n\r\n"),
    "chunk without its line end": bad(H + CHUNKED + b"\r\n2\r\nok0\r\n\r\n"),
    # ---------------- both, and other codings (RFC 9112, 6.1 and 6.3: response splitting)
    "length and chunked": bad(H + LENGTH + CHUNKED + CHUNKS),
    "chunked and length": bad(H + CHUNKED + LENGTH + CHUNKS),
    "chunked twice": bad(H + CHUNKED + CHUNKED + CHUNKS),
    "chunked, then another coding": bad(H + b"Transfer-Encoding: chunked, gzip\r\n\r\nok"),
    "a coding nobody asked for": bad(H + b"Transfer-Encoding: gzip, chunked\r\n" + CHUNKS),
    "nearly chunked": bad(H + b"Transfer-Encoding: xchunked\r\n" + CHUNKS),
    "identity of old": ends(H + b"Transfer-Encoding: identity\r\n\r\nok"),
    # ---------------- until the end of the connection
    "until the end": ends(H + b"\r\nok"),
    "until the end, empty": ends(H + b"\r\n", body=b""),
    "until an end that never comes": bad(H + b"\r\nok", TIMEOUT),
    # ---------------- HTTP/1.0
    "1.0": gone(H10 + LENGTH + b"\r\nok"),
    "1.0, closing": ends(H10 + LENGTH + b"\r\nok"),
    "1.0 keep-alive": Row(H10 + KEEP + LENGTH + b"\r\nok"),
    "1.0 until the end": ends(H10 + b"\r\nok"),
    "1.0 keep-alive until the end": ends(H10 + KEEP + b"\r\nok"),
    "1.0 cut short": cut(H10 + b"Content-Length: 3\r\n\r\nok", CUT),
    "1.0 chunked is not trusted further": gone(H10 + KEEP + CHUNKED + CHUNKS),
    # ---------------- Connection
    "close": gone(H + CLOSE + LENGTH + b"\r\nok"),
    "close, and it does": ends(H + CLOSE + LENGTH + b"\r\nok"),
    "close among others": gone(H + b"Connection: x, Close\r\n" + LENGTH + b"\r\nok"),
    "close, chunked": gone(H + CLOSE + CHUNKED + CHUNKS),
    "keep-alive said": Row(H + KEEP + LENGTH + b"\r\nok"),
    "an upgrade on offer": Row(H + b"Connection: upgrade\r\nUpgrade: h2\r\n" + LENGTH + b"\r\nok"),
    # ---------------- 1xx (RFC 9110, 15.2)
    "100 before": Row(b"HTTP/1.1 100 Continue\r\n\r\n" + OK),
    "103 before": Row(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK),
    "several before": Row(
        b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 3 + OK),
    "1xx with a length it cannot have": Row(b"HTTP/1.1 102 x\r\n" + LENGTH + b"\r\n" + OK),
    "1xx nobody knows": Row(b"HTTP/1.1 199 x\r\n\r\n" + OK),
    "100 and no more": bad(b"HTTP/1.1 100 Continue\r\n\r\n", TIMEOUT),
    "100 and the end": cut(b"HTTP/1.1 100 Continue\r\n\r\n", EARLY),
    "100 and broken": bad(b"HTTP/1.1 100 Continue\r\n\r\nwhat?\r\n\r\n"),
    "101": bad(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    "101, plain": bad(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    # ---------------- answers without a body (RFC 9112, 6.3)
    "204": Row(b"HTTP/1.1 204 No Content\r\n\r\n", body=b""),
    "204 with a length": Row(b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", body=b""),
    "204 with a body it cannot have": gone(
        b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\nok", body=b""),
    "304": Row(b"HTTP/1.1 304 Not Modified\r\n\r\n", body=b""),
    "304 with a length": Row(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", body=b""),
    "304 chunked": Row(b"HTTP/1.1 304 Not Modified\r\n" + CHUNKED + b"\r\n", body=b""),
    "HEAD": head(H + b"\r\n"),
    "HEAD with a length": head(H + b"Content-Length: 200\r\n\r\n"),
    "HEAD chunked": head(H + CHUNKED + b"\r\n"),
    "HEAD after 100": head(b"HTTP/1.1 100 x\r\n\r\n" + H + b"Content-Length: 200\r\n\r\n"),
    "HEAD, close": head(H + CLOSE + LENGTH + b"\r\n", reused=False),
    "HEAD, close said first": head(H + CLOSE + KEEP + LENGTH + b"\r\n", reused=False),
    "HEAD, 1.0": head(H10 + LENGTH + b"\r\n", reused=False),
    "HEAD with a body it cannot have": head(OK, reused=False),
    "HEAD, cut": Row(H + LENGTH, True, EARLY, False, b"", "HEAD"),
    # ---------------- more than an answer
    "surplus": gone(OK + b"x"),
    "surplus that is an answer": gone(OK + OK),
    "surplus after chunks": gone(H + CHUNKED + CHUNKS + b"HTTP/1.1 400 Bad"),
    "surplus after close": gone(H + CLOSE + LENGTH + b"\r\nokxx"),
    "an empty line after": Row(OK + b"\r\n"),
    # ---------------- lines and heads
    "lone LF": Row(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    "lone LF here and there": Row(b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\nok"),
    "empty lines before": Row(b"\r\n\n\r\n" + OK),
    "no reason": Row(b"HTTP/1.1 200\r\n" + LENGTH + b"\r\nok"),
    "an empty reason": Row(b"HTTP/1.1 200 \r\n" + LENGTH + b"\r\nok"),
    "a reason in UTF-8": Row(b"HTTP/1.1 200 \xe5\xa5\xbd\r\n" + LENGTH + b"\r\nok"),
    "strange case": Row(H + b"cOnTeNt-LeNgTh: 2\r\n\r\nok"),
    "a header of 100 KB": Row(H + b"X: " + b"y" * 100_000 + b"\r\n" + LENGTH + b"\r\nok"),
    "a header of 700 KB": bad(
        H + b"X: " + b"y" * 700_000 + b"\r\n" + LENGTH + b"\r\nok", "head too large"),
    "900 headers": Row(H + b"X: y\r\n" * 900 + LENGTH + b"\r\nok"),
    "1100 headers": bad(H + b"X: y\r\n" * 1100 + LENGTH + b"\r\nok", "head too large"),
    "a header in Latin-1": Row(H + b"X: \xff\xe4\r\n" + LENGTH + b"\r\nok"),
    # RFC 9112, 5.2: a user agent reads lines that are folded, though none may send them
    "a folded header": Row(H + b"X: a\r\n b\r\n\tc\r\n" + LENGTH + b"\r\nok"),
    "a folded header, lone LF": Row(b"HTTP/1.1 200 OK\nX: a\n b\nContent-Length: 2\n\nok"),
    "a folded length": Row(H + b"Content-Length:\r\n 2\r\n\r\nok"),
    "folded chunked": Row(H + b"Transfer-Encoding:\r\n  chunked\r\n" + CHUNKS),
    "folded close": gone(H + b"Connection: x,\r\n close\r\n" + LENGTH + b"\r\nok"),
    "folded, after 100": Row(
        b"HTTP/1.1 100 x\r\nX:\r\n y\r\n\r\n" + H + b"X:\r\n y\r\n" + LENGTH + b"\r\nok"),
    "folded, HEAD": head(H + b"X: a\r\n b\r\n" + LENGTH + b"\r\n"),
    "folded, cut short": cut(H + b"X: a\r\n b\r\nContent-Length: 3\r\n\r\nok", CUT),
    "folded, cut in the head": cut(H + b"X: a\r\n b\r\nConte", EARLY),
    "folded, until the end": ends(H + b"X: a\r\n b\r\n\r\nok"),
    "folded, with surplus": gone(H + b"X: a\r\n b\r\n" + LENGTH + b"\r\nokx"),
    "folded into a wrong length": bad(H + b"Content-Length: 2\r\n 3\r\n\r\nok"),
    "a fold below the status line": bad(H + b" X: y\r\n" + LENGTH + b"\r\nok"),
    "white space before the colon": bad(H + b"Content-Length : 2\r\n\r\nok"),
    "a header without a colon": bad(H + b"what\r\n" + LENGTH + b"\r\nok"),
    "a header without a name": bad(H + b": what\r\n" + LENGTH + b"\r\nok"),
    "a lone CR in a header": bad(H + b"X: a\rY: b\r\n" + LENGTH + b"\r\nok"),
    "NUL in a header": bad(H + b"X: \x00\r\n" + LENGTH + b"\r\nok"),
    # ---------------- no answer
    "nothing": cut(b"", EARLY),
    "nothing, and it stays": bad(b"", SILENCE),
    "an empty line": cut(b"\r\n", EARLY),
    "half a status line": cut(b"HTTP/1.1 2", EARLY),
    "half a head": cut(H + b"Content-", EARLY),
    "no HTTP": bad(b"hello world\r\n\r\n"),
    "binary": bad(bytes(range(256))),
    "another protocol": bad(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a request": bad(b"GET / HTTP/1.1\r\n" + LENGTH + b"\r\nok"),
    "RTSP": bad(b"RTSP/1.0 200 OK\r\n" + LENGTH + b"\r\nok"),
    "HTTP/0.9": bad(b"HTTP/0.9 200 OK\r\n" + LENGTH + b"\r\nok"),
    "HTTP/2 in words": bad(b"HTTP/2.0 200 OK\r\n" + LENGTH + b"\r\nok"),
    "HTTP/2 in frames": bad(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"),
    "lower case": bad(b"http/1.1 200 OK\r\n" + LENGTH + b"\r\nok"),
    "status of two digits": bad(b"HTTP/1.1 20 OK\r\n" + LENGTH + b"\r\nok"),
    "status of four digits": bad(b"HTTP/1.1 2000 OK\r\n" + LENGTH + b"\r\nok"),
    "status 000": bad(b"HTTP/1.1 000 OK\r\n" + LENGTH + b"\r\nok"),
    "status 999": Row(b"HTTP/1.1 999 x\r\n" + LENGTH + b"\r\nok", kind="HTTP 999", body=b""),
    # ---------------- what a step expects
    "500": Row(b"HTTP/1.1 500 x\r\n" + LENGTH + b"\r\nok", kind="HTTP 500", body=b""),
    "500 expected": Row(b"HTTP/1.1 500 x\r\n" + LENGTH + b"\r\nok", statuses=(500,)),
    "500 expected, cut short": Row(
        b"HTTP/1.1 500 x\r\n" + LENGTH + b"\r\no", True, CUT, False, b"", statuses=(500,)),
}  # fmt: skip


# ---------------------------------------------------------------- without sockets


def outcome(row: Row, pieces: list[bytes]) -> tuple[str | None, bool, bytes]:
    """The kind of failure of the framing, reuse, and body that pieces of an answer make."""
    answer, failure = Answer(Heads()), None
    answer.expect(head=row.method == "HEAD", room=1000, sample_room=0)
    for piece in pieces:
        failure = failure or answer.feed(piece)
    if failure is None and not answer.complete:
        failure = answer.end() if row.closes else None
        if failure is None and not answer.complete:
            return TIMEOUT if answer.started else SILENCE, False, b""
    if failure is not None:
        return failure.kind, False, b""
    return None, answer.keep_alive and not answer.surplus and not row.closes, bytes(answer.body)


def wanted(row: Row) -> tuple[str | None, bool, bytes]:
    if row.kind is not None and row.kind.startswith("HTTP"):  # its framing is well
        return None, row.reused, b"ok"
    return row.kind, row.reused, row.body


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_whole_and_in_pieces(row: Row) -> None:
    sizes = (1, 2, 3, 7) if len(row.sent) < 10_000 else (997,)
    for size in (LARGEST_READ, *sizes):
        pieces = [row.sent[at : at + size] for at in range(0, len(row.sent), size)]
        assert outcome(row, pieces) == wanted(row), size


SHORT = {name: row for name, row in ROWS.items() if len(row.sent) < 1000}


@pytest.mark.parametrize("row", SHORT.values(), ids=SHORT.keys())
def test_split_at_every_byte(row: Row) -> None:
    for at in range(1, len(row.sent)):
        assert outcome(row, [row.sent[:at], row.sent[at:]]) == wanted(row), row.sent[:at]


# ---------------------------------------------------------------- over real sockets


async def test_a_real_injector(target, begin, plan_for, step, until) -> None:
    """Each row is a group whose VU asks twice, at a path of its own."""
    paths = {f"/{n}": row for n, row in enumerate(ROWS.values())}
    flows = {}
    for path, row in paths.items():
        contains = (row.body.decode(),) if row.body else ()
        timeout_s = 1.0 if row.kind in (TIMEOUT, SILENCE) else 20.0
        flows[path] = [
            step(path, row.method, timeout_s=timeout_s, statuses=row.statuses,
                 body_contains=contains)
        ]  # fmt: skip

    async def script(seen, writer):
        row = paths[seen.path]
        writer.write(row.sent)
        if row.closes:
            writer.close()

    target.script = script
    injector = await begin(plan_for(target.port, iterations=2).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.iterations(path)[0] for path in paths) == 2 * len(paths))
    await injector.finish()
    injector.assert_counts_add_up()
    assert injector.total("requests") == len(target.seen) == 2 * len(paths)
    assert not injector.troubles
    for (name, row), path in zip(ROWS.items(), paths, strict=True):
        key = f"{row.method} {path}"
        errors = {error: n for error, n in injector.errors.items() if error.startswith(f"{key}: ")}
        assert errors == ({f"{key}: {row.kind}": 2} if row.kind else {}), name
        assert injector.transaction(key, "failed" if row.kind else "passed") == 2, name
        connections = {seen.connection for seen in target.seen if seen.path == path}
        assert len(connections) == (1 if row.reused else 2), name


@pytest.mark.parametrize("keeps", [True, False])
async def test_an_answer_before_the_request_was_sent(begin, plan_for, step, until, keeps) -> None:
    """The server makes up its mind at the head, and reads the rest before it goes on or closes."""
    requests = connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests, connections
        connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                requests += 1
                close = b"" if keeps else CLOSE
                writer.write(b"HTTP/1.1 413 x\r\n" + close + LENGTH + b"\r\nok")
                await writer.drain()
                await reader.readexactly(5_000_000)
                if not keeps:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    flow = [step("/a", "POST", body=b"x" * 5_000_000)]
    injector = await begin(plan_for(port, iterations=3).of(g=flow))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0] == 3)
    await injector.finish()
    injector.assert_counts_add_up()
    server.close()
    await server.wait_closed()
    assert dict(injector.errors) == {"POST /a: HTTP 413": 3}
    assert (requests, connections) == (3, 1 if keeps else 3)
