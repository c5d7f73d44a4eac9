"""Which series of a Prometheus page are meant: ``sum(http_requests_total{code=~"5.."})``.

The language is the part of PromQL that needs no history: a name, matchers of its labels, and one
function that makes one number of several series.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from perfconsole.texts import say

FOLDS: Mapping[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "avg": lambda values: sum(values) / len(values),
    "count": lambda values: float(len(values)),
}
"""How several series become one number."""
SELECTOR_FORMS = (
    'node_load1, http_requests_total{code="500"}, sum(jvm_memory_bytes_used{area=~"heap|non"})'
)
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MATCHER = rf"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*({_QUOTED})\s*"
_SELECTOR = re.compile(
    rf"\s*(?:(?P<fold>[a-z]+)\s*\(\s*)?(?P<name>{_NAME})"
    rf"(?:\s*\{{(?P<matchers>(?:{_MATCHER},)*(?:{_MATCHER})?\s*)\}})?\s*(?P<close>\))?\s*"
)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


def unquoted(text: str) -> str:
    """A label's value without its quotes, escapes undone."""
    if "\\" not in text:
        return text[1:-1]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), text[1:-1])


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    operator: str
    """``=``, ``!=``, ``=~`` or ``!~``; regular expressions are held against the whole value."""
    value: str

    def fits(self, labels: Mapping[str, str]) -> bool:
        """A label that is not there is an empty one."""
        found = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            same = found == self.value
        else:
            same = re.fullmatch(self.value, found) is not None
        return same == (self.operator in ("=", "=~"))


@dataclass(frozen=True, slots=True)
class Selector:
    name: str
    matchers: tuple[Matcher, ...] = ()
    fold: str | None = None
    """One of `FOLDS`; None where there is to be one series only."""

    def fits(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.fits(labels) for matcher in self.matchers)

    def folded(self, values: Iterable[float]) -> float | None:
        """One number of the series that fit; None of none, and of several without a function."""
        found = list(values)
        if self.fold is not None and found:
            return FOLDS[self.fold](found)
        return found[0] if len(found) == 1 else None


def parse_selector(text: str) -> Selector:
    """Raises ValueError with what is right."""
    match = _SELECTOR.fullmatch(text)
    fold = match["fold"] if match else None
    if match is None or (fold is None) != (match["close"] is None) or fold not in (None, *FOLDS):
        raise ValueError(
            say(
                "{text!r} selects nothing; write {forms}, with one of {folds} where several fit",
                text=text[:80],
                forms=SELECTOR_FORMS,
                folds=", ".join(FOLDS),
            )
        )
    matchers = tuple(
        Matcher(label, operator, unquoted(value))
        for label, operator, value in re.findall(_MATCHER, match["matchers"] or "")
    )
    for matcher in matchers:
        if "~" in matcher.operator:
            _check(matcher.value)
    return Selector(match["name"], matchers, fold)


def _check(regex: str) -> None:
    try:
        re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            say("{regex!r} is no regular expression: {reason}", regex=regex[:80], reason=error)
        ) from None


def _selects(text: str) -> str:
    parse_selector(text)
    return text


SeriesSelector = Annotated[str, AfterValidator(_selects)]
"""Of series, as written."""
