"""Service times of open models as rows of their own, so that whatever adds up times can do them.

In a closed model service and response times are the same, and a row says so by having none.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

import msgspec

from perfconsole.metrics.columns import merged_rows, sums_by
from perfconsole.model.tick import Times
from perfconsole.model.wire import TransactionCounts

K = TypeVar("K", bound=Hashable)


def is_open(row: TransactionCounts) -> bool:
    return bool(row.service_buckets)


def as_service(row: TransactionCounts) -> TransactionCounts:
    """The passed ones of `row` with their service times as its times."""
    if not is_open(row):
        return row
    return TransactionCounts(
        row.group, row.name, row.passed, 0, 0, row.service_sum_us, 0.0, 0.0, row.service_max_us,
        0.0, 0.0, row.service_buckets, row.service_counts,
    )  # fmt: skip


def with_service(row: TransactionCounts, served: TransactionCounts) -> TransactionCounts:
    """`row` with the times of `served` as its service times."""
    return msgspec.structs.replace(
        row,
        service_sum_us=served.sum_us,
        service_max_us=served.max_us,
        service_buckets=served.buckets,
        service_counts=served.counts,
    )


def service_by(rows: Sequence[TransactionCounts], keys: Sequence[K]) -> dict[K, Times]:
    """Service times for each of `keys` (one for every row) that has a row of an open model."""
    wanted = {key for row, key in zip(rows, keys, strict=True) if is_open(row)}
    if not wanted:
        return {}
    chosen = [(row, key) for row, key in zip(rows, keys, strict=True) if key in wanted]
    sums = sums_by([as_service(row) for row, _ in chosen], [key for _, key in chosen])
    return {key: sums[key].times for key in wanted}


def merged_with_service(rows: Sequence[TransactionCounts]) -> list[TransactionCounts]:
    """`merged_rows`, service times among what is added up."""
    merged = merged_rows(rows)
    of_open = [as_service(row) for row in rows if is_open(row)]
    if not of_open:
        return merged
    served = {(row.group, row.name): row for row in merged_rows(of_open)}
    return [
        with_service(row, served[row.group, row.name]) if (row.group, row.name) in served else row
        for row in merged
    ]
