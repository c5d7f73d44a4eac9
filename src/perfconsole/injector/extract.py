"""Taking values out of an answer; compiled once, one reading of a body for all that look at it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import msgspec

from perfconsole.injector.answer import Answer, keep_header
from perfconsole.injector.checks import BODY_ROOM, body_text, charset_of, decoded, sample_of
from perfconsole.injector.failure import Failure
from perfconsole.injector.jar import Jar
from perfconsole.injector.values import Values
from perfconsole.model.plan import Extract
from perfconsole.texts import say


class Page:
    """An answer as extractions look at it; what several need is made once."""

    __slots__ = ("_body", "_text", "_tree", "answer", "jar")

    def __init__(self, answer: Answer, jar: Jar | None) -> None:
        self.answer = answer
        self.jar = jar
        self._body: bytes | None = None
        self._text: str | None = None
        self._tree: Any = _UNREAD

    def body(self) -> bytes:
        """Empty when it cannot be decoded."""
        if self._body is None:
            try:
                self._body = decoded(self.answer, BODY_ROOM)
            except ValueError:
                self._body = b""
        return self._body

    def text(self) -> str:
        """In its own charset."""
        if self._text is None:
            self._text = body_text(self.body(), self.answer.content_type)
        return self._text

    def is_ascii(self) -> bool:
        """Whether bytes and text are the same letters."""
        return _extends_ascii(self.answer.content_type) and self.body().isascii()

    def tree(self) -> Any:
        """None when it is no JSON."""
        if self._tree is _UNREAD:
            try:
                self._tree = msgspec.json.decode(self.body())
            except (msgspec.DecodeError, RecursionError):
                self._tree = None
        return self._tree


_UNREAD = object()


@lru_cache(maxsize=256)
def _extends_ascii(content_type: bytes) -> bool:
    """Whether ASCII letters are the same bytes in its charset: not so in UTF-16 or ISO-2022."""
    letters = bytes(range(128))
    try:
        return letters.decode(charset_of(content_type)) == letters.decode("ascii")
    except (LookupError, UnicodeError):
        return False


Finder = Callable[[Page], str | None]


@dataclass(frozen=True, slots=True)
class Extraction:
    finders: tuple[tuple[Extract, Finder], ...]

    @property
    def looks_at_body(self) -> bool:
        return any(extract.kind in ("regex", "json") for extract, _ in self.finders)

    @classmethod
    def of(cls, extracts: Sequence[Extract]) -> Extraction | None:
        """None when there is nothing to extract."""
        finders = tuple((extract, _MAKERS[extract.kind](extract)) for extract in extracts)
        return cls(finders) if finders else None

    def failure(self, answer: Answer, jar: Jar | None, values: Values) -> Failure | None:
        """Put what it finds into `values`; a Failure for the first that is not there."""
        page = Page(answer, jar)
        for extract, find in self.finders:
            value = find(page)
            if value is None:
                kind = say("check failed: nothing to extract for {name}", name=extract.variable)
                return Failure(kind, partial(_sample, extract, answer))
            values[extract.variable] = value
        return None


def _sample(extract: Extract, answer: Answer) -> str:
    nth = say(", number {n}", n=extract.pick) if extract.pick != "first" else ""
    line, _, body = sample_of(answer).partition("\n")
    sought = say("{line}; looked for {kind} {what}{nth}",
                 line=line, kind=extract.kind, what=extract.what, nth=nth)  # fmt: skip
    return f"{sought}\n{body}"


def _sendable(text: str) -> str:
    """`text` without half characters, which some charsets give."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


# -------------------------------------------------------------------- finders


@dataclass(frozen=True, slots=True)
class _Regex:
    """Searches bytes where they are the same letters as the text, else the text."""

    in_text: re.Pattern[str]
    in_bytes: re.Pattern[bytes] | None
    group: int
    nth: int

    @classmethod
    def of(cls, extract: Extract) -> _Regex:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            in_text = re.compile(extract.what)
            in_bytes = None
            if extract.what.isascii() and not in_text.flags & ~re.UNICODE:
                in_bytes = re.compile(extract.what.encode())
        return cls(
            in_text,
            in_bytes,
            min(in_text.groups, 1),
            1 if extract.pick == "first" else int(extract.pick),
        )

    def __call__(self, page: Page) -> str | None:
        if self.in_bytes is not None and page.is_ascii():
            raw = self._nth(self.in_bytes, page.body())
            return None if raw is None else raw.decode()
        text = self._nth(self.in_text, page.text())
        return None if text is None else _sendable(text)

    def _nth(self, pattern: re.Pattern[Any], body: Any) -> Any:
        if self.nth == 1:
            match = pattern.search(body)
        else:
            match = next(islice(pattern.finditer(body), self.nth - 1, None), None)
        return None if match is None else match[self.group]


@dataclass(frozen=True, slots=True)
class _Json:
    search: Callable[[Any], Any]
    nth: int

    @classmethod
    def of(cls, extract: Extract) -> _Json:
        import jmespath

        return cls(
            jmespath.compile(extract.what).search,
            1 if extract.pick == "first" else int(extract.pick),
        )

    def __call__(self, page: Page) -> str | None:
        try:
            return self._nth(self.search(page.tree()))
        except Exception:  # a function that does not fit what is there raises nearly anything
            return None

    def _nth(self, found: Any) -> str | None:
        if isinstance(found, list):
            found = found[self.nth - 1] if len(found) >= self.nth else None
        elif self.nth > 1:
            return None
        if found is None:
            return None
        return _sendable(found if isinstance(found, str) else msgspec.json.encode(found).decode())


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    nth: int

    @classmethod
    def of(cls, extract: Extract) -> _Header:
        name = extract.what.lower()
        keep_header(name)
        return cls(name, 1 if extract.pick == "first" else int(extract.pick))

    def __call__(self, page: Page) -> str | None:
        lines = [value for name, value in page.answer.kept or () if name == self.name]
        return lines[self.nth - 1].decode("latin-1").strip() if len(lines) >= self.nth else None


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: bytes

    @classmethod
    def of(cls, extract: Extract) -> _Cookie:
        return cls(extract.what.encode())

    def __call__(self, page: Page) -> str | None:
        value = None if page.jar is None else page.jar.value(self.name)
        return None if value is None else value.decode("utf-8", "replace")


_MAKERS: dict[str, Callable[[Extract], Finder]] = {
    "regex": _Regex.of,
    "json": _Json.of,
    "header": _Header.of,
    "cookie": _Cookie.of,
}
