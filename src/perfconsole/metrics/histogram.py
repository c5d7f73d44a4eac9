"""Log-linear histograms of times: 64 buckets for each power of two of microseconds.

A bucket is 1/64 of its power of two wide, so that its midpoint is within 0.8 % of every value in
it. The bucket number is read straight off a float64: exponent and the top six mantissa bits.
Histograms of different injectors and seconds merge by adding; percentiles are taken only from
merged ones, never averaged.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

SUB_BUCKETS = 64
BUCKETS = 37 * SUB_BUCKETS
"""1 µs to 2^37 µs (38 h); what lies outside counts as the nearest of the two ends."""

_MANTISSA_DROPPED = 46
_BUCKET_OF_ONE = 1023 * SUB_BUCKETS


def bucket_numbers(us: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The bucket of each time in `us` (microseconds), same shape; below 1 µs counts as 1 µs."""
    within = np.clip(us, 1.0, 2.0 ** (BUCKETS // SUB_BUCKETS) * (1 - 2**-10))
    bits: npt.NDArray[np.int64] = within.view(np.int64) >> _MANTISSA_DROPPED
    return bits - _BUCKET_OF_ONE


def midpoint_us(bucket: int) -> float:
    """The middle of a bucket, microseconds."""
    exponent, part = divmod(bucket, SUB_BUCKETS)
    return math.ldexp(1.0 + (part + 0.5) / SUB_BUCKETS, exponent)


def midpoints_us(buckets: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """`midpoint_us` of each, same shape."""
    exponents, parts = np.divmod(buckets, SUB_BUCKETS)
    middles: npt.NDArray[np.float64] = np.ldexp(1.0 + (parts + 0.5) / SUB_BUCKETS, exponents)
    return middles


def sparse(buckets: npt.NDArray[np.int64]) -> tuple[bytes, bytes]:
    """One bucket number per value → (distinct numbers uint16, their counts uint32).

    Little-endian, ascending: the form in which histograms travel and are kept.
    """
    numbers, counts = np.unique(buckets, return_counts=True)
    return numbers.astype("<u2").tobytes(), counts.astype("<u4").tobytes()


class Histogram:
    """Counts of all buckets; `counts` is int64 of shape (BUCKETS,)."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: npt.NDArray[np.int64] = np.zeros(BUCKETS, np.int64)

    def add_sparse(self, buckets: bytes, counts: bytes) -> None:
        """Add what `sparse` or `to_sparse` made. Raises ValueError when it is no such thing."""
        numbers = np.frombuffer(buckets, "<u2")
        if numbers.size:
            if numbers.max() >= BUCKETS:
                raise ValueError("a bucket number is out of range")
            self.counts[numbers] += np.frombuffer(counts, "<u4")

    def merge(self, other: Histogram) -> None:
        self.counts += other.counts

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def percentile_us(self, q: float) -> float | None:
        """The `q`-th percentile (0 to 100) by nearest rank; None when empty.

        The value at rank ⌈q·n/100⌉ of the sorted values, at most 1 % off.
        """
        return self.percentiles_us((q,))[0]

    def percentiles_us(self, qs: tuple[float, ...]) -> tuple[float | None, ...]:
        """Several percentiles for the price of one."""
        running = np.cumsum(self.counts)
        total = int(running[-1])
        if total == 0:
            return (None,) * len(qs)
        ranks = [min(total, max(1, math.ceil(q * total / 100))) for q in qs]
        return tuple(midpoint_us(int(bucket)) for bucket in np.searchsorted(running, ranks))

    def to_sparse(self) -> tuple[bytes, bytes]:
        """As `sparse` makes it. For stretches of a run: a count must stay under 2^32."""
        numbers = np.flatnonzero(self.counts)
        return numbers.astype("<u2").tobytes(), self.counts[numbers].astype("<u4").tobytes()
