"""One answer after the other on a connection: HTTP/1.x framing, without any I/O.

httptools does the parsing; what it does not know is added here: an answer to HEAD has no body,
1xx answers go before the real one, what was not asked for (101, a transfer coding) is an error,
an answer that ends with its connection may be complete or cut short, bytes after an answer make
the connection useless, header lines may be folded, and what only looks like HTTP/1 is none.
"""

from __future__ import annotations

import httptools

from perfconsole.injector.failure import (
    Failure,
    closed_early,
    cut_short,
    head_too_large,
    one_line,
    protocol_error,
)
from perfconsole.injector.heads import END_OF_HEAD, Head, Heads, forget_all
from perfconsole.injector.unfolding import Parser, UnfoldingParser, is_folded
from perfconsole.texts import say

BEGINNING_BYTES = 2048
"""Kept of what comes first, for those who must see it."""
_beginning_bytes = BEGINNING_BYTES
MOST_HEAD_BYTES = 256 * 1024
MOST_HEAD_LINES = 1000
"""Of one answer: of its head, of the 1xx answers before it, of what frames its body."""

_HEADERS = {
    name: name.decode()
    for name in (
        b"content-length",
        b"transfer-encoding",
        b"connection",
        b"location",
        b"set-cookie",
        b"content-encoding",
        b"content-type",
    )
}
_spellings: dict[bytes, str] = {}
"""Header names as servers spell them, so that none is lower-cased twice; empty when of no use."""
_MOST_SPELLINGS = 1000
_LONGEST_SPELLING = 100

_BEGINNING = b"HTTP/1."
"""The parser would also take HTTP/0.9, HTTP/2.0 and RTSP."""
_SHOWN_CHARS = 60

_BY_LENGTH, _BY_CHUNKS, _BY_THE_END = b"length", b"chunked", b"identity"
"""What tells where a body ends; the last also when nothing is said."""


_kept: set[str] = set()
"""Headers that some step looks at, lower case."""
_EVERY = "*"
"""Among them, when a flow may look at any."""


def keep_header(name: str) -> None:
    """From now on answers keep their headers of this name, in lower case."""
    if name not in _kept:
        _kept.add(name)
        _HEADERS[name.encode()] = name
        _spellings.clear()
        forget_all()


def keep_beginnings(most_bytes: int) -> None:
    """From now on so much is kept of what comes first of each answer."""
    global _beginning_bytes  # noqa: PLW0603 - like the headers to be kept, it is of all answers
    _beginning_bytes = most_bytes


def beginning_of(data: bytes) -> bytes:
    """As much of it as is kept."""
    return data[:_beginning_bytes]


def keep_all_headers() -> None:
    """From now on answers keep every header."""
    keep_header(_EVERY)


def is_kept(name: str) -> bool:
    """Whether answers keep their headers of this name."""
    return name in _kept or _EVERY in _kept


def _known(name: bytes) -> str:
    known = _HEADERS.get(name.lower(), "")
    if not known and _EVERY in _kept:
        known = name.lower().decode("latin-1")
    if len(_spellings) < _MOST_SPELLINGS and len(name) <= _LONGEST_SPELLING:
        _spellings[name] = known
    return known


class _Refused(Exception):
    """Stops the parser."""


