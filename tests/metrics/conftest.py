"""Builders of ticks for the tests of merging, totals and judging."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.model.phase import Phase
from perfconsole.model.wire import GroupCounts, InjectorTick, PhaseCounts, TransactionCounts

MakeRow = Callable[..., TransactionCounts]
MakeTick = Callable[..., InjectorTick]


def _row(
    group: str = "browse",
    name: str = "home",
    times_us: Sequence[float] = (),
    failed_us: Sequence[float] = (),
    cut: int = 0,
) -> TransactionCounts:
    times = np.array(times_us, np.float64)
    buckets, counts = sparse(bucket_numbers(times))
    return TransactionCounts(
        group=group,
        name=name,
        passed=len(times_us),
        failed=len(failed_us),
        cut=cut,
        sum_us=float(times.sum()),
        sum_sq_us=float((times * times).sum()),
        min_us=float(times.min(initial=np.inf)) if len(times_us) else 0.0,
        max_us=float(times.max(initial=0.0)),
        failed_sum_us=float(sum(failed_us)),
        failed_max_us=float(max(failed_us, default=0.0)),
        buckets=buckets,
        counts=counts,
    )


def _phase(phase: Phase, times_us: Sequence[float]) -> PhaseCounts:
    times = np.array(times_us, np.float64)
    highest = float(times.max(initial=0.0))
    return PhaseCounts(
        phase, len(times_us), float(times.sum()), highest, *sparse(bucket_numbers(times))
    )


def _tick(
    injector: int = 0,
    second: int = 0,
    rows: Sequence[TransactionCounts] = (),
    groups: Sequence[GroupCounts] = (),
    **fields: object,
) -> InjectorTick:
    given: dict[str, object] = {
        "errors": (),
        "requests": sum(row.passed + row.failed for row in rows),
        "requests_failed": sum(row.failed for row in rows),
        "cut": 0,
        "bytes_in": 0,
        "connections_opened": 0,
        "lag_p99_ms": 1.0,
        "cpu_s": 0.0,
        "rss_mb": 40.0,
    }
    return InjectorTick(
        injector=injector,
        second=second,
        transactions=tuple(rows),
        groups=tuple(groups),
        **(given | fields),
    )


@pytest.fixture(scope="session")
def row() -> MakeRow:
    return _row


@pytest.fixture(scope="session")
def tick() -> MakeTick:
    return _tick


@pytest.fixture(scope="session")
def phase() -> Callable[[Phase, Sequence[float]], PhaseCounts]:
    return _phase
