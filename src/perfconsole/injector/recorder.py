"""What happened in the present second: cheap to note a thousand times, summed up once.

Times are appended as they come; histograms, sums and extremes are made of all of them together
when the second is over.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from perfconsole.injector.failure import Failure
from perfconsole.injector.moments import Moments, moments
from perfconsole.injector.tally import Tally
from perfconsole.metrics.parts import OTHER_ERRORS
from perfconsole.model.wire import ErrorCount, TransactionCounts

MOST_ERROR_KEYS = 200
"""Distinct ones in a run; whatever comes after them is counted as `OTHER_ERRORS`."""


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


class Noted(Protocol):
    """A request as it is noted."""

    @property
    def name(self) -> str: ...
    @property
    def number(self) -> int: ...


class Recorder:
    """Counters are since the last `reset`; VUs add to them directly."""

    def __init__(self) -> None:
        self._names: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._error_keys: set[str] = set()
        self._exchanged: set[str] = set()
        """Error keys whose exchange has been told."""
        self.tally = Tally()
        self.answered = self.tally.answered
        self.opened = self.tally.opened
        self.sent = self.tally.sent
        self.request_number = self.tally.number
        self.reset()

    def reset(self) -> None:
        """A new second begins."""
        self.tally.reset()
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
        self._errors: dict[str, tuple[int, str, str]] = {}

    # ------------------------------------------------------------ noting

    def number(self, group: str, transaction: str) -> int:
        """The number under which a transaction of a group is noted."""
        name = (group, transaction)
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return self._numbers[name]

    def name_of(self, number: int) -> str:
        """Of the transaction that is noted under this number."""
        return self._names[number][1]

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

    def request_failed(
        self,
        request: Noted,
        failure: Failure,
        exchange: Callable[[], str] | None = None,
        *,
        answered: bool,
    ) -> str:
        """A request finished, and not as it should, with a whole answer or without.

        `exchange` tells what was said; it is asked once for each key in the run. Returns the key.
        """
        self.tally.failed[request.number] += 1
        if not answered:
            self.tally.unanswered[request.number] += 1
        return self.error(request.name, failure, exchange)

    def error(self, name: str, failure: Failure, exchange: Callable[[], str] | None = None) -> str:
        """Something of this name went wrong; on its own it is no request's failure.

        Returns the key that it is counted under.
        """
        key = f"{name}: {failure.kind}"
        if key not in self._error_keys:
            if len(self._error_keys) < MOST_ERROR_KEYS:
                self._error_keys.add(key)
            else:
                key = OTHER_ERRORS
        if known := self._errors.get(key):
            self._errors[key] = (known[0] + 1, *known[1:])
        else:
            self._errors[key] = (1, failure.shown(), self._exchange(key, exchange))
        return key

    def _exchange(self, key: str, exchange: Callable[[], str] | None) -> str:
        if exchange is None or key in self._exchanged:
            return ""
        self._exchanged.add(key)
        try:
            return exchange()
        except Exception:  # what cannot be told is a failure all the same
            return ""

    # ------------------------------------------------------------ summing up

    def errors(self) -> tuple[ErrorCount, ...]:
        return tuple(ErrorCount(key, *seen) for key, seen in self._errors.items())

    def transactions(self) -> tuple[TransactionCounts, ...]:
        """Counts of every transaction that ended in this second."""
        sums: dict[int, _Sums] = {}
        self._sum_passed(sums)
        self._sum_failed(sums)
        for number in self._cut:
            sums.setdefault(number, _Sums())
        served = _moments(self._served, self._served_us)
        return tuple(
            self._counts(number, sums[number], served.get(number)) for number in sorted(sums)
        )

    def _counts(self, number: int, s: _Sums, served: Moments | None) -> TransactionCounts:
        group, name = self._names[number]
        service = (served.sum_us, served.max_us, served.buckets, served.counts) if served else ()
        return TransactionCounts(
            group, name, s.passed, s.failed, self._cut[number], s.sum_us, s.sum_sq_us, s.min_us,
            s.max_us, s.failed_sum_us, s.failed_max_us, s.buckets, s.counts, *service,
        )  # fmt: skip

    def _sum_passed(self, sums: dict[int, _Sums]) -> None:
        for number, m in _moments(self._passed, self._passed_us).items():
            sums[number] = _Sums(
                passed=m.count, sum_us=m.sum_us, sum_sq_us=m.sum_sq_us, min_us=m.min_us,
                max_us=m.max_us, buckets=m.buckets, counts=m.counts,
            )  # fmt: skip

    def _sum_failed(self, sums: dict[int, _Sums]) -> None:
        for number, took_us in zip(self._failed, self._failed_us, strict=True):
            s = sums.setdefault(number, _Sums())
            s.failed += 1
            s.failed_sum_us += took_us
            s.failed_max_us = max(s.failed_max_us, took_us)


def _moments(numbers: array[int], times_us: array[float]) -> dict[int, Moments]:
    return moments(np.frombuffer(numbers, np.uint32).astype(np.int64), np.frombuffer(times_us))
