"""What a flow in Python gets for a request: an answer that stays as it is when others follow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from perfconsole.injector.answer import Answer as Parsed
from perfconsole.injector.decoding import undone
from perfconsole.injector.page import BODY_ROOM, body_text


class StepFailed(Exception):
    """A request or a check of the flow failed: it is counted already.

    One that nobody catches ends the iteration; one that is caught has failed all the same.
    """

    def __init__(self, what: str, answer: Answer | None = None) -> None:
        super().__init__(what)
        self.answer = answer
        """None of a check."""


class Headers(Mapping[str, str]):
    """Of an answer, by name in whatever case; lines of one name are joined with commas."""

    __slots__ = ("_lines",)

    def __init__(self, lines: list[tuple[str, bytes]]) -> None:
        """Names in lower case."""
        self._lines = lines

    def all(self, name: str) -> list[str]:
        """The lines of a name apart, as ``Set-Cookie`` needs it."""
        wanted = name.lower()
        return [value.decode("latin-1").strip() for key, value in self._lines if key == wanted]

    def __getitem__(self, name: str) -> str:
        if lines := self.all(name):
            return ", ".join(lines)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._lines))

    def __len__(self) -> int:
        return len(dict(self._lines))

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"


class Answer:
    """The last answer to a request: that to which its redirects led."""

    __slots__ = ("_body", "_content", "_content_type", "_encoding", "_is_whole", "_lines",
                 "elapsed_s", "error", "status")  # fmt: skip

    def __init__(self, parsed: Parsed | None, elapsed_s: float, error: str | None) -> None:
        """`parsed` is None when no answer came."""
        self.elapsed_s = elapsed_s
        """The request's time: from when it was wanted to the last byte, seconds."""
        self.error = error
        """Why it failed, such as ``HTTP 503`` or ``connect refused``; None when it passed."""
        self._content: bytes | None = None
        if parsed is None:
            self.status = 0
            """0 when no answer came."""
            self._lines: list[tuple[str, bytes]] = []
            self._body, self._encoding, self._content_type = bytearray(), b"", b""
            self._is_whole = True
            return
        # None of these is changed any more: the next answer has new ones.
        self.status = parsed.status
        self._lines = parsed.kept or []
        self._body = parsed.body
        self._encoding = parsed.content_encoding
        self._content_type = parsed.content_type
        self._is_whole = parsed.body_is_whole

    @property
    def ok(self) -> bool:
        """It is counted as passed."""
        return self.error is None

    @property
    def headers(self) -> Headers:
        return Headers(self._lines)

    @property
    def content(self) -> bytes:
        """The body, its content codings undone; no more than its first 10 MB.

        Raises ValueError when it is not what it says.
        """
        if self._content is None:
            body = bytes(self._body)
            if body and self._encoding:
                body = undone(body, self._encoding, BODY_ROOM, is_whole=self._is_whole)
            self._content = body
        return self._content

    @property
    def text(self) -> str:
        """The body in its own charset."""
        return body_text(self.content, self._content_type)

    def json(self) -> Any:
        """Raises ValueError when the body is no JSON."""
        return json.loads(self.content)

    def __repr__(self) -> str:
        try:
            return f"<Answer {self.status} {HTTPStatus(self.status).phrase}>"
        except ValueError:
            return f"<Answer {self.status}>"
