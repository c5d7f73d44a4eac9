"""What a check asks of a page, one thing at a time: each answers with what is wrong, or None.

All of them raise BodyError when the body cannot be decoded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from perfconsole.injector.answer import keep_header
from perfconsole.injector.exchange import masked_header
from perfconsole.injector.failure import Failure, one_line
from perfconsole.injector.jmes import as_text, compiled
from perfconsole.injector.page import BodyError, NoJson, Page, sample_of, status_line
from perfconsole.injector.searching import Search, TooLong
from perfconsole.model.holes import MARK
from perfconsole.model.plan import Check
from perfconsole.model.scalars import size_text
from perfconsole.scenario.secret_text import MASK, is_secret_name
from perfconsole.texts import say

_SHOWN_CHARS = 60
_BEFORE_CHARS = 60
"""Shown of a page before what should not be in it."""


@dataclass(slots=True)  # not frozen, as requests are not: some are made for each sending
class Sought:
    """A text that values may go into."""

    shown: str
    """As it was written, for people: counted as one error, and no secret is told."""
    text: str
    utf8: bytes

    @classmethod
    def of(cls, text: str) -> Sought:
        return cls(text, text, text.encode())

    def is_in(self, page: Page) -> bool:
        if self.utf8 in page.body():
            return True
        return not page.is_ascii() and self.text in page.text()


class Ask(Protocol):
    @property
    def sought(self) -> Sought | None:
        """The text of it that may have marks."""

    def with_values(self, sought: Sought) -> Ask:
        """The same for a text whose marks have been replaced."""

    def failure(self, page: Page) -> Failure | None: ...


def asks_of(check: Check) -> Iterator[Ask]:
    """What `check` asks of more than status and time; first what costs least."""
    for name, text in check.headers:
        keep_header(name)
        yield HeaderHas(Sought.of(text), name)
    if check.least_bytes is not None or check.most_bytes is not None:
        yield Sized(check.least_bytes or 0, check.most_bytes)
    yield from (BodyHas(Sought.of(text)) for text in check.body_contains)
    yield from (BodyLacks(Sought.of(text)) for text in check.body_lacks)
    yield from (Matches(regex, Search(regex)) for regex in check.body_matches)
    for path, value in check.json_values:
        sought = Sought.of(value) if isinstance(value, str) else None
        takes_values = sought is not None and MARK.search(sought.utf8) is not None
        yield JsonIs(sought, path, compiled(path), value, takes_values)


@dataclass(slots=True)
class BodyHas:
    sought: Sought

    def with_values(self, sought: Sought) -> BodyHas:
        return BodyHas(sought)

    def failure(self, page: Page) -> Failure | None:
        if self.sought.is_in(page):
            return None
        kind = say('check failed: body lacks "{text}"', text=_shown(self.sought.shown))
        return Failure(kind, partial(sample_of, page.answer))


@dataclass(slots=True)
class BodyLacks:
    sought: Sought

    def with_values(self, sought: Sought) -> BodyLacks:
        return BodyLacks(sought)

    def failure(self, page: Page) -> Failure | None:
        if not self.sought.is_in(page):
            return None
        kind = say('check failed: body has "{text}"', text=_shown(self.sought.shown))
        return Failure(kind, partial(_around, page, self.sought.text))


@dataclass(slots=True)
class HeaderHas:
    sought: Sought
    name: str
    """Lower case."""

    def with_values(self, sought: Sought) -> HeaderHas:
        return HeaderHas(sought, self.name)

    def failure(self, page: Page) -> Failure | None:
        values = [value for name, value in page.answer.kept or () if name == self.name]
        sought = self.sought
        if any(sought.utf8 in each or sought.text in each.decode("latin-1") for each in values):
            return None
        name = self.name.title()
        if not values:
            return Failure(say("check failed: no header {name}", name=name),
                           partial(sample_of, page.answer))  # fmt: skip
        text = MASK if is_secret_name(name) else _shown(sought.shown)
        kind = say('check failed: header {name} lacks "{text}"', name=name, text=text)
        return Failure(kind, partial(_with_header, page, name, values[0]))


@dataclass(frozen=True, slots=True)
class Matches:
    regex: str
    search: Search
    sought: None = None

    def with_values(self, sought: Sought) -> Matches:
        return self

    def failure(self, page: Page) -> Failure | None:
        try:
            if self.search.is_in(page):
                return None
            kind = say("check failed: body does not match /{regex}/", regex=_shown(self.regex))
        except TooLong:
            kind = say("check failed: the regular expression /{regex}/ takes too long",
                       regex=_shown(self.regex))  # fmt: skip
        return Failure(kind, partial(sample_of, page.answer))


@dataclass(frozen=True, slots=True)
class JsonIs:
    sought: Sought | None
    """Of a text that is expected."""
    path: str
    search: Callable[[Any], Any]
    expected: str | int | float | bool | None
    takes_values: bool
    """Then the text is also that of a number: a value has no other kind."""

    def with_values(self, sought: Sought) -> JsonIs:
        return replace(self, sought=sought)

    def failure(self, page: Page) -> Failure | None:
        try:
            found = self.search(page.json())
            if self._is_expected(found):
                return None
            shown = MASK if is_secret_name(self.path) else _written(found)
            seen = say("{path} is {found}", path=self.path, found=shown)
        except NoJson:
            seen = say("the body is no JSON")
        except BodyError:
            raise
        except Exception as error:  # a function that does not fit what is there raises anything
            seen = str(error)
        kind = say("check failed: {path} is not {value}", path=_shown(self.path),
                   value=self._shown_value())  # fmt: skip
        return Failure(kind, partial(sample_of, page.answer, one_line(seen)))

    def _shown_value(self) -> str:
        if is_secret_name(self.path):
            return MASK
        return _shown(_written(self.expected if self.sought is None else self.sought.shown))

    def _is_expected(self, found: Any) -> bool:
        if self.sought is not None:
            return bool((as_text(found) if self.takes_values else found) == self.sought.text)
        if self.expected is None or isinstance(self.expected, bool):
            return found is self.expected
        return type(found) in (int, float) and bool(found == self.expected)


@dataclass(frozen=True, slots=True)
class Sized:
    least: int
    most: int | None
    sought: None = None

    def with_values(self, sought: Sought) -> Sized:
        return self

    def failure(self, page: Page) -> Failure | None:
        enough = max(self.least, -1 if self.most is None else self.most + 1)
        size = page.size(enough)
        if size < self.least:
            kind = say("check failed: body under {size}", size=size_text(self.least))
        elif self.most is not None and size > self.most:
            kind = say("check failed: body over {size}", size=size_text(self.most))
        else:
            return None
        return Failure(kind, partial(sample_of, page.answer, say("{size:,} bytes", size=size)))


def _shown(text: str) -> str:
    return one_line(text, _SHOWN_CHARS)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _with_header(page: Page, name: str, value: bytes) -> str:
    shown = masked_header(name, value.decode("latin-1"), set())
    return sample_of(page.answer, say("{name}: {value}", name=name, value=shown))


def _around(page: Page, text: str) -> str:
    """Status line, and the page where `text` is."""
    whole = page.text()
    place = whole.find(text)
    if place < 0:  # its bytes are there, but not in the page's charset
        return sample_of(page.answer)
    return f"{status_line(page.answer)}\n{whole[max(0, place - _BEFORE_CHARS) :]}"
