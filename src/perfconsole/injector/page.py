"""An answer as checks and extractions look at it; what several need is made once."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec

from perfconsole.injector.answer import Answer
from perfconsole.injector.decoding import is_coded, undone
from perfconsole.injector.failure import SAMPLE_ROOM
from perfconsole.injector.jar import Jar
from perfconsole.texts import say

BODY_ROOM = 10 * 1024 * 1024
"""Most bytes of a body that checks and extractions look at."""

_CHARSET = re.compile(rb"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_NOT_OF_PAGES = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
"""Codecs of Python that no page is written in; to decode one takes the square of its length."""

_UNREAD = object()


class BodyError(ValueError):
    """A body cannot be decoded; its text says why."""


class NoJson(ValueError):
    """A body is none."""


class Page:
    __slots__ = ("_body", "_text", "_tree", "_value", "answer", "jar")

    def __init__(self, answer: Answer, jar: Jar | None) -> None:
        self.answer = answer
        self.jar = jar
        self._body: bytes | None = None
        self._text: str | None = None
        self._value: Any = _UNREAD
        self._tree: Any = _UNREAD

    def body(self) -> bytes:
        """At most `BODY_ROOM` bytes of it. Raises BodyError."""
        if self._body is None:
            self._body = decoded(self.answer, BODY_ROOM)
        return self._body

    def text(self) -> str:
        """In its own charset. Raises BodyError."""
        if self._text is None:
            self._text = body_text(self.body(), self.answer.content_type)
        return self._text

    def is_ascii(self) -> bool:
        """Whether bytes and text are the same letters. Raises BodyError."""
        return _extends_ascii(self.answer.content_type) and self.body().isascii()

    def json(self) -> Any:
        """What its JSON stands for. Raises NoJson and BodyError."""
        if self._value is _UNREAD:
            body = self.body()
            try:
                self._value = msgspec.json.decode(body)
            except (ValueError, RecursionError):
                self._value = NoJson
        if self._value is NoJson:
            raise NoJson
        return self._value

    def tree(self) -> Any:
        """Its elements, as lxml has them; None when it is empty or cannot be decoded."""
        if self._tree is _UNREAD:
            from perfconsole.injector.markup import parsed

            try:
                data = self.body() if self.is_ascii() else self.text().encode("utf-8", "replace")
                self._tree = parsed(data, self.answer.content_type)
            except BodyError:
                self._tree = None
        return self._tree

    def size(self, enough: int) -> int:
        """Bytes of the whole body, decoded; counted no further than `enough` where it is coded.

        Raises BodyError, also when too much of it came to be kept.
        """
        answer = self.answer
        if not is_coded(answer.content_encoding):
            return answer.body_bytes
        size = len(decoded(answer, enough))
        if size < enough and not answer.body_is_whole:
            raise BodyError(say("more than {most} bytes before decoding", most=len(answer.body)))
        return size


def decoded(answer: Answer, most: int) -> bytes:
    """The kept body, its content codings undone, at most `most` bytes.

    Raises BodyError for an unknown coding, or when the body is not what it says.
    """
    body = bytes(answer.body)
    if not body or not answer.content_encoding:
        return body
    try:
        return undone(body, answer.content_encoding, most, is_whole=answer.body_is_whole)
    except ValueError as error:
        raise BodyError(str(error)) from None


def charset_of(content_type: bytes) -> str:
    """Its name as the page gives it, UTF-8 when it does not or when no page can be written in it.

    Raises LookupError when nobody knows it.
    """
    match = _CHARSET.search(content_type)
    name = match[1].decode("ascii") if match else "utf-8"
    return "utf-8" if codecs.lookup(name).name in _NOT_OF_PAGES else name


@lru_cache(maxsize=256)
def _extends_ascii(content_type: bytes) -> bool:
    """Whether ASCII letters are the same bytes in its charset: not so in UTF-16 or ISO-2022."""
    letters = bytes(range(128))
    try:
        return letters.decode(charset_of(content_type)) == letters.decode("ascii")
    except (LookupError, UnicodeError):
        return False


def body_text(body: bytes, content_type: bytes) -> str:
    """In the page's own charset, such as GBK."""
    try:
        return body.decode(charset_of(content_type), "replace")
    except (LookupError, UnicodeError):  # no charset, or none of the web's
        return body.decode("utf-8", "replace")


def status_line(answer: Answer) -> str:
    try:
        return f"HTTP {answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return f"HTTP {answer.status}"


def sample_of(answer: Answer, seen: str = "") -> str:
    """Status line, what was `seen` there, and the beginning of the body.

    The next answer overwrites them.
    """
    line = f"{status_line(answer)}; {seen}" if seen else status_line(answer)
    try:
        body = decoded(answer, SAMPLE_ROOM)
    except BodyError:
        return line
    return f"{line}\n{body_text(body[:SAMPLE_ROOM], answer.content_type)}"
