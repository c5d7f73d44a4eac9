"""From points to dots: minimum and maximum of each column, so that no peak is lost.

A cell is 2 columns of 4 dots (Unicode's braille block). A gap in the values is a gap in the line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, inf, isfinite

from perfconsole.console.widgets.scale import Scale
from perfconsole.metrics.series import Point
from perfconsole.model.limit_traits import is_beyond

_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
SPAN = tuple(
    tuple(tuple(sum(side[first : last + 1]) for last in range(4)) for first in range(4))
    for side in _BITS
)
"""SPAN[column of the cell][first dot][last dot]: the bits from one dot down to another."""


@dataclass(slots=True)
class Stroke:
    """All values of one series that fall into one column."""

    column: int
    low: float
    high: float
    first: float
    last: float
    joined: bool
    """No gap lies between the stroke before and this one."""


class Columns:
    """The columns of dots of a window; its end is the last one.

    Their borders lie at fixed run times and do not slide with the window: a live chart moves by
    whole columns and what is drawn keeps its shape.
    """

    def __init__(self, window: tuple[float, float], count: int) -> None:
        self.start, self.end = window
        self.last = count - 1
        span = self.end - self.start
        self.per_s = self.last / span if isfinite(span) and span > 1e-6 else 0.0
        self.shift = self.last - floor(self.end * self.per_s) if self.per_s else 0

    def at(self, t: float) -> int:
        """The column of run second `t`, which is in the window."""
        if not self.per_s:
            return self.last
        return min(self.last, max(0, floor(t * self.per_s) + self.shift))

    def ends(self, column: int) -> float:
        """The run second at which `column` ends."""
        return (column + 1 - self.shift) / self.per_s if self.per_s else inf


def strokes(points: Sequence[Point], columns: Columns) -> list[Stroke]:
    """What of `points` (ascending in t) is in the window, by column."""
    found: list[Stroke] = []
    joined, ends = False, -inf
    for point in _within(points, columns.start, columns.end):
        high = point.high
        if high is None or high - high != 0.0:  # NaN and the infinities are unknown too
            joined = False
            continue
        low, last = point.low, point.last
        if low is not high and (low is None or low - low != 0.0):
            low = high
        if last is not high and (last is None or last - last != 0.0):
            last = high
        if point.t < ends:
            stroke = found[-1]
            stroke.last = last
            if low < stroke.low or high > stroke.high:
                stroke.low, stroke.high = min(stroke.low, low), max(stroke.high, high)
        else:
            column = columns.at(point.t)
            found.append(Stroke(column, low, high, last, last, joined))
            ends = columns.ends(column)
        joined = True
    return found


def _within(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """The points of the window, and where a line enters or leaves it, the value at its edge."""
    first = bisect_left(points, start, key=_time)
    last = bisect_left(points, end, first, key=_time)
    while last < len(points) and points[last].t <= end:
        last += 1
    inside = list(points[first:last])
    if first and inside and inside[0].t > start:
        inside[:0] = _between(points[first - 1], inside[0], start)
    if last < len(points) and last and inside and inside[-1].t < end:
        inside += _between(inside[-1], points[last], end)
    return inside


def _time(point: Point) -> float:
    return point.t


def _between(a: Point, b: Point, t: float) -> list[Point]:
    """The value at `t` on the straight line from `a` to `b`; nothing across a gap."""
    if a.last is None or b.last is None or not a.t < t < b.t:
        return []
    value = a.last + (b.last - a.last) * (t - a.t) / (b.t - a.t)
    return [Point(t, value, value, value)]


@dataclass(frozen=True, slots=True)
class Ink:
    """How one series is drawn."""

    series: int
    """Its number, from 1."""
    dotted: bool
    """Thinned to every other column."""
    edge: int = 0
    """What lies above this row of dots is beyond the limit; below it, with `least`."""
    least: bool = False


class Canvas:
    """Dots of several series on a grid of cells; a later series owns the cells it touches."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.dots = [[0] * width for _ in range(height)]
        self.owner = [[0] * width for _ in range(height)]
        """0 where nothing is drawn, else 2 × series, and 1 more where it is over."""

    @property
    def rows(self) -> int:
        """Dots from top to bottom."""
        return 4 * self.height

    def draw(
        self, ink: Ink, line: Sequence[Stroke], scale: Scale, limit: float | None = None
    ) -> None:
        """Draw `line`; what is above `limit` is over, or what is below it where `ink` says so."""
        rows = self.rows
        edge = 0 if limit is None else scale.row(limit, rows)
        under = replace(ink, edge=edge)
        over = replace(ink, edge=edge - 1 if ink.least else edge + 1)
        column = before = 0
        for place, stroke in enumerate(line):
            top, bottom = scale.row(stroke.high, rows), scale.row(stroke.low, rows)
            worst = stroke.low if ink.least else stroke.high
            beyond = limit is not None and is_beyond(worst, limit, least=ink.least)
            used = over if beyond else under
            if place and stroke.joined:
                entry = scale.row(stroke.first, rows)
                before = self._join(used, (column, before), (stroke.column, entry))
                if before < top:
                    top = before + 1
                elif before > bottom:
                    bottom = before - 1
            if not ink.dotted or stroke.column & 1 or bottom > top:
                self._span(used, stroke.column, top, bottom)
            column, before = stroke.column, scale.row(stroke.last, rows)

    def _join(self, ink: Ink, start: tuple[int, int], end: tuple[int, int]) -> int:
        """A straight line over the empty columns between two strokes; the row it arrives at."""
        steps, rise = end[0] - start[0], end[1] - start[1]
        y = start[1]
        for step in range(1, steps):
            aim = start[1] + round(rise * step / steps)
            near = y + (aim > y) - (aim < y)
            if not ink.dotted or start[0] + step & 1:
                self._span(ink, start[0] + step, min(near, aim), max(near, aim))
            y = aim
        return y

    def _span(self, ink: Ink, column: int, top: int, bottom: int) -> None:
        """The dots `top` to `bottom` of a column."""
        cell = column >> 1
        if not 0 <= cell < self.width:
            return
        bits = SPAN[column & 1]
        for row in range(top >> 2, (bottom >> 2) + 1):
            first, last = max(top, 4 * row), min(bottom, 4 * row + 3)
            self.dots[row][cell] |= bits[first & 3][last & 3]
            beyond = last > ink.edge if ink.least else first < ink.edge
            self.owner[row][cell] = 2 * ink.series + beyond


def _ascii_glyphs() -> tuple[str, ...]:
    """For each of the 256 patterns of dots a letter that looks a little like it."""
    looks = {0: " ", 1: "'", 2: "-", 4: "-", 8: "_", 3: "'", 6: "-", 12: "_"}
    table = []
    for pattern in range(256):
        rows = sum(1 << row for row in range(4) if pattern & (_BITS[0][row] | _BITS[1][row]))
        table.append(looks.get(rows, "|" if rows in (7, 14, 15) else ":"))
    return tuple(table)


BRAILLE = tuple(chr(0x2800 + pattern) for pattern in range(256))
LETTERS = _ascii_glyphs()
