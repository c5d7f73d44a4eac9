"""Whether something grows through a soak, how fast, and when it would reach its limit. Pure.

An ordinary fit takes the warm-up for a leak. So the first fifth is dropped, the rest is put into
buckets, and the slope is the median of the slopes of all pairs of them (Theil 1950), with the
interval that their ranks give it (Sen 1968, "Estimates of the regression coefficient based on
Kendall's tau"). Nearly a third of the buckets may be nonsense without moving it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, floor, sqrt
from statistics import NormalDist, median

WARM_UP = 0.2
"""Part of the time that is dropped."""
BUCKETS = 60
FEWEST = 12
"""Buckets with anything in them that a slope needs: six in each half."""
CONFIDENCE = 0.95
FURTHEST = 3.0
"""Times the length of what was seen, to which a growth is carried on."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Of a value, a second."""

    value: float
    low: float
    high: float
    """The interval in which it lies with `CONFIDENCE`."""
    level: float
    """Of the line at the end of what was seen."""
    until_s: float
    """The end of what was seen."""
    length_s: float
    """How long that was, without the warm-up."""

    @property
    def rises(self) -> bool:
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Growth:
    whole: Slope
    steady: bool
    """Both halves rise as the whole does: what will be is told only of such a growth."""

    def reaches(self, limit: float) -> tuple[float, float] | None:
        """The first and the last moment at which it may be at `limit`, in the seconds that it was
        given; None where nothing can be told: it is no steady growth, or that is too far off."""
        slope = self.whole
        left = limit - slope.level
        if not self.steady or left <= 0:
            return None
        first_s, last_s = left / slope.high, left / slope.low
        if last_s > FURTHEST * slope.length_s:
            return None
        return slope.until_s + first_s, slope.until_s + last_s


def growth(
    times_s: Sequence[float], values: Sequence[float], *, lowest: bool = False
) -> Growth | None:
    """Of values at rising times, or None: no growth, or too little to tell.

    `lowest` takes the minimum of each bucket instead of its median: of a heap, which falls with
    each collection, that is what is left after one.
    """
    points = _buckets(times_s, values, lowest=lowest)
    if len(points) < FEWEST:
        return None
    whole = _slope(points)
    if not whole.rises:
        return None
    half = len(points) // 2
    first, second = _slope(points[:half]), _slope(points[half:])
    return Growth(whole, first.rises and second.rises and _meet(first, second))


def _meet(one: Slope, other: Slope) -> bool:
    """Their intervals have something in common."""
    return one.low <= other.high and other.low <= one.high


def _buckets(
    times_s: Sequence[float], values: Sequence[float], *, lowest: bool
) -> list[tuple[float, float]]:
    """Middle of time, and median or minimum, of each that has anything in it."""
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return []
    from_s = times_s[0] + WARM_UP * (times_s[-1] - times_s[0])
    width_s = (times_s[-1] - from_s) / BUCKETS
    filled: dict[int, list[tuple[float, float]]] = {}
    for at_s, value in zip(times_s, values, strict=True):
        if at_s >= from_s:
            place = min(BUCKETS - 1, int((at_s - from_s) / width_s))
            filled.setdefault(place, []).append((at_s, value))
    of = min if lowest else median
    return [
        (sum(at for at, _ in some) / len(some), of([value for _, value in some]))
        for _, some in sorted(filled.items())
    ]


def _slope(points: Sequence[tuple[float, float]]) -> Slope:
    slopes = sorted(
        (later - earlier) / (then_s - at_s)
        for (at_s, earlier), (then_s, later) in combinations(points, 2)
        if then_s > at_s
    )
    low, high = _interval(len(points), len(slopes))
    value = median(slopes)
    until_s = points[-1][0]
    level = median(each + value * (until_s - at_s) for at_s, each in points)
    return Slope(value, slopes[low], slopes[high], level, until_s, until_s - points[0][0])


def _interval(points: int, slopes: int) -> tuple[int, int]:
    """Ranks of the slopes that bound the interval, from 0 (Sen 1968, formula 2.6; no ties)."""
    deviation = sqrt(points * (points - 1) * (2 * points + 5) / 18)
    reach = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * deviation
    low = max(0, floor((slopes - reach) / 2) - 1)
    return low, min(slopes - 1, ceil((slopes + reach) / 2))
