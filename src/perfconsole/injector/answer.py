"""One answer after the other on a connection: HTTP/1.x framing, without any I/O.

httptools does the parsing; what it does not know is added here: an answer to HEAD has no body,
1xx answers go before the real one, 101 was not asked for, an answer that ends with its connection
may be complete or cut short, and bytes after an answer make the connection useless.
"""

from __future__ import annotations

import httptools

from perfconsole.injector.failure import (
    Failure,
    closed_early,
    cut_short,
    head_too_large,
    protocol_error,
)
from perfconsole.texts import say

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


_kept: set[str] = set()
"""Headers that some step looks at, lower case."""


def keep_header(name: str) -> None:
    """From now on answers keep their headers of this name, in lower case."""
    _kept.add(name)
    _HEADERS[name.encode()] = name
    _spellings.clear()


def _known(name: bytes) -> str:
    known = _HEADERS.get(name.lower(), "")
    if len(_spellings) < _MOST_SPELLINGS and len(name) <= _LONGEST_SPELLING:
        _spellings[name] = known
    return known


class _TooManyLines(Exception):
    """Stops the parser."""


class Answer:
    """What is known of the answer under way; `expect` makes it ready for the next one."""

    __slots__ = (
        "_at_body", "_framed", "_head", "_head_bytes", "_in_head", "_lines", "_parser", "_room",
        "_sample_room",
        "body", "complete", "content_encoding", "content_type", "cookies", "keep_alive", "kept",
        "location", "started", "status", "surplus",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser = self._new_parser()
        self._at_body = False
        """Body came since that was last asked: reset where the answer goes on in another read."""
        self.body = bytearray()
        """As much of it as was to be kept."""
        self.expect(head=False, room=0, sample_room=0)

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        # RFC 9112, 2.2: a lone LF may end a line. Old servers and devices send it.
        parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)
        return parser

    def expect(self, *, head: bool, room: int, sample_room: int) -> None:
        """Get ready for the answer to a request: to HEAD or not.

        Up to `room` bytes of body are kept, at least `sample_room` when the status is bad.
        """
        self._head = head
        self._room = room
        self._sample_room = sample_room
        self._in_head = True
        self._framed = False
        self._lines = 0
        self._head_bytes = 0
        self.status = 0
        self.started = False
        self.complete = False
        self.keep_alive = True
        self.surplus = False
        self.kept: list[tuple[str, bytes]] | None = None
        """Headers that a step may look at, names in lower case."""
        self.location: bytes | None = None
        self.cookies: list[bytes] | None = None
        self.content_encoding = b""
        self.content_type = b""
        if self.body:
            self.body = bytearray()

    def feed(self, data: bytes) -> Failure | None:
        """Take in what came; `complete` tells whether the answer is whole now."""
        self.started = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError as error:
            if self._lines > MOST_HEAD_LINES and not self.complete:
                return head_too_large(say("more than {most} lines", most=MOST_HEAD_LINES))
            if not self.complete:
                return protocol_error(str(error))
            self.surplus = True
        if not self.complete and self._is_too_large(len(data)):
            return head_too_large(say("more than {most} bytes", most=MOST_HEAD_BYTES))
        if self.status == 101:
            return protocol_error("101 Switching Protocols was not asked for")
        if self.complete and self._head:
            self._parser = self._new_parser()
        return None

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
        if self._framed:
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
            raise _TooManyLines
        known = _spellings.get(name)
        if known is None:
            known = _known(name)
        if not known or not self._in_head:
            return
        if _kept and known in _kept:
            self.kept = [*(self.kept or ()), (known, value)]
        match known:
            case "content-length":
                self._framed = True
            case "transfer-encoding":
                self._framed = value.rpartition(b",")[2].strip().lower() == b"chunked"
            case "connection" if self._head:
                words = {word.strip().lower() for word in value.split(b",")}
                self.keep_alive = b"close" not in words
            case "location":
                self.location = value
            case "set-cookie":
                self.cookies = [*(self.cookies or ()), value]
            case "content-encoding":
                self.content_encoding = value.strip().lower()
            case "content-type":
                self.content_type = value

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self._in_head = False
        if self.status >= 400 and self._room < self._sample_room:
            self._room = self._sample_room
        if self._head:
            self.complete = True
            if self._parser.get_http_version() == "1.0":
                self.keep_alive = False

    def on_body(self, data: bytes) -> None:
        self._at_body = True
        if self.complete:
            self.surplus = True
        elif self._room > 0:
            self.body += data[: self._room]
            self._room -= len(data)

    def on_message_complete(self) -> None:
        if self.status < 200:
            self._interim()
        elif not self.complete:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()

    def _interim(self) -> None:
        """A 1xx answer is over: nothing of it belongs to the real one."""
        self.location = self.cookies = self.kept = None
        self.content_encoding = self.content_type = b""
        self._framed = False
        self.keep_alive = True
