r"""Single series out of a page in Prometheus' text format, or in OpenMetrics.

A page of megabytes costs what finding a word in it costs: only the lines that begin with a wanted
name are looked at. A line is ``name{label="value"} 1.5``, with blanks, a time and an exemplar
(``# {...} 1``) behind it allowed; in values ``\\``, ``\"`` and ``\n`` stand for themselves.
(https://prometheus.io/docs/instrumenting/exposition_formats/)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfconsole.model.series_selector import Selector, unquoted
from perfconsole.texts import say

_LABEL = r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*("(?:[^"\\]|\\.)*")\s*'
_LINE = re.compile(
    rf"\s*(?:\{{(?P<labels>(?:{_LABEL}(?:,|(?=\}})))*)\s*\}})?\s*(?P<value>[^\s#]\S*)"
    r"(?:\s+[-+.\d]\S*)?\s*(?:#.*)?"
)
"""Behind the name: labels, value, time, exemplar."""
_LABELS = re.compile(_LABEL)
_COUNTERS = ("counter", "histogram", "summary")
_ENDINGS = ("_total", "_count", "_sum", "_bucket")
_BEHIND_NAME = " \t{"


@dataclass(frozen=True, slots=True)
class Series:
    """What a selector found."""

    value: float | None
    why: str = ""
    """Without a value: why, one line."""
    is_counter: bool = False
    """As the page says of its type; where it says nothing, a name that ends in ``_total``."""


def read_series(page: str, selectors: Sequence[Selector]) -> list[Series]:
    """What each of the selectors finds, in their order. Values that are no finite numbers are none.

    A value of a line that cannot be read is none either.
    """
    return [_series(page, selector) for selector in selectors]


def _series(page: str, selector: Selector) -> Series:
    fitting = list(_fitting(page, selector))
    values = [value for value in fitting if math.isfinite(value)]
    found = selector.folded(values)
    if found is not None and math.isfinite(found):
        is_counter = selector.fold != "count" and _is_counter(page, selector.name)
        return Series(found, is_counter=is_counter)
    if len(values) > 1:
        return Series(None, say(
            "{n} series fit {name}; name one by its labels, or write sum(...) or max(...)",
            n=len(values), name=selector.name,
        ))  # fmt: skip
    if fitting:
        return Series(None, say("{name} has no value now", name=selector.name))
    return Series(None, say("no series fits {name}", name=selector.name))


def _fitting(page: str, selector: Selector) -> Iterator[float]:
    for line in _lines(page, selector.name):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        labels = {}
        if selector.matchers:
            written = _LABELS.findall(match["labels"] or "")
            labels = {name: unquoted(value) for name, value in written}
        if selector.fits(labels):
            try:
                yield float(match["value"])
            except ValueError:
                continue


def _lines(page: str, begin: str) -> Iterator[str]:
    """What stands behind `begin` in each line that begins with it as a whole word."""
    at = 0 if page.startswith(begin) else _after_break(page, begin, 0)
    while at >= 0:
        behind = at + len(begin)
        end = page.find("\n", behind)
        end = len(page) if end < 0 else end
        if page[behind : behind + 1] in _BEHIND_NAME and behind < end:
            yield page[behind:end]
        at = _after_break(page, begin, end)


def _after_break(page: str, begin: str, start: int) -> int:
    found = page.find(f"\n{begin}", start)
    return found + 1 if found >= 0 else -1


def _is_counter(page: str, name: str) -> bool:
    bare = next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)
    for family in dict.fromkeys((name, bare)):
        if told := next(_lines(page, f"# TYPE {family}"), None):
            kind = told.strip()
            return kind == "counter" or (family != name and kind in _COUNTERS)
    return name.endswith("_total")
