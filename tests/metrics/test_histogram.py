from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.histogram import (
    BUCKETS,
    Histogram,
    bucket_numbers,
    midpoint_us,
    sparse,
)

TEN_HOURS_US = 10 * 3600 * 1e6
times = st.lists(st.floats(1.0, TEN_HOURS_US), min_size=1, max_size=300)


def histogram_of(us: list[float]) -> Histogram:
    histogram = Histogram()
    histogram.add_sparse(*sparse(bucket_numbers(np.array(us))))
    return histogram


@given(times, st.sampled_from([0, 1, 25, 50, 90, 95, 99, 99.9, 100]))
def test_a_percentile_is_within_one_percent_of_the_exact_nearest_rank(us: list[float], q: float):
    exact = np.percentile(us, q, method="inverted_cdf")
    assert histogram_of(us).percentile_us(q) == pytest.approx(exact, rel=0.01)


@given(st.floats(1.0, TEN_HOURS_US))
def test_the_midpoint_of_a_bucket_is_within_one_percent_of_what_fell_into_it(us: float):
    (bucket,) = bucket_numbers(np.array([us]))
    assert midpoint_us(int(bucket)) == pytest.approx(us, rel=1 / 128)


@given(times)
def test_buckets_keep_the_order_of_times(us: list[float]):
    assert (np.diff(bucket_numbers(np.sort(us))) >= 0).all()


def test_what_is_out_of_range_counts_at_the_nearest_end():
    assert bucket_numbers(np.array([0.0, -5.0, 0.99, 1.0])).tolist() == [0, 0, 0, 0]
    assert bucket_numbers(np.array([1e30, np.inf])).tolist() == [BUCKETS - 1] * 2


def test_there_are_64_buckets_for_each_power_of_two():
    assert bucket_numbers(np.array([1.0, 2.0, 4.0, 1024.0])).tolist() == [0, 64, 128, 640]


def test_an_empty_histogram_has_no_percentile():
    assert Histogram().percentile_us(50) is None
    assert sparse(bucket_numbers(np.array([], np.float64))) == (b"", b"")


def test_the_sparse_form_is_little_endian_ascending_and_distinct():
    buckets, counts = sparse(np.array([300, 7, 300, 7, 7, 2000]))
    assert np.frombuffer(buckets, "<u2").tolist() == [7, 300, 2000]
    assert np.frombuffer(counts, "<u4").tolist() == [3, 2, 1]


def test_a_bucket_out_of_range_is_refused():
    with pytest.raises(ValueError, match="out of range"):
        Histogram().add_sparse(*sparse(np.array([BUCKETS])))


@given(times, times, times)
def test_merging_is_associative_and_commutative(a: list[float], b: list[float], c: list[float]):
    left, right = histogram_of(a), histogram_of(c)
    left.merge(histogram_of(b))
    left.merge(histogram_of(c))
    right.merge(histogram_of(b))
    right.merge(histogram_of(a))
    whole = histogram_of(a + b + c)
    assert left.to_sparse() == right.to_sparse() == whole.to_sparse()
    assert whole.total == len(a) + len(b) + len(c)


@given(times)
def test_the_sparse_form_says_it_all(us: list[float]):
    histogram, copy = histogram_of(us), Histogram()
    copy.add_sparse(*histogram.to_sparse())
    assert (copy.counts == histogram.counts).all()
