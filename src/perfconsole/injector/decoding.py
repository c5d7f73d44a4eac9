"""Content codings undone within bounds: gzip, deflate, br and zstd, several in a row too.

A few bytes can stand for gigabytes, so nothing here makes more than it was asked for.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from functools import partial
from typing import Protocol

from perfconsole.injector.failure import one_line
from perfconsole.texts import say

MOST_CODINGS = 5
"""In a row, as in curl: a body may be made to decode to itself for ever."""
MOST_FRAMES = 100
"""Gzip members or zstd frames one after the other in a body."""
ROOM_BETWEEN = 64 * 1024
"""Bytes, at least, between two codings: what is small may come from what is larger."""
LARGEST_ZSTD_WINDOW = 23
"""As a power of two: 8 MiB (RFC 9659), for a window costs memory before a byte comes out."""

_GZIP = zlib.MAX_WBITS | 16


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def is_coded(content_encoding: bytes) -> bool:
    """Whether there is anything to undo."""
    return bool(_codings(content_encoding))


def _codings(content_encoding: bytes) -> list[bytes]:
    """In the order in which they were put on."""
    words = (word.strip().lower() for word in content_encoding.split(b","))
    return [word for word in words if word not in (b"", b"identity")]


def undone(body: bytes, content_encoding: bytes, most: int, *, is_whole: bool) -> bytes:
    """At most `most` bytes of what `body` was before its codings (RFC 9110, 8.4).

    `is_whole` is False where only the beginning of the body was kept: then it may end anywhere.
    Raises ValueError for an unknown coding, and when the body is not what it says.
    """
    codings = _codings(content_encoding)
    if len(codings) > MOST_CODINGS:
        raise ValueError(say("more than {most} encodings in a row", most=MOST_CODINGS))
    for left, coding in reversed(list(enumerate(codings))):
        room = max(most, ROOM_BETWEEN) if left else most
        undo = _CODINGS.get(coding)
        name = one_line(coding.decode("latin-1"))
        if undo is None:
            raise ValueError(say("Content-Encoding {name}", name=name))
        try:
            plain, ended = undo(body, room)
        except ValueError:
            raise
        except Exception as error:  # each library has an error of its own
            raise ValueError(f"{name}: {error}") from None
        if is_whole and not ended and len(plain) < room:
            raise ValueError(say("{name} data cut short", name=name))
        is_whole = is_whole and ended and len(plain) <= room
        body = plain[:room]
    return body[:most]


def _frames(begin: Callable[[], _Decompressor], data: bytes, most: int) -> tuple[bytes, bool]:
    """What all frames hold, padding ignored, and whether the last one ended."""
    plain = b""
    for _ in range(MOST_FRAMES):
        frame = begin()
        plain += frame.decompress(data, most - len(plain))
        if not frame.eof:
            return plain, False
        data = frame.unused_data.lstrip(b"\0")
        if not data:
            return plain, True
        if len(plain) >= most:
            return plain, False
    raise ValueError(say("more than {most} frames in a row", most=MOST_FRAMES))


def _deflate(data: bytes, most: int) -> tuple[bytes, bool]:
    try:
        stream = zlib.decompressobj()
        return stream.decompress(data, most), stream.eof
    except zlib.error:  # some servers send it without its zlib wrapping
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        return stream.decompress(data, most), stream.eof


def _br(data: bytes, most: int) -> tuple[bytes, bool]:
    import brotli

    stream = brotli.Decompressor()
    return stream.process(data, output_buffer_limit=most), stream.is_finished()


def _zstd(data: bytes, most: int) -> tuple[bytes, bool]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: LARGEST_ZSTD_WINDOW}
    return _frames(partial(zstd.ZstdDecompressor, options=options), data, most)


def _gzip(data: bytes, most: int) -> tuple[bytes, bool]:
    return _frames(partial(zlib.decompressobj, _GZIP), data, most)


_CODINGS: dict[bytes, Callable[[bytes, int], tuple[bytes, bool]]] = {
    b"gzip": _gzip,
    b"x-gzip": _gzip,
    b"deflate": _deflate,
    b"br": _br,
    b"zstd": _zstd,
}
