"""A series that never grows without bound: the newest stretch second by second, older rolled up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from operator import attrgetter

import msgspec

FULL = 600
SHORT = 150
"""Of what is one of very many."""
OLDER_LEAST = 60
"""Points that what is older is worth, when a series is cut down."""


class Point(msgspec.Struct, array_like=True, gc=False):
    """Values of a stretch that began at `t` seconds of the run; None is unknown or a gap."""

    t: float
    low: float | None
    high: float | None
    last: float | None


_time = attrgetter("t")


class Series(msgspec.Struct, omit_defaults=True):
    recent: list[Point] = msgspec.field(default_factory=list)
    rolled: list[Point] = msgspec.field(default_factory=list)
    stride: int = 2
    """Points as they came that one rolled point stands for."""
    waiting: list[Point] = msgspec.field(default_factory=list)
    """Left `recent`, not yet enough for a rolled point."""
    keep: int = FULL
    """So many points as they came, and at most as many of what is older: when those are full,
    neighbours are merged two by two."""

    def add(self, t: float, value: float | None) -> None:
        self.recent.append(Point(t, value, value, value))
        if len(self.recent) > self.keep + self.keep // 10:
            keep_from = len(self.recent) - self.keep
            aging, self.recent = self.recent[:keep_from], self.recent[keep_from:]
            for point in aging:
                self._roll(point)

    def _roll(self, point: Point) -> None:
        self.waiting.append(point)
        if len(self.waiting) < self.stride:
            return
        self.rolled += chunked(self.waiting, self.stride)
        self.waiting.clear()
        if len(self.rolled) >= self.keep:
            self.rolled = halved(self.rolled)
            self.stride *= 2

    def points(self, start: float = 0.0) -> Iterator[Point]:
        """Everything from run second `start` on, oldest first."""
        for part in (self.rolled, self.waiting, self.recent):
            yield from (point for point in part if point.t >= start)

    def back_to(self, start: float) -> Iterator[Point]:
        """Newest first, the points from run second `start` on among those kept as they came."""
        return reversed(self.since(start))

    def since(self, start: float) -> list[Point]:
        """The same, oldest first."""
        return self.recent[bisect_left(self.recent, start, key=_time) :]

    @property
    def now(self) -> float | None:
        return self.recent[-1].last if self.recent else None

    @property
    def size(self) -> int:
        """How many points it has."""
        return len(self.rolled) + len(self.waiting) + len(self.recent)

    def followed_by(self, newer: Series) -> Series:
        """This history, and what `newer`, of the same metric, has of the time after it."""
        last = max((part[-1].t for part in (self.rolled, self.waiting, self.recent) if part),
                   default=-1.0)  # fmt: skip
        whole = Series([*self.recent], [*self.rolled], self.stride, [*self.waiting], self.keep)
        for point in newer.recent:
            if point.t > last:
                whole.add(point.t, point.last)
        return whole

    def until(self, end: float) -> Series:
        """The same without what came after run second `end`."""
        recent = [point for point in self.recent if point.t <= end]
        return Series(recent, self.rolled, self.stride, self.waiting, self.keep)

    def rolled_to(self, most: int) -> Series:
        """The same history in at most `most` points, peaks kept.

        `recent` stays as it came when that leaves `OLDER_LEAST` points for what is older.
        """
        if self.size <= most:
            return self
        if not most:
            return Series(keep=self.keep)
        rest = most - len(self.recent)
        if rest < OLDER_LEAST:
            points = [*self.rolled, *self.waiting, *self.recent]
            return Series(chunked(points, -(-len(points) // most)), keep=self.keep)
        older = [*self.rolled, *self.waiting]
        rolled = chunked(older, -(-len(older) // rest))
        return Series(self.recent, rolled, self.stride, keep=self.keep)


def chunked(points: list[Point], size: int) -> list[Point]:
    """Every `size` neighbours merged into one; the last one may stand for fewer."""
    lows, highs = [p.low for p in points], [p.high for p in points]
    return [
        Point(
            points[i].t,
            _known(min, lows[i : i + size]),
            _known(max, highs[i : i + size]),
            _newest(points[i : i + size]),
        )
        for i in range(0, len(points), size)
    ]


def halved(points: list[Point]) -> list[Point]:
    return chunked(points, 2)


def _known(best: Callable[..., float | None], values: list[float | None]) -> float | None:
    try:
        return best(values)
    except TypeError:  # a None among others
        return best((value for value in values if value is not None), default=None)


def _newest(points: list[Point]) -> float | None:
    return next((point.last for point in reversed(points) if point.last is not None), None)
