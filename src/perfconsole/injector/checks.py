"""Whether an answer is what its step expects."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from perfconsole.injector.answer import Answer
from perfconsole.injector.decoding import undone
from perfconsole.injector.failure import SAMPLE_ROOM, Failure, one_line
from perfconsole.model.duration import short
from perfconsole.model.plan import Check
from perfconsole.texts import say

BODY_ROOM = 10 * 1024 * 1024
"""Most bytes of a body that a check looks at."""

_NEEDLE_CHARS = 60
_CHARSET = re.compile(rb"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_NOT_OF_PAGES = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
"""Codecs of Python that no page is written in; to decode one takes the square of its length."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A `Check` made ready."""

    statuses: frozenset[int]
    needles: tuple[tuple[str, str, bytes], ...]
    """Texts to be in the body: as shown to people, as they are, and in UTF-8."""
    max_s: float | None
    room: int
    """Bytes of body to keep for it."""

    @classmethod
    def of(cls, check: Check, *, keeps_body: bool = False) -> Expectation:
        """`keeps_body` for others that look at it, besides the check."""
        needles = tuple((text, text, text.encode()) for text in check.body_contains)
        room = BODY_ROOM if needles or keeps_body else 0
        return cls(frozenset(check.statuses), needles, check.max_s, room)

    def failure(self, answer: Answer, took_s: float) -> Failure | None:
        """What is wrong with a whole answer that took `took_s`; None when it is as it should be."""
        status = answer.status
        if not (status in self.statuses if self.statuses else status < 400):
            return Failure(say("HTTP {status}", status=answer.status), partial(sample_of, answer))
        if self.needles and (lack := self._lack(answer)):
            return lack
        if self.max_s is not None and took_s > self.max_s:
            return Failure(
                say("check failed: slower than {limit}", limit=short(self.max_s)),
                say("took {ms:.0f} ms", ms=took_s * 1000),
            )
        return None

    def _lack(self, answer: Answer) -> Failure | None:
        try:
            body = decoded(answer, BODY_ROOM)
        except ValueError as error:
            return Failure(say("check failed: body cannot be decoded"), str(error))
        text: str | None = None
        for shown, needle, utf8 in self.needles:
            if utf8 in body:
                continue
            text = body_text(body, answer.content_type) if text is None else text
            if needle not in text:
                sought = one_line(shown, _NEEDLE_CHARS)
                kind = say('check failed: body lacks "{text}"', text=sought)
                return Failure(kind, partial(sample_of, answer))
        return None


def decoded(answer: Answer, most: int) -> bytes:
    """The kept body, its content codings undone, at most `most` bytes.

    Raises ValueError for an unknown coding, or when the body is not what it says.
    """
    body = bytes(answer.body)
    if not body or not answer.content_encoding:
        return body
    return undone(body, answer.content_encoding, most, is_whole=answer.body_is_whole)


def charset_of(content_type: bytes) -> str:
    """Its name as the page gives it, UTF-8 when it does not or when no page can be written in it.

    Raises LookupError when nobody knows it.
    """
    match = _CHARSET.search(content_type)
    name = match[1].decode("ascii") if match else "utf-8"
    return "utf-8" if codecs.lookup(name).name in _NOT_OF_PAGES else name


def body_text(body: bytes, content_type: bytes) -> str:
    """In the page's own charset, such as GBK."""
    try:
        return body.decode(charset_of(content_type), "replace")
    except (LookupError, UnicodeError):  # no charset, or none of the web's
        return body.decode("utf-8", "replace")


def sample_of(answer: Answer) -> str:
    """Status line and the beginning of the body, as they came. The next answer overwrites them."""
    try:
        line = f"HTTP {answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        line = f"HTTP {answer.status}"
    try:
        body = decoded(answer, SAMPLE_ROOM)
    except ValueError:
        return line
    return f"{line}\n{body_text(body[:SAMPLE_ROOM], answer.content_type)}"
