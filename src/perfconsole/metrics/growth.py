"""Whether something grows through a soak, how fast, and when it would reach its limit. Pure.

An ordinary fit takes the warm-up for a leak. So the first fifth is dropped, the rest is put into
buckets, and the slope is the median of the slopes of all pairs of them (Theil 1950), with the
interval that their ranks give it (Sen 1968, "Estimates of the regression coefficient based on
Kendall's tau"). Nearly a third of the buckets may be nonsense without moving it.

Sen's interval takes the buckets for independent, and memory never is: what it was a minute ago it
nearly is now. So the variance is widened by what the residuals' ranks remember (Hamed and Rao 1998,
"A modified Mann-Kendall trend test for autocorrelated data").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

WARM_UP = 0.2
"""Part of the time that is dropped."""
BUCKETS = 60
FEWEST = 12
"""Buckets with anything in them that a slope needs: six in each half."""
CONFIDENCE = 0.95
FURTHEST = 3.0
"""Times the length of what was seen, to which a growth is carried on."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """Of a value, a second."""

    value: float
    low: float
    high: float
    """The interval in which it lies with `CONFIDENCE`."""
    level: float
    """Of the line at the end of what was seen."""
    levels: tuple[float, float]
    """The same of the lines with the lowest and the highest slope."""
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
        if not self.steady or limit <= max(slope.levels):
            return None
        first_s = (limit - slope.levels[1]) / slope.high
        last_s = (limit - slope.levels[0]) / slope.low
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
    times, levels = _buckets(np.array(times_s, float), np.array(values, float), lowest=lowest)
    if len(times) < FEWEST:
        return None
    whole = _slope(times, levels)
    if not whole.rises:
        return None
    half = len(times) // 2
    first, second = _slope(times[:half], levels[:half]), _slope(times[half:], levels[half:])
    return Growth(whole, first.rises and second.rises and _meet(first, second))


def _meet(one: Slope, other: Slope) -> bool:
    """Their intervals have something in common."""
    return one.low <= other.high and other.low <= one.high


def _buckets(times_s: Numbers, values: Numbers, *, lowest: bool) -> tuple[Numbers, Numbers]:
    """Middle of time, and median or minimum, of each that has anything in it."""
    nothing = np.empty(0)
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return nothing, nothing
    from_s = times_s[0] + WARM_UP * (times_s[-1] - times_s[0])
    kept = times_s >= from_s
    times_s, values = times_s[kept], values[kept]
    width_s = (times_s[-1] - from_s) / BUCKETS
    if width_s <= 0:
        return nothing, nothing
    places = np.minimum(BUCKETS - 1, ((times_s - from_s) / width_s).astype(int))
    first = np.concatenate(([0], np.flatnonzero(np.diff(places)) + 1))
    counts = np.diff(np.append(first, len(places)))
    middles = np.add.reduceat(times_s, first) / counts
    by_value = values[np.lexsort((values, places))]
    if lowest:
        return middles, by_value[first]
    return middles, (by_value[first + (counts - 1) // 2] + by_value[first + counts // 2]) / 2


@cache
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(count, 1)


def _slope(times: Numbers, values: Numbers) -> Slope:
    earlier, later = _pairs(len(times))
    slopes = np.sort((values[later] - values[earlier]) / (times[later] - times[earlier]))
    value = float(slopes[(len(slopes) - 1) // 2] + slopes[len(slopes) // 2]) / 2
    low, high = _interval(len(times), len(slopes), _memory(values - value * times))
    until_s = float(times[-1])
    bounds = float(slopes[low]), float(slopes[high])
    level, lowest, highest = (
        float(np.median(values + each * (until_s - times))) for each in (value, *bounds)
    )
    length_s = until_s - float(times[0])
    return Slope(value, *bounds, level, (lowest, highest), until_s, length_s)


def _memory(residuals: Numbers) -> float:
    """By how much the variance is greater than of independent values, 1 at least (Hamed and Rao
    1998, formula 12): by the autocorrelation of ranks where it is significant."""
    n = len(residuals)
    ranks = np.argsort(np.argsort(residuals, kind="stable")).astype(float)
    ranks -= ranks.mean()
    around = np.correlate(ranks, ranks, "full")[n - 1 :]
    lags = np.arange(1, n - 2)
    found = around[lags] / around[0]
    found[np.abs(found) < NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) / sqrt(n)] = 0.0
    weights = (n - lags) * (n - lags - 1.0) * (n - lags - 2.0)
    return max(1.0, 1 + 2 * float(weights @ found) / (n * (n - 1) * (n - 2)))


def _interval(points: int, slopes: int, memory: float) -> tuple[int, int]:
    """Ranks of the slopes that bound the interval, from 0 (Sen 1968, formula 2.6; no ties)."""
    deviation = sqrt(memory * points * (points - 1) * (2 * points + 5) / 18)
    reach = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * deviation
    low = max(0, floor((slopes - reach) / 2) - 1)
    return low, min(slopes - 1, ceil((slopes + reach) / 2))
