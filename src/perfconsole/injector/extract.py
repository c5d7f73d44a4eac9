"""Taking values out of an answer; compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from perfconsole.injector.answer import keep_header
from perfconsole.injector.failure import Failure, one_line
from perfconsole.injector.jmes import as_text, compiled
from perfconsole.injector.page import BodyError, Page, sample_of
from perfconsole.injector.picks import picked
from perfconsole.injector.searching import Search, TooLong
from perfconsole.injector.values import Values
from perfconsole.model.plan import Extract
from perfconsole.texts import say

Finder = Callable[[Page], Iterator[str]]
"""All values that are there, in the order of the page; looked for one by one where that is less.

Raises BodyError and TooLong.
"""

_WHAT_CHARS = 60


@dataclass(frozen=True, slots=True)
class Extraction:
    finders: tuple[tuple[Extract, Finder], ...]

    @property
    def looks_at_body(self) -> bool:
        return any(extract.kind not in ("header", "cookie") for extract, _ in self.finders)

    @classmethod
    def of(cls, extracts: Sequence[Extract]) -> Extraction | None:
        """None when there is nothing to extract."""
        finders = tuple((extract, _MAKERS[extract.kind](extract)) for extract in extracts)
        return cls(finders) if finders else None

    def failure(self, page: Page, values: Values, random: Random) -> Failure | None:
        """Put what it finds into `values`; a Failure for the first that is not there."""
        for extract, find in self.finders:
            try:
                value = picked(find(page), extract, random)
            except BodyError:
                value = None
            except TooLong:
                kind = say("check failed: the regular expression of {name} takes too long",
                           name=extract.variable)  # fmt: skip
                return Failure(kind, partial(_sample, extract, page))
            if value is None:
                value = extract.default
            if value is None:
                kind = say("check failed: nothing to extract for {name} by {kind} {what}",
                           name=extract.variable, kind=extract.kind,
                           what=one_line(extract.what, _WHAT_CHARS))  # fmt: skip
                return Failure(kind, partial(_sample, extract, page))
            values[extract.variable] = value
        return None


def _sample(extract: Extract, page: Page) -> str:
    sought = say("looked for {kind} {what}", kind=extract.kind, what=extract.what)
    if extract.attribute is not None:
        sought += say(", attribute {name}", name=extract.attribute)
    if isinstance(extract.pick, int):
        sought += say(", number {n}", n=extract.pick)
    return sample_of(page.answer, sought)


# -------------------------------------------------------------------- finders


def _by_regex(extract: Extract) -> Finder:
    return Search(extract.what).values


def _by_json(extract: Extract) -> Finder:
    search = compiled(extract.what)

    def find(page: Page) -> Iterator[str]:
        """A list is its items; a null is no value."""
        try:
            found = search(page.json())
            values = [as_text(each) for each in (found if isinstance(found, list) else [found])
                      if each is not None]  # fmt: skip
        except (
            Exception
        ):  # no JSON; and a function that does not fit what is there raises nearly anything
            return
        yield from values

    return find


def _by_header(extract: Extract) -> Finder:
    wanted = extract.what.lower()
    keep_header(wanted)

    def find(page: Page) -> Iterator[str]:
        for name, value in page.answer.kept or ():
            if name == wanted:
                yield value.decode("latin-1").strip()

    return find


def _by_cookie(extract: Extract) -> Finder:
    name = extract.what.encode()

    def find(page: Page) -> Iterator[str]:
        value = None if page.jar is None else page.jar.value(name)
        if value is not None:
            yield value.decode("utf-8", "replace")

    return find


def _by_css(extract: Extract) -> Finder:
    from perfconsole.injector.markup import by_css

    return by_css(extract)


def _by_xpath(extract: Extract) -> Finder:
    from perfconsole.injector.markup import by_xpath

    return by_xpath(extract)


_MAKERS: dict[str, Callable[[Extract], Finder]] = {
    "regex": _by_regex,
    "json": _by_json,
    "header": _by_header,
    "cookie": _by_cookie,
    "css": _by_css,
    "xpath": _by_xpath,
}
