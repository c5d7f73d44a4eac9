"""Heads of answers that were parsed before: the same bytes say the same again.

Many servers answer with a head that changes once a second, with its date. A head seen twice is
remembered; when it comes again, what it says is looked up and the body is counted, and the
parser is spared: that is a third of what an answer costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakSet

MOST = 512
"""Heads remembered; then it begins anew."""
LONGEST = 4096

END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """What a whole head with a Content-Length says of an answer that has a body."""

    status: int
    length: int
    """Bytes of body."""
    keep_alive: bool
    location: bytes | None
    cookies: list[bytes] | None
    content_encoding: bytes
    content_type: bytes
    kept: list[tuple[str, bytes]] | None
    """Headers that some step looks at."""


class Heads:
    """Of all connections of an injector."""

    __slots__ = ("__weakref__", "_seen", "known")

    def __init__(self) -> None:
        self.known: dict[bytes, Head] = {}
        """By the bytes of the head, its end included."""
        self._seen: set[bytes] = set()
        """Heads met once: most never come again."""
        _all.add(self)

    def is_new(self, text: bytes) -> bool:
        """Whether that head has not been met before; from now on it has."""
        if text in self._seen:
            return False
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen.add(text)
        return True

    def keep(self, text: bytes, says: Head) -> None:
        """That head was parsed."""
        if not _is_plain(text, says):
            return
        if len(self.known) >= MOST:
            self.known.clear()
        self.known[text] = says


def forget_all() -> None:
    """Another of their headers is of interest from now on."""
    for heads in _all:
        heads.known.clear()


_all: WeakSet[Heads] = WeakSet()


def _is_plain(text: bytes, says: Head) -> bool:
    """One head and nothing else: no empty line or 1xx answer before it, no lone LF within."""
    return (
        text.endswith(END_OF_HEAD)
        and len(text) <= LONGEST
        and text[9:12] == b"%d" % says.status
        and text.count(b"\n") == text.count(b"\r\n")
    )
