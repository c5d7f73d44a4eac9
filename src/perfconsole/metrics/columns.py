"""One second's transactions added up all at once: columns in place of an object for each.

With 500 names and more, a histogram object for each and every second would take the controller's
event loop longer than a hand may wait.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from perfconsole.metrics.histogram import BUCKETS, midpoints_us
from perfconsole.model.tick import Times
from perfconsole.model.wire import TransactionCounts

K = TypeVar("K", bound=Hashable)
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PERCENTILES = np.array([[50.0], [90.0], [95.0], [99.0]])


NO_TIMES = Times()


@dataclass(frozen=True, slots=True)
class Sums:
    passed: int = 0
    failed: int = 0
    times: Times = NO_TIMES


@dataclass(frozen=True, slots=True)
class _Columns:
    """A value for each key; times are microseconds, of passed ones unless named otherwise."""

    passed: Ints
    failed: Ints
    cut: Ints
    sum_us: Floats
    sum_sq_us: Floats
    min_us: Floats
    """Infinite where none passed."""
    max_us: Floats
    failed_sum_us: Floats
    failed_max_us: Floats
    cells: Ints
    """Filled buckets of all keys, ascending: key number times BUCKETS, and the bucket."""
    counts: Ints
    """How many times are in each of `cells`."""


def sums_by(rows: Sequence[TransactionCounts], keys: Sequence[K]) -> dict[K, Sums]:
    """What `rows` come to for each of `keys`, of which there is one for every row.

    Mean and maximum are exact, percentiles within 1 % and never outside minimum and maximum.
    """
    if not rows:
        return {}
    names, columns = _added_up(rows, keys)
    measured = np.bincount(columns.cells // BUCKETS, columns.counts, len(names)).astype(np.int64)
    some = np.flatnonzero(np.minimum(columns.passed, measured))
    mean = columns.sum_us[some] / columns.passed[some]
    percentiles = _percentiles(columns, measured, some)
    within = np.clip(percentiles, columns.min_us[some], columns.max_us[some])
    figures = np.round(np.vstack([mean, within, columns.max_us[some]]).T / 1000, 3)
    times = [NO_TIMES] * len(names)
    for number, row in zip(some.tolist(), figures.tolist(), strict=True):
        times[number] = Times(*row)
    counts = zip(columns.passed.tolist(), columns.failed.tolist(), times, strict=True)
    return {name: Sums(*row) for name, row in zip(names, counts, strict=True)}


def merged_rows(rows: Sequence[TransactionCounts]) -> list[TransactionCounts]:
    """One row for each group and name in `rows`, everything added up."""
    if not rows:
        return []
    names, columns = _added_up(rows, [(row.group, row.name) for row in rows])
    columns.min_us[columns.passed == 0] = 0.0
    first = np.flatnonzero(np.diff(columns.cells, prepend=-1))
    cells = columns.cells[first]
    counts = np.add.reduceat(columns.counts, first) if first.size else columns.counts
    ends = np.searchsorted(cells, np.arange(1, len(names) + 1) * BUCKETS).tolist()
    starts = [0, *ends[:-1]]
    buckets, times = (cells % BUCKETS).astype("<u2").tobytes(), counts.astype("<u4").tobytes()
    every_field = (
        columns.passed.tolist(), columns.failed.tolist(), columns.cut.tolist(),
        columns.sum_us.tolist(), columns.sum_sq_us.tolist(),
        columns.min_us.tolist(), columns.max_us.tolist(),
        columns.failed_sum_us.tolist(), columns.failed_max_us.tolist(),
        [buckets[2 * start : 2 * end] for start, end in zip(starts, ends, strict=True)],
        [times[4 * start : 4 * end] for start, end in zip(starts, ends, strict=True)],
    )  # fmt: skip
    return [
        TransactionCounts(group, name, *row)
        for (group, name), *row in zip(names, *every_field, strict=True)
    ]


def whole(rows: Sequence[TransactionCounts]) -> TransactionCounts | None:
    """One row, of no group and no name, for all of `rows`; None for none."""
    merged = merged_rows([msgspec.structs.replace(row, group="", name="") for row in rows])
    return merged[0] if merged else None


def by_group(rows: Sequence[TransactionCounts]) -> list[TransactionCounts]:
    """One row, of no name, for each group in `rows`."""
    return merged_rows([msgspec.structs.replace(row, name="") for row in rows])


def _added_up(rows: Sequence[TransactionCounts], keys: Sequence[K]) -> tuple[list[K], _Columns]:
    numbers: dict[K, int] = {}
    index = np.array([numbers.setdefault(key, len(numbers)) for key in keys])
    size = len(numbers)

    def added(values: list[float]) -> Floats:
        return np.asarray(np.bincount(index, values, size), np.float64)

    def highest(values: list[float]) -> Floats:
        found = np.zeros(size)
        np.maximum.at(found, index, values)
        return found

    lowest = np.full(size, np.inf)
    np.minimum.at(lowest, index, [row.min_us if row.passed else np.inf for row in rows])
    cells, counts = _cells(rows, index)
    return list(numbers), _Columns(
        passed=added([row.passed for row in rows]).astype(np.int64),
        failed=added([row.failed for row in rows]).astype(np.int64),
        cut=added([row.cut for row in rows]).astype(np.int64),
        sum_us=added([row.sum_us for row in rows]),
        sum_sq_us=added([row.sum_sq_us for row in rows]),
        min_us=lowest,
        max_us=highest([row.max_us for row in rows]),
        failed_sum_us=added([row.failed_sum_us for row in rows]),
        failed_max_us=highest([row.failed_max_us for row in rows]),
        cells=cells,
        counts=counts,
    )


def _cells(rows: Sequence[TransactionCounts], index: Ints) -> tuple[Ints, Ints]:
    buckets = np.frombuffer(b"".join([row.buckets for row in rows]), "<u2")
    counts = np.frombuffer(b"".join([row.counts for row in rows]), "<u4")
    of_key = np.repeat(index, [len(row.buckets) // 2 for row in rows])
    cells = of_key * BUCKETS + buckets
    order = np.argsort(cells, kind="stable")
    return cells[order], counts[order].astype(np.int64)


def _percentiles(columns: _Columns, measured: Ints, some: Ints) -> Floats:
    """Nearest rank, microseconds; shape (4, len(some)). `measured` counts the times of each key."""
    running = np.cumsum(columns.counts)
    before = (np.cumsum(measured) - measured)[some]
    ranks = np.ceil(_PERCENTILES * measured[some] / 100).astype(np.int64)
    found = np.searchsorted(running, before + np.clip(ranks, 1, measured[some]))
    return midpoints_us(columns.cells[found] % BUCKETS)
