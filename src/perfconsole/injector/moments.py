"""Sums and histograms of many small rows at once, in time that hardly depends on their names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfconsole.metrics.histogram import BUCKETS, bucket_numbers

MOST_CELLS = 64 * BUCKETS
"""Of names times buckets, that are counted in one array; more are sorted."""

Names = npt.NDArray[np.int64]
Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the times of one name, microseconds."""

    count: int
    sum_us: float
    sum_sq_us: float
    min_us: float
    max_us: float
    buckets: bytes
    """Histogram: bucket numbers, uint16 little-endian, ascending."""
    counts: bytes
    """Their counts, uint32 little-endian, one for each of `buckets`."""


def moments(names: Names, times_us: Times) -> dict[int, Moments]:
    """By name, a small number from 0; `names` and `times_us` are parallel."""
    if not names.size:
        return {}
    size = int(names.max()) + 1
    count = np.bincount(names, minlength=size)
    total = np.bincount(names, times_us, size)
    squares = np.bincount(names, times_us * times_us, size)
    highest, lowest = np.zeros(size), np.full(size, np.inf)
    np.maximum.at(highest, names, times_us)
    np.minimum.at(lowest, names, times_us)
    cells, in_cell = _histograms(names * BUCKETS + bucket_numbers(times_us), size * BUCKETS)
    owner = cells // BUCKETS
    bucket, in_cell = (cells % BUCKETS).astype("<u2"), in_cell.astype("<u4")
    found = {}
    for name in np.flatnonzero(count).tolist():
        begin, end = np.searchsorted(owner, (name, name + 1))
        found[name] = Moments(
            count=int(count[name]), sum_us=float(total[name]), sum_sq_us=float(squares[name]),
            min_us=float(lowest[name]), max_us=float(highest[name]),
            buckets=bucket[begin:end].tobytes(), counts=in_cell[begin:end].tobytes(),
        )  # fmt: skip
    return found


def of_one(times_us: Times) -> Moments:
    """Of a single name; there is at least one time."""
    counts = np.bincount(bucket_numbers(times_us))
    filled = np.flatnonzero(counts)
    return Moments(
        count=times_us.size, sum_us=float(times_us.sum()),
        sum_sq_us=float(np.dot(times_us, times_us)),
        min_us=float(times_us.min()), max_us=float(times_us.max()),
        buckets=filled.astype("<u2").tobytes(), counts=counts[filled].astype("<u4").tobytes(),
    )  # fmt: skip


def _histograms(cells: Names, size: int) -> tuple[Names, Names]:
    """Distinct cells below `size`, ascending, and how often each came."""
    if size > MOST_CELLS:
        return np.unique(cells, return_counts=True)
    counts = np.bincount(cells, minlength=size)
    filled = np.flatnonzero(counts)
    return filled, counts[filled]
