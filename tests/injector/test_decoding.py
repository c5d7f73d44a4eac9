"""Bodies a step looks at: whatever they are encoded as, and within bounds."""

from __future__ import annotations

import gzip
import random
import sys
import tracemalloc
import zlib

import brotli
import pytest

from perfconsole.injector.decoding import MOST_CODINGS, MOST_FRAMES, undone

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"welcome " * 50 + random.Random(1).randbytes(200)


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


GZIP, BR, ZSTD = gzip.compress(TEXT), brotli.compress(TEXT), zstd.compress(TEXT)
CODINGS = {
    b"gzip": GZIP,
    b"x-gzip": GZIP,
    b"GZip": GZIP,
    b"deflate": zlib.compress(TEXT),
    b" deflate ": raw_deflate(TEXT),
    b"br": BR,
    b"zstd": ZSTD,
    b"identity": TEXT,
    b"": TEXT,
    b"identity, gzip": GZIP,
    b"gzip,, ": GZIP,
    b"gzip, br": brotli.compress(GZIP),
    b"br,gzip": gzip.compress(BR),
    b"deflate, zstd, gzip": gzip.compress(zstd.compress(raw_deflate(TEXT))),
}


def plain(body: bytes, coding: bytes, most: int = 100_000, *, is_whole: bool = True) -> bytes:
    return undone(body, coding, most, is_whole=is_whole)


@pytest.mark.parametrize(("coding", "body"), CODINGS.items(), ids=map(repr, CODINGS))
def test_undone(coding: bytes, body: bytes) -> None:
    assert plain(body, coding) == TEXT
    for most in (1, 100, len(TEXT) - 1, len(TEXT), len(TEXT) + 1):
        assert plain(body, coding, most) == TEXT[:most]


ENCODED = {coding: body for coding, body in CODINGS.items() if body != TEXT}


@pytest.mark.parametrize(("coding", "body"), ENCODED.items(), ids=map(repr, ENCODED))
def test_cut_short(coding: bytes, body: bytes) -> None:
    """An error where all of the body came; else the text as far as it goes."""
    for end in (len(body) // 2, len(body) - 1):
        with pytest.raises(ValueError, match="cut short"):
            plain(body[:end], coding)
        assert TEXT.startswith(plain(body[:end], coding, is_whole=False))


@pytest.mark.parametrize(("coding", "body"), ENCODED.items(), ids=map(repr, ENCODED))
def test_no_such_thing(coding: bytes, body: bytes) -> None:
    for wrong in (b"welcome, all of you", b"\xff" * 20, body[1:]):
        with pytest.raises(ValueError, match=r"."):
            plain(wrong, coding)


def test_damaged() -> None:
    for coding, body in ((b"gzip", GZIP), (b"deflate", zlib.compress(TEXT)), (b"zstd", ZSTD)):
        end = body[:-1] + bytes([body[-1] ^ 1]) if coding != b"zstd" else body[:-30] + body[-29:]
        with pytest.raises(ValueError, match=coding.decode()):
            plain(end, coding)


def test_an_encoding_nobody_knows() -> None:
    with pytest.raises(ValueError, match="Content-Encoding compress"):
        plain(TEXT, b"compress")
    with pytest.raises(ValueError, match="Content-Encoding sdch"):
        plain(GZIP, b"sdch, gzip")


def test_several_frames() -> None:
    assert plain(GZIP + GZIP, b"gzip") == TEXT * 2
    assert plain(GZIP + b"\0" * 512, b"gzip") == TEXT, "padding, as tapes have it"
    assert plain(ZSTD + ZSTD, b"zstd") == TEXT * 2
    assert plain(GZIP + GZIP, b"gzip", len(TEXT)) == TEXT
    with pytest.raises(ValueError, match="gzip"):
        plain(GZIP + b"<!-- served in 3 ms -->", b"gzip")
    with pytest.raises(ValueError, match="cut short"):
        plain(GZIP + GZIP[:-1], b"gzip")


MIB = 1024 * 1024
ZEROS = b"\0" * (64 * MIB)
BOMBS = {
    b"gzip": gzip.compress(ZEROS, 9),
    b"deflate": zlib.compress(ZEROS, 9),
    b"br": brotli.compress(ZEROS, quality=3),
    b"zstd": zstd.compress(ZEROS),
    b"gzip, gzip": gzip.compress(gzip.compress(ZEROS)),
    b"gzip, br": brotli.compress(gzip.compress(ZEROS)),
}


@pytest.mark.parametrize(("coding", "bomb"), BOMBS.items(), ids=map(repr, BOMBS))
def test_a_bomb_costs_no_more_than_was_asked_for(coding: bytes, bomb: bytes) -> None:
    tracemalloc.start()
    assert plain(bomb, coding, MIB) == ZEROS[:MIB]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MIB


def test_a_window_larger_than_the_web_allows() -> None:
    options = {zstd.CompressionParameter.window_log: 27}
    packer = zstd.ZstdCompressor(options=options)
    with pytest.raises(ValueError, match="zstd"):
        plain(packer.compress(ZEROS) + packer.flush(), b"zstd")


def test_endless_rows_and_frames() -> None:
    body = TEXT
    for _ in range(MOST_CODINGS):
        body = gzip.compress(body)
    assert plain(body, b",".join([b"gzip"] * MOST_CODINGS)) == TEXT
    with pytest.raises(ValueError, match="encodings in a row"):
        plain(gzip.compress(body), b",".join([b"gzip"] * (MOST_CODINGS + 1)))
    with pytest.raises(ValueError, match="frames in a row"):
        plain(gzip.compress(b"") * (MOST_FRAMES + 1), b"gzip")


async def test_as_a_step_sees_it(target, begin, plan_for, step, until) -> None:
    """Through a real injector, in one header or in several."""
    rows = {
        "/br": (b"Content-Encoding: br\r\n", BR, None),
        "/zstd": (b"Content-Encoding: zstd\r\n", ZSTD, None),
        "/row": (b"Content-Encoding: gzip, br\r\n", brotli.compress(GZIP), None),
        "/lines": (b"Content-Encoding: gzip\r\nContent-Encoding: br\r\n",
                   brotli.compress(GZIP), None),
        "/cut": (b"Content-Encoding: gzip\r\n", GZIP[:-9], "body cannot be decoded"),
        "/wrong": (b"Content-Encoding: br\r\n", GZIP, "body cannot be decoded"),
        "/bomb": (b"Content-Encoding: gzip\r\n", BOMBS[b"gzip"], 'body lacks "welcome"'),
    }  # fmt: skip

    async def script(seen, writer):
        head, body, _ = rows[seen.path]
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(body))
        writer.write(body)

    target.script = script
    flows = {path: [step(path, body_contains=("welcome",))] for path in rows}
    injector = await begin(plan_for(target.port, iterations=1).of(**flows))
    for group in flows:
        await injector.vus(1, group)
    await until(lambda: sum(injector.iterations(path)[0] for path in rows) == len(rows))
    await injector.finish()
    kinds = {path: kind for path, (_, _, kind) in rows.items() if kind}
    assert dict(injector.errors) == {f"GET {p}: check failed: {k}": 1 for p, k in kinds.items()}
