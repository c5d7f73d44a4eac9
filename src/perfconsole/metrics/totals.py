"""Exact sums of transactions over any stretch of a run, by group and name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from perfconsole.metrics.histogram import Histogram
from perfconsole.metrics.service_times import as_service, is_open, with_service
from perfconsole.model.tick import Times
from perfconsole.model.wire import TransactionCounts

TransactionKey = tuple[str, str]
"""Group and name."""


@dataclass(slots=True)
class Accumulator:
    """Sums of one transaction. Times are microseconds, of passed ones unless named otherwise."""

    passed: int = 0
    failed: int = 0
    cut: int = 0
    """Begun and cut short by a stop: neither passed nor failed."""
    sum_us: float = 0.0
    sum_sq_us: float = 0.0
    min_us: float = math.inf
    max_us: float = 0.0
    failed_sum_us: float = 0.0
    failed_max_us: float = 0.0
    histogram: Histogram = field(default_factory=Histogram)
    service: Accumulator | None = None
    """Open model: service times, where the others are response times."""

    def add(self, row: TransactionCounts) -> None:
        if is_open(row):
            self._served().add(as_service(row))
        self.passed += row.passed
        self.failed += row.failed
        self.cut += row.cut
        self.sum_us += row.sum_us
        self.sum_sq_us += row.sum_sq_us
        if row.passed:
            self.min_us = min(self.min_us, row.min_us)
            self.max_us = max(self.max_us, row.max_us)
        self.failed_sum_us += row.failed_sum_us
        self.failed_max_us = max(self.failed_max_us, row.failed_max_us)
        self.histogram.add_sparse(row.buckets, row.counts)

    def merge(self, other: Accumulator) -> None:
        if self.service is not None or other.service is not None:
            self._served().merge(other.service or other)
        self.passed += other.passed
        self.failed += other.failed
        self.cut += other.cut
        self.sum_us += other.sum_us
        self.sum_sq_us += other.sum_sq_us
        self.min_us = min(self.min_us, other.min_us)
        self.max_us = max(self.max_us, other.max_us)
        self.failed_sum_us += other.failed_sum_us
        self.failed_max_us = max(self.failed_max_us, other.failed_max_us)
        self.histogram.merge(other.histogram)

    def _served(self) -> Accumulator:
        """Service times; what came of closed models before is among them."""
        if self.service is None:
            before = Accumulator()
            before.merge(self)
            self.service = before
        return self.service

    def counts(self, group: str, name: str) -> TransactionCounts:
        """As it travels and is kept; `add` takes it back."""
        row = self._counts(group, name)
        return with_service(row, self.service.counts(group, name)) if self.service else row

    def _counts(self, group: str, name: str) -> TransactionCounts:
        buckets, counts = self.histogram.to_sparse()
        return TransactionCounts(
            group=group,
            name=name,
            passed=self.passed,
            failed=self.failed,
            cut=self.cut,
            sum_us=self.sum_us,
            sum_sq_us=self.sum_sq_us,
            min_us=self.min_us if self.passed else 0.0,
            max_us=self.max_us,
            failed_sum_us=self.failed_sum_us,
            failed_max_us=self.failed_max_us,
            buckets=buckets,
            counts=counts,
        )

    @property
    def completed(self) -> int:
        return self.passed + self.failed

    @property
    def pass_rate(self) -> float | None:
        """Percent of those completed; None when none was."""
        return 100 * self.passed / self.completed if self.completed else None

    @property
    def min_ms(self) -> float | None:
        return self.min_us / 1000 if self.passed else None

    @property
    def stdev_ms(self) -> float | None:
        """Standard deviation of all of them (population), ms."""
        if not self.passed:
            return None
        mean = self.sum_us / self.passed
        return math.sqrt(max(0.0, self.sum_sq_us / self.passed - mean * mean)) / 1000

    @property
    def failed_mean_ms(self) -> float | None:
        return self.failed_sum_us / self.failed / 1000 if self.failed else None

    @property
    def failed_max_ms(self) -> float | None:
        return self.failed_max_us / 1000 if self.failed else None

    def times(self) -> Times:
        """Mean and maximum exact; percentiles within 1 %, never outside minimum and maximum."""
        if not self.passed:
            return Times()
        p50, p90, p95, p99 = (
            _ms(min(max(found or 0.0, self.min_us), self.max_us))
            for found in self.histogram.percentiles_us((50, 90, 95, 99))
        )
        return Times(
            mean_ms=_ms(self.sum_us / self.passed),
            p50_ms=p50,
            p90_ms=p90,
            p95_ms=p95,
            p99_ms=p99,
            max_ms=_ms(self.max_us),
        )


@dataclass(slots=True)
class Totals:
    transactions: dict[TransactionKey, Accumulator] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[TransactionCounts]) -> Totals:
        totals = cls()
        for row in rows:
            totals.add(row)
        return totals

    def add(self, row: TransactionCounts) -> None:
        self._at((row.group, row.name)).add(row)

    def merge(self, other: Totals) -> None:
        for key, sums in other.transactions.items():
            self._at(key).merge(sums)

    def rows(self) -> list[TransactionCounts]:
        """All of it in the form the journal keeps."""
        return [sums.counts(group, name) for (group, name), sums in self.transactions.items()]

    def by_name(self) -> dict[str, Accumulator]:
        return _summed((name, sums) for (_, name), sums in self.transactions.items())

    def by_group(self) -> dict[str, Accumulator]:
        return _summed((group, sums) for (group, _), sums in self.transactions.items())

    def overall(self) -> Accumulator:
        whole = Accumulator()
        for sums in self.transactions.values():
            whole.merge(sums)
        return whole

    def _at(self, key: TransactionKey) -> Accumulator:
        sums = self.transactions.get(key)
        if sums is None:
            sums = self.transactions[key] = Accumulator()
        return sums


def _ms(us: float) -> float:
    """To the microsecond."""
    return round(us / 1000, 3)


def _summed(parts: Iterable[tuple[str, Accumulator]]) -> dict[str, Accumulator]:
    sums: dict[str, Accumulator] = {}
    for key, part in parts:
        if key not in sums:
            sums[key] = Accumulator()
        sums[key].merge(part)
    return sums
