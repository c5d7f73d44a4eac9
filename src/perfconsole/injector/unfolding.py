"""Header lines folded into several, which nobody may send any more and everybody must read.

RFC 9112, 5.2: a user agent takes a line that begins with white space as more of the one before.
The parser does so only where it lets much worse pass, so heads are unfolded before it sees them.
"""

from __future__ import annotations

import re
from typing import Protocol

_BLANK_LINE = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"[\r\n]*[^\n]*\n")
_FOLD = re.compile(rb"[ \t]*\r?\n[ \t]+")


class Parser(Protocol):
    """What is used of `httptools.HttpResponseParser`."""

    def feed_data(self, data: bytes, /) -> None: ...
    def get_status_code(self) -> int: ...
    def get_http_version(self) -> str: ...
    def should_keep_alive(self) -> bool: ...


def is_folded(head: bytes | bytearray) -> bool:
    """Whether the beginning of an answer has a folded line; the status line cannot be one."""
    line = _STATUS_LINE.match(head)
    return line is not None and _FOLD.search(head, line.end()) is not None


def _unfolded(head: bytes | bytearray) -> bytes:
    line = _STATUS_LINE.match(head)
    start = line.end() if line else 0
    return bytes(head[:start]) + _FOLD.sub(b" ", head[start:])


class UnfoldingParser:
    """Holds heads back until they are whole; for one answer, whose parser it is."""

    def __init__(self, inner: Parser) -> None:
        self._inner = inner
        self._held = bytearray()
        self._searched = 0
        """So much of it has no blank line."""
        self._in_body = False
        self.get_status_code = inner.get_status_code
        self.get_http_version = inner.get_http_version
        self.should_keep_alive = inner.should_keep_alive

    def feed_data(self, data: bytes, /) -> None:
        if self._in_body:
            self._inner.feed_data(data)
            return
        self._held += data if self._held else data.lstrip(b"\r\n")
        while end := _BLANK_LINE.search(self._held, self._searched):
            head, rest = self._held[: end.end()], self._held[end.end() :]
            self._held, self._searched = rest.lstrip(b"\r\n"), 0
            self._inner.feed_data(_unfolded(head))
            if self._inner.get_status_code() >= 200:
                self._in_body = True
                self._inner.feed_data(bytes(rest))
                return
        self._searched = max(0, len(self._held) - 2)
