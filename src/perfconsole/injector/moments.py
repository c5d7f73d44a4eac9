"""Sums and histograms of many small rows at once: one sort by name and bucket does for all."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

from perfconsole.metrics.histogram import bucket_numbers

_BUCKET_BITS = 16


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


def moments(names: array[int], times_us: array[float]) -> dict[int, Moments]:
    """By name; `names` (uint32) and `times_us` (double) are parallel."""
    if not names:
        return {}
    times = np.frombuffer(times_us, np.float64)
    numbers = np.frombuffer(names, np.uint32).astype(np.int64)
    cells = (numbers << _BUCKET_BITS) | bucket_numbers(times)
    order = np.argsort(cells, kind="stable")
    cells, times, numbers = cells[order], times[order], numbers[order]

    first_of_cell = np.flatnonzero(np.diff(cells, prepend=-1))
    in_cell = np.diff(first_of_cell, append=cells.size).astype("<u4")
    bucket = (cells[first_of_cell] & (2**_BUCKET_BITS - 1)).astype("<u2")
    cell_owner = cells[first_of_cell] >> _BUCKET_BITS

    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    seen = numbers[first]
    many = np.diff(first, append=numbers.size)
    total = np.add.reduceat(times, first)
    squares = np.add.reduceat(times * times, first)
    lowest = np.minimum.reduceat(times, first)
    highest = np.maximum.reduceat(times, first)
    begin = np.searchsorted(cell_owner, seen)
    end = np.searchsorted(cell_owner, seen, side="right")
    found = {}
    for i, number in enumerate(seen.tolist()):
        part = slice(begin[i], end[i])
        found[number] = Moments(
            count=int(many[i]), sum_us=float(total[i]), sum_sq_us=float(squares[i]),
            min_us=float(lowest[i]), max_us=float(highest[i]),
            buckets=bucket[part].tobytes(), counts=in_cell[part].tobytes(),
        )  # fmt: skip
    return found
