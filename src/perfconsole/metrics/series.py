"""A series that never grows without bound: the newest stretch second by second, older rolled up."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

RECENT = 600
"""Points kept as they came."""
ROLLED = 600
"""Points kept of what is older; when full, neighbours are merged two by two."""


class Point(msgspec.Struct, array_like=True):
    """Values of a stretch that began at `t` seconds of the run; None is unknown or a gap."""

    t: float
    low: float | None
    high: float | None
    last: float | None


def _merged(a: Point, b: Point) -> Point:
    lows = [p.low for p in (a, b) if p.low is not None]
    highs = [p.high for p in (a, b) if p.high is not None]
    last = b.last if b.last is not None else a.last
    return Point(a.t, min(lows, default=None), max(highs, default=None), last)


class Series(msgspec.Struct):
    recent: list[Point] = msgspec.field(default_factory=list)
    rolled: list[Point] = msgspec.field(default_factory=list)
    stride: int = 2
    """Points as they came that one rolled point stands for."""
    waiting: list[Point] = msgspec.field(default_factory=list)
    """Left `recent`, not yet enough for a rolled point."""

    def add(self, t: float, value: float | None) -> None:
        self.recent.append(Point(t, value, value, value))
        if len(self.recent) > RECENT + RECENT // 10:
            keep_from = len(self.recent) - RECENT
            aging, self.recent = self.recent[:keep_from], self.recent[keep_from:]
            for point in aging:
                self._roll(point)

    def _roll(self, point: Point) -> None:
        self.waiting.append(point)
        if len(self.waiting) < self.stride:
            return
        whole = self.waiting[0]
        for later in self.waiting[1:]:
            whole = _merged(whole, later)
        self.waiting.clear()
        self.rolled.append(whole)
        if len(self.rolled) >= ROLLED:
            self.rolled = halved(self.rolled)
            self.stride *= 2

    def points(self, start: float = 0.0) -> Iterator[Point]:
        """Everything from run second `start` on, oldest first."""
        for part in (self.rolled, self.waiting, self.recent):
            yield from (point for point in part if point.t >= start)

    @property
    def now(self) -> float | None:
        return self.recent[-1].last if self.recent else None

    def rolled_to(self, most: int) -> Series:
        """The same history in at most about `most` points, peaks kept."""
        points = list(self.points())
        while len(points) > most:
            points = halved(points)
        return Series(recent=points[-RECENT:], rolled=points[:-RECENT], stride=self.stride)


def halved(points: list[Point]) -> list[Point]:
    pairs = [_merged(a, b) for a, b in zip(points[::2], points[1::2], strict=False)]
    return pairs if len(points) % 2 == 0 else [*pairs, points[-1]]
