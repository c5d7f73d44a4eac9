r"""Single series out of a page in Prometheus' text format, or in OpenMetrics.

A page of megabytes costs little more than going through its line breaks: only the lines that begin
with a wanted name are looked at. A line is ``name{label="value"} 1.5``, with blanks, a time and an
exemplar (``# {...} 1``) behind it allowed; in values ``\\``, ``\"`` and ``\n`` are escapes.
(https://prometheus.io/docs/instrumenting/exposition_formats/)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfconsole.model.series_selector import Selector, unquoted
from perfconsole.texts import say

# Blanks are taken for good (``*+``): a line of nothing else would be gone through for hours.
_LABEL = r'\s*+([a-zA-Z_][a-zA-Z0-9_]*+)\s*+=\s*+("(?:[^"\\]|\\.)*+")\s*+'
_LINE = re.compile(
    rf"\s*+(?:\{{(?P<labels>(?:{_LABEL}(?:,|(?=\}})))*+)\s*+\}})?\s*+(?P<value>[^\s#]\S*+)"
    r"(?:\s++[-+.\d]\S*+)?\s*+(?:#.*+)?"
)
"""Behind the name: labels, value, time, exemplar."""
_LABELS = re.compile(_LABEL)
_COUNTERS = ("counter", "histogram", "summary")
_ENDINGS = ("_total", "_count", "_sum", "_bucket")


@dataclass(frozen=True, slots=True)
class Series:
    """What a selector found."""

    value: float | None
    why: str = ""
    """Without a value: why, one line."""
    is_counter: bool = False
    """As the page says of its type; where it says nothing, a name that ends in ``_total``."""


class SeriesReader:
    """Finds the series of some selectors in one page after the other."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._selectors = tuple(selectors)
        both = (each for s in selectors for each in (s.name, _family(s.name)))
        names = dict.fromkeys(filter(None, both))
        # One pass for all of them; it goes from line break to line break.
        self._begin = re.compile(rf"\n(# TYPE )?({'|'.join(names)})(?=[ \t{{])")

    def read(self, page: str) -> list[Series]:
        """What each of the selectors finds, in their order. Values that are no finite numbers are
        none, and neither are lines that cannot be read."""
        page = f"\n{page}"
        lines: dict[str, list[str]] = {}
        types: dict[str, str] = {}
        for match in self._begin.finditer(page):
            end = page.find("\n", match.end())
            line = page[match.end() : end if end >= 0 else None]
            if match[1]:
                types[match[2]] = line.strip()
            else:
                lines.setdefault(match[2], []).append(line)
        return [_series(each, lines.get(each.name, ()), types) for each in self._selectors]


def _series(selector: Selector, lines: Sequence[str], types: Mapping[str, str]) -> Series:
    fitting = list(_fitting(lines, selector))
    values = [value for value in fitting if math.isfinite(value)]
    found = selector.folded(values)
    if found is not None and math.isfinite(found):
        is_counter = selector.fold != "count" and _is_counter(selector.name, types)
        return Series(found, is_counter=is_counter)
    if len(values) > 1:
        return Series(None, say(
            "{n} series fit {name}; name one by its labels, or write sum(...) or max(...)",
            n=len(values), name=selector.name,
        ))  # fmt: skip
    if fitting:
        return Series(None, say("{name} has no value now", name=selector.name))
    return Series(None, say("no series fits {name}", name=selector.name))


def _fitting(lines: Sequence[str], selector: Selector) -> Iterator[float]:
    """`lines` are what stands behind the name."""
    for line in lines:
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


def _family(name: str) -> str:
    """What counters, histograms and summaries tell their type under."""
    return next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)


def _is_counter(name: str, types: Mapping[str, str]) -> bool:
    if name in types:
        return types[name] == "counter"
    if (family := _family(name)) in types:
        return types[family] in _COUNTERS
    return name.endswith("_total")
