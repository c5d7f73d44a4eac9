"""A request with values to be put in: compiled once into stretches of bytes and gaps.

Filling it is one join for its head and one for its body. What a value is encoded to holds nothing
that could end the place it goes to: no line break in a header, no quote in a JSON string, no
slash, ``?`` or ``&`` in a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from json.encoder import encode_basestring
from urllib.parse import quote, quote_plus

from perfconsole.injector.asks import Sought
from perfconsole.injector.checks import Expectation
from perfconsole.injector.request import Request
from perfconsole.injector.upload import Upload
from perfconsole.injector.values import Values
from perfconsole.model.holes import MARK, Encoding, Hole

_UNRESERVED = re.compile(r"[\w.~-]*", re.ASCII).fullmatch
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_REMEMBERED = 4096
"""Values: names and addresses in data rows come again and again."""

_FIELDS = [field.name for field in fields(Request)]
_PATH, _HEADERS, _BODY, _UPLOAD, _EXPECTATION, _PLAIN, _BEFORE, _OWN, _AFTER = map(
    _FIELDS.index,
    ("path", "headers", "body", "upload", "expectation", "plain", "before_cookie", "own_cookie",
     "after_cookie"),
)  # fmt: skip


def _for_path(value: str) -> bytes:
    return value.encode() if _UNRESERVED(value) else _percent_encoded(value)


def _for_form(value: str) -> bytes:
    return value.encode() if _UNRESERVED(value) else _form_encoded(value)


@lru_cache(maxsize=_REMEMBERED)
def _percent_encoded(value: str) -> bytes:
    return quote(value, safe="").encode()


@lru_cache(maxsize=_REMEMBERED)
def _form_encoded(value: str) -> bytes:
    return quote_plus(value).encode()


def _for_json(value: str) -> bytes:
    return encode_basestring(value)[1:-1].encode()


def _for_header(value: str) -> bytes:
    text = value if value.isprintable() else _UNPRINTABLE.sub("", value)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _as_it_is(value: str) -> bytes:
    return value.encode()


_ENCODERS: dict[Encoding, Callable[[str], bytes]] = {
    "path": _for_path,
    "form": _for_form,
    "json": _for_json,
    "header": _for_header,
    "text": _as_it_is,
}


@dataclass(frozen=True, slots=True)
class Gapped:
    """Bytes with gaps."""

    pieces: list[bytes]
    """Empty ones where the gaps are."""
    gaps: tuple[tuple[int, int], ...]
    """Each a position in `pieces`, and the number of what goes there."""

    @classmethod
    def of(cls, marked: bytes) -> Gapped:
        pieces = MARK.split(marked)
        numbers = pieces[1::2]
        pieces[1::2] = [b""] * len(numbers)
        return cls(pieces, tuple((2 * n + 1, int(number)) for n, number in enumerate(numbers)))

    def filled(self, given: Sequence[bytes]) -> bytes:
        pieces = self.pieces.copy()
        for position, number in self.gaps:
            pieces[position] = given[number]
        return b"".join(pieces)


class Template:
    """`request`, whose texts have marks, and what its `holes` are."""

    __slots__ = (
        "_before", "_body", "_expectation", "_fields", "_headers", "_holes", "_own", "_path",
        "_upload",
    )  # fmt: skip

    def __init__(self, request: Request, holes: Sequence[Hole]) -> None:
        self._holes = tuple((hole.name, _ENCODERS[hole.encoding]) for hole in holes)
        self._fields = [getattr(request, name) for name in _FIELDS]
        self._path = _gapped(request.path)
        self._body = _gapped(request.body)
        self._own = _gapped(request.own_cookie)
        self._upload = None if request.upload is None else _gapped_upload(request.upload)
        before = request.before_cookie
        if self._body is not None or self._upload is not None:
            sent = len(request.body) if request.upload is None else request.upload.length
            length = b"Content-Length: %d\r\n" % sent
            head, _, rest = before.rpartition(length)
            before = head + b"Content-Length: \x1avalue:%d\x1a\r\n" % len(holes) + rest
        self._before = _gapped(before)
        headers = [(name, Gapped.of(value.encode("latin-1"))) for name, value in request.headers]
        self._headers = headers if any(value.gaps for _, value in headers) else None
        self._expectation = _asks_with_gaps(request.expectation, holes)

    def filled(self, values: Values) -> Request:
        """The request as sent with `values`."""
        given = [encode(values[name]) for name, encode in self._holes]
        made = self._fields.copy()
        if self._path is not None:
            made[_PATH] = self._path.filled(given)
        if self._body is not None:
            body = made[_BODY] = self._body.filled(given)
            made[_AFTER] = b"\r\n" + body
            given.append(b"%d" % len(body))
        elif self._upload is not None:
            upload = made[_UPLOAD] = self._upload(given)
            given.append(b"%d" % upload.length)
        if self._before is not None:
            made[_BEFORE] = self._before.filled(given)
        own = b""
        if made[_OWN]:
            if self._own is not None:
                made[_OWN] = self._own.filled(given)
            own = b"Cookie: " + made[_OWN] + b"\r\n"
        made[_PLAIN] = made[_BEFORE] + own + made[_AFTER]
        if self._headers is not None:
            made[_HEADERS] = _FilledHeaders(self._headers, given)
        if self._expectation is not None:
            made[_EXPECTATION] = self._expectation(given)
        return Request(*made)


class _FilledHeaders:
    """Header pairs, made when somebody looks: only a redirect does."""

    __slots__ = ("_given", "_headers")

    def __init__(self, headers: Sequence[tuple[str, Gapped]], given: Sequence[bytes]) -> None:
        self._headers = headers
        self._given = given

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for name, value in self._headers:
            yield name, value.filled(self._given).decode("latin-1")


def _gapped(marked: bytes) -> Gapped | None:
    """None when there is nothing to put in."""
    return Gapped.of(marked) if MARK.search(marked) else None


def _gapped_upload(upload: Upload) -> Callable[[Sequence[bytes]], Upload] | None:
    """What makes the upload of a filled request, when texts between its files have marks."""
    gapped = [(_gapped(piece) if isinstance(piece, bytes) else None) for piece in upload.pieces]
    if not any(gapped):
        return None
    marked = sum(len(piece) for piece, gaps in zip(upload.pieces, gapped, strict=True)
                 if gaps and isinstance(piece, bytes))  # fmt: skip
    fixed = upload.length - marked

    def filled(given: Sequence[bytes]) -> Upload:
        texts = [None if gaps is None else gaps.filled(given) for gaps in gapped]
        pieces = tuple(
            piece if text is None else text
            for piece, text in zip(upload.pieces, texts, strict=True)
        )
        return Upload(pieces, fixed + sum(len(text) for text in texts if text is not None))

    return filled


def _asks_with_gaps(
    expectation: Expectation, holes: Sequence[Hole]
) -> Callable[[Sequence[bytes]], Expectation] | None:
    """What makes the expectation of a filled request, when texts in it have marks.

    They are named as they were written: counted as one error, and no secret is told.
    """
    gapped = [None if ask.sought is None else _gapped(ask.sought.utf8) for ask in expectation.asks]
    if not any(gapped):
        return None
    names = [b"${%b}" % hole.name.encode() for hole in holes]
    asks = [
        (ask, gaps, gaps.filled(names).decode() if gaps else "")
        for ask, gaps in zip(expectation.asks, gapped, strict=True)
    ]

    def filled(given: Sequence[bytes]) -> Expectation:
        made = tuple(
            ask if gaps is None else ask.with_values(_sought(shown, gaps.filled(given)))
            for ask, gaps, shown in asks
        )
        return Expectation(expectation.statuses, made, expectation.max_s, expectation.room)

    return filled


def _sought(shown: str, utf8: bytes) -> Sought:
    return Sought(shown, utf8.decode(), utf8)
