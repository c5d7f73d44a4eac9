"""What happened in the present second: cheap to note a thousand times, summed up once.

Times are appended as they come; histogram buckets, sums and extremes of all transactions are
made together with numpy when the second is over.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass

import numpy as np

from perfconsole.injector.failure import Failure
from perfconsole.metrics.histogram import bucket_numbers
from perfconsole.model.wire import ErrorCount, TransactionCounts

MOST_ERROR_KEYS = 200
"""Distinct ones in a run; whatever comes after them is counted as `OTHER`."""
OTHER = "other"

_BUCKET_BITS = 16


@dataclass(slots=True)
class _Sums:
    """One transaction's second."""

    passed: int = 0
    failed: int = 0
    sum_us: float = 0.0
    sum_sq_us: float = 0.0
    min_us: float = 0.0
    max_us: float = 0.0
    failed_sum_us: float = 0.0
    failed_max_us: float = 0.0
    buckets: bytes = b""
    counts: bytes = b""


_NONE = _Sums()


class Recorder:
    """Counters are since the last `reset`; VUs add to them directly."""

    def __init__(self) -> None:
        self._names: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._error_keys: set[str] = set()
        self.reset()

    def reset(self) -> None:
        """A new second begins."""
        self.requests = 0
        self.requests_failed = 0
        self.cut = 0
        self.bytes_in = 0
        self.connections_opened = 0
        self._passed = array("I")
        self._passed_us = array("d")
        self._served = array("I")
        self._served_us = array("d")
        self._failed = array("I")
        self._failed_us = array("d")
        self._cut: Counter[int] = Counter()
        self._errors: dict[str, tuple[int, str]] = {}

    # ------------------------------------------------------------ noting

    def number(self, group: str, transaction: str) -> int:
        """The number under which a transaction of a group is noted."""
        name = (group, transaction)
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return self._numbers[name]

    def transaction_passed(self, number: int, took_us: float) -> None:
        self._passed.append(number)
        self._passed_us.append(took_us)

    def arrival_passed(self, number: int, took_us: float, late_us: float) -> None:
        """In an open model: service time, and what its arrival had waited before."""
        self._passed.append(number)
        self._passed_us.append(took_us + late_us)
        self._served.append(number)
        self._served_us.append(took_us)

    def transaction_failed(self, number: int, took_us: float) -> None:
        self._failed.append(number)
        self._failed_us.append(took_us)

    def transaction_cut(self, number: int) -> None:
        self._cut[number] += 1

    def request_failed(self, name: str, failure: Failure) -> None:
        """A request finished, and not as it should."""
        self.requests += 1
        self.requests_failed += 1
        key = f"{name}: {failure.kind}"
        if key not in self._error_keys:
            if len(self._error_keys) < MOST_ERROR_KEYS:
                self._error_keys.add(key)
            else:
                key = OTHER
        known = self._errors.get(key)
        self._errors[key] = (known[0] + 1, known[1]) if known else (1, failure.shown())

    # ------------------------------------------------------------ summing up

    def errors(self) -> tuple[ErrorCount, ...]:
        return tuple(
            ErrorCount(key, count, sample) for key, (count, sample) in self._errors.items()
        )

    def transactions(self) -> tuple[TransactionCounts, ...]:
        """Counts of every transaction that ended in this second."""
        sums = _summed(self._passed, self._passed_us)
        served = _summed(self._served, self._served_us)
        self._sum_failed(sums)
        for number in self._cut:
            sums.setdefault(number, _Sums())
        return tuple(
            self._counts(number, sums[number], served.get(number, _NONE)) for number in sorted(sums)
        )

    def _counts(self, number: int, s: _Sums, served: _Sums) -> TransactionCounts:
        group, name = self._names[number]
        return TransactionCounts(
            group, name, s.passed, s.failed, self._cut[number], s.sum_us, s.sum_sq_us, s.min_us,
            s.max_us, s.failed_sum_us, s.failed_max_us, s.buckets, s.counts,
            served.sum_us, served.max_us, served.buckets, served.counts,
        )  # fmt: skip

    def _sum_failed(self, sums: dict[int, _Sums]) -> None:
        for number, took_us in zip(self._failed, self._failed_us, strict=True):
            s = sums.setdefault(number, _Sums())
            s.failed += 1
            s.failed_sum_us += took_us
            s.failed_max_us = max(s.failed_max_us, took_us)


def _summed(of: array[int], us: array[float]) -> dict[int, _Sums]:
    """By transaction number `of` each, the times `us` that passed.

    One sort by transaction and bucket does for all of them.
    """
    if not of:
        return {}
    times = np.frombuffer(us, np.float64)
    numbers = np.frombuffer(of, np.uint32).astype(np.int64)
    cells = (numbers << _BUCKET_BITS) | bucket_numbers(times)
    order = np.argsort(cells, kind="stable")
    cells, times, numbers = cells[order], times[order], numbers[order]

    first_of_cell = np.flatnonzero(np.diff(cells, prepend=-1))
    in_cell = np.diff(first_of_cell, append=cells.size).astype("<u4")
    bucket = (cells[first_of_cell] & (2**_BUCKET_BITS - 1)).astype("<u2")
    cell_owner = cells[first_of_cell] >> _BUCKET_BITS

    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    seen = numbers[first]
    passed = np.diff(first, append=numbers.size)
    total = np.add.reduceat(times, first)
    squares = np.add.reduceat(times * times, first)
    lowest = np.minimum.reduceat(times, first)
    highest = np.maximum.reduceat(times, first)
    begin = np.searchsorted(cell_owner, seen)
    end = np.searchsorted(cell_owner, seen, side="right")
    sums = {}
    for i, number in enumerate(seen.tolist()):
        part = slice(begin[i], end[i])
        sums[number] = _Sums(
            passed=int(passed[i]), sum_us=float(total[i]), sum_sq_us=float(squares[i]),
            min_us=float(lowest[i]), max_us=float(highest[i]),
            buckets=bucket[part].tobytes(), counts=in_cell[part].tobytes(),
        )  # fmt: skip
    return sums