class Answer:
    """What is known of the answer under way; `expect` makes it ready for the next one."""

    __slots__ = (
        "_at_body", "_begins_well", "_beyond", "_framing", "_head", "_head_bytes", "_heads",
        "_heads_met", "_in_head", "_known", "_left", "_length", "_lines", "_parser",
        "_parser_is_spent", "_refusal", "_room", "_sample_room", "beginning",
        "body", "complete", "content_encoding", "content_type", "cookies", "keep_alive", "kept",
        "location", "started", "status", "surplus",
    )  # fmt: skip

    def __init__(self, heads: Heads) -> None:
        self._heads_met = heads
        self._known = heads.known
        self._parser: Parser = self._new_parser()
        self._refusal: Failure | None = None
        """Why a callback stopped the parser."""
        self._at_body = False
        """Body came since that was last asked: reset where the answer goes on in another read."""
        self.body = bytearray()
        """As much of it as was to be kept."""
        self._beyond = 0
        """Bytes of a body that were too many to be kept, where some were."""
        self._begin(b"")
        self.expect(head=False, room=0, sample_room=0)

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            # RFC 9112, 2.2: a lone LF may end a line. Old servers and devices send it.
            lenient_optional_cr_before_lf=True,
            # Some servers pad the size of a chunk; before an extension the RFC allows it.
            lenient_spaces_after_chunk_size=True,
        )
        return parser

    def expect(self, *, head: bool, room: int, sample_room: int) -> None:
        """Get ready for the answer to a request: to HEAD or not.

        Up to `room` bytes of body are kept, at least `sample_room` when the status is bad.
        """
        self._head = self._parser_is_spent = head
        self._room = room
        self._sample_room = sample_room
        self._in_head = True
        self._left: int | None = None
        """Bytes of body to come, where the head was known; else the parser counts them."""
        self.status = 0
        self.started = False
        self.complete = False
        self.surplus = False
        if self.body:
            self.body = bytearray()

    def _begin(self, data: bytes) -> None:
        """The parser gets the first read: nothing is known."""
        self.started = True
        self.beginning = data[:_beginning_bytes]
        """What came first of an answer that has `started`, as it came."""
        self._framing = _BY_THE_END
        self._length = b""
        self._begins_well = False
        self._lines = 0
        self._head_bytes = 0
        self._heads = bytearray()
        """What came in earlier reads, as long as the head is not whole."""
        self.keep_alive = True
        self.kept: list[tuple[str, bytes]] | None = None
        """Headers that a step may look at, names in lower case."""
        self.location: bytes | None = None
        self.cookies: list[bytes] | None = None
        self.content_encoding = b""
        self.content_type = b""

    @property
    def body_is_whole(self) -> bool:
        """Whether all of the body is certain to be in `body`."""
        return self._room > 0

    @property
    def body_bytes(self) -> int:
        """Length of the body as it came, of an answer whose body was to be kept."""
        return len(self.body) + (0 if self._room > 0 else self._beyond)

    def keep(self, room: int) -> None:
        """Of a body that comes by `on_body` alone, up to `room` bytes are kept."""
        self._room = room

    def feed(self, data: bytes) -> Failure | None:
        """Take in what came; `complete` tells whether the answer is whole now."""
        if self._left is not None:
            self._take_body(data, 0, self._left)
            return None
        if self.started or self._head:
            return self._parse(data)
        end = data.find(END_OF_HEAD) + 4
        text = data[:end]
        head = self._known.get(text)
        if head is not None:
            self._take_known(head, data, end)
            return None
        failure = self._parse(data)
        if failure is None and self._framing is _BY_LENGTH and not self._in_head:
            self._meet(text)
        return failure

    def _take_known(self, head: Head, data: bytes, end: int) -> None:
        self.started = True
        self.beginning = data[:_beginning_bytes]
        self._in_head = False
        self._framing = _BY_LENGTH
        self.status = head.status
        self.keep_alive = head.keep_alive
        if head.status >= 400 and self._room < self._sample_room:
            self._room = self._sample_room
        self.location = head.location
        self.cookies = head.cookies
        self.content_encoding = head.content_encoding
        self.content_type = head.content_type
        self.kept = head.kept
        if self._room <= 0 and len(data) - end == head.length:
            self._left = 0
            self.complete = True
        else:
            self._take_body(data, end, head.length)

    def _take_body(self, data: bytes, start: int, left: int) -> None:
        """What `data` has from `start` on, where `left` bytes are to come."""
        if self.complete:
            self.surplus = True
            return
        came = len(data) - start
        if self._room > 0:
            self._keep(data[start : start + left])
        elif self.body:
            self._beyond += min(left, came)
        self._left = left - came
        if came >= left:
            self.complete = True
            if came > left:
                self.surplus = bool(data[start + left :].strip(b"\r\n"))

    def _meet(self, text: bytes) -> None:
        """The first read held a whole head: it may be worth to be remembered."""
        if self._heads_met.is_new(text):
            return
        if not self._length.isdigit() or self.status in (204, 304) or self.surplus:
            return
        keep_alive = self.keep_alive if self.complete else self._parser.should_keep_alive()
        head = Head(
            self.status, int(self._length), keep_alive, self.location, self.cookies,
            self.content_encoding, self.content_type, self.kept,
        )  # fmt: skip
        self._heads_met.keep(text, head)

    def _parse(self, data: bytes) -> Failure | None:
        if not self.started:
            self._begin(data)
        if not self._begins_well:
            if data[:7] == _BEGINNING:
                self._begins_well = True
            elif not self._may_begin(self._heads + data):
                return protocol_error(say("no HTTP/1: {what}", what=_shown(self._heads + data)))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # of another answer, after this one
        except httptools.HttpParserError as error:
            if not self.complete:
                return self._stopped(data, error)
            self.surplus = True
        if not self.complete:
            if self._in_head:
                self._heads += data if self._begins_well else data.lstrip(b"\r\n")
            if self._is_too_large(len(data)):
                return head_too_large(say("more than {most} bytes", most=MOST_HEAD_BYTES))
        elif self._parser_is_spent:
            self._parser = self._new_parser()
        return None

    def _stopped(self, data: bytes, error: httptools.HttpParserError) -> Failure | None:
        if self._in_head and not self._refusal and self._may_be_folded(data):
            return self._unfold(self._heads + data)
        return self._refusal or protocol_error(str(error))

    def _may_begin(self, came: bytearray) -> bool:
        """Empty lines may go before an answer, and the first read may be a short one."""
        beginning = came.lstrip(b"\r\n")[: len(_BEGINNING)]
        self._begins_well = beginning == _BEGINNING
        return _BEGINNING.startswith(beginning)

    def _may_be_folded(self, data: bytes) -> bool:
        return not isinstance(self._parser, UnfoldingParser) and is_folded(self._heads + data)

    def _unfold(self, came: bytearray) -> Failure | None:
        """Read the answer once more from its beginning."""
        self.expect(head=self._head, room=self._room, sample_room=self._sample_room)
        self._parser = UnfoldingParser(self._new_parser())
        self._parser_is_spent = True
        return self._parse(bytes(came))

    def _is_too_large(self, came: int) -> bool:
        """Counts, read by read, what came without a byte of body, for as long as none does."""
        self._head_bytes = 0 if self._at_body else self._head_bytes + came
        self._at_body = False
        return self._head_bytes > MOST_HEAD_BYTES

    def end(self) -> Failure | None:
        """The server closed its side: None when that made the answer complete."""
        if self.complete:
            return None
        if self._in_head:
            return closed_early()
        if self._framing is not _BY_THE_END:
            return cut_short()
        self.complete = True
        self.keep_alive = False
        return None

    def drop_parser(self) -> None:
        """Nothing comes any more. The two refer to each other; this spares the collector."""
        del self._parser

    # ------------------------------------------------------------ called by the parser

    def on_message_begin(self) -> None:
        if self.complete:
            self.surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines = lines = self._lines + 1
        if lines > MOST_HEAD_LINES:
            self._refuse(head_too_large(say("more than {most} lines", most=MOST_HEAD_LINES)))
        known = _spellings.get(name)
        if known is None:
            known = _known(name)
        if not known or not self._in_head:
            return
        if _kept and is_kept(known):
            self.kept = [*(self.kept or ()), (known, value)]
        match known:
            case "content-length":
                self._framing = _BY_LENGTH
                self._length = value
            case "content-type":
                self.content_type = value
            case "connection":
                if self._head:
                    words = {word.strip().lower() for word in value.split(b",")}
                    self.keep_alive = self.keep_alive and b"close" not in words
            case "transfer-encoding":
                self._take_coding(value)
            case "content-encoding":
                earlier = self.content_encoding
                self.content_encoding = earlier + b"," + value if earlier else value
            case "set-cookie":
                self.cookies = [*(self.cookies or ()), value]
            case "location":
                self.location = value

    def _take_coding(self, value: bytes) -> None:
        """No coding is asked for, so there is chunked and the identity of old (RFC 9112, 7.4)."""
        coding = value.strip().lower()
        if coding == _BY_CHUNKS and self._framing is _BY_THE_END:
            self._framing = _BY_CHUNKS
        elif coding != _BY_THE_END or self._framing is not _BY_THE_END:
            self._refuse(protocol_error(say("Transfer-Encoding {name}", name=_shown(value))))

    def _refuse(self, why: Failure) -> None:
        self._refusal = why
        raise _Refused

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = status = self._parser.get_status_code()
        if status < 200:
            self._check_interim(status)
            return
        self._in_head = False
        if status >= 400 and self._room < self._sample_room:
            self._room = self._sample_room
        if self._head:
            self.complete = True
            if self._parser.get_http_version() == "1.0":
                self.keep_alive = False

    def _check_interim(self, status: int) -> None:
        if status < 100:
            self._refuse(protocol_error(say("status {number}", number=status)))
        if status == 101:
            self._refuse(protocol_error(say("101 Switching Protocols was not asked for")))

    def on_body(self, data: bytes) -> None:
        self._at_body = True
        if self.complete:
            self.surplus = True
        elif self._room > 0:
            self._keep(data)
        elif self.body:
            self._beyond += len(data)

    def _keep(self, data: bytes) -> None:
        self.body += data[: self._room]
        self._room -= len(data)
        self._beyond = max(0, -self._room)

    def on_message_complete(self) -> None:
        if self.status < 200:
            self._interim()
        elif not self.complete:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()
            if self._framing is _BY_CHUNKS and self._parser.get_http_version() == "1.0":
                self.keep_alive = False  # RFC 9112, 6.1: whoever sent this may not know chunks

    def _interim(self) -> None:
        """A 1xx answer is over: nothing of it belongs to the real one."""
        self.location = self.cookies = self.kept = None
        self.content_encoding = self.content_type = b""
        self._framing = _BY_THE_END
        self.keep_alive = True


def _shown(data: bytes | bytearray) -> str:
    """Its first line: those after it may be headers."""
    line = data.lstrip(b"\r\n").partition(b"\n")[0]
    return one_line(line[:_SHOWN_CHARS].decode("latin-1"), _SHOWN_CHARS)
