"""Sums and histograms made all at once are those made one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.injector import moments as moments_module
from perfconsole.injector.moments import moments, of_one
from perfconsole.metrics.histogram import bucket_numbers, sparse

rows = st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1e9)), min_size=1, max_size=60)


@pytest.mark.parametrize("most_cells", [0, 10**6])
@given(rows)
def test_by_name(most_cells, rows) -> None:
    names = np.array([name for name, _ in rows], np.int64)
    times = np.array([us for _, us in rows], np.float64)
    before = moments_module.MOST_CELLS
    moments_module.MOST_CELLS = most_cells
    try:
        found = moments(names, times)
    finally:
        moments_module.MOST_CELLS = before
    assert set(found) == set(names.tolist())
    for name, m in found.items():
        own = times[names == name]
        assert (m.count, m.min_us, m.max_us) == (own.size, own.min(), own.max())
        assert m.sum_us == pytest.approx(own.sum())
        assert m.sum_sq_us == pytest.approx((own * own).sum())
        assert (m.buckets, m.counts) == sparse(bucket_numbers(own))
        alone = of_one(own)
        assert (alone.count, alone.buckets, alone.counts) == (m.count, m.buckets, m.counts)
        assert (alone.min_us, alone.max_us) == (m.min_us, m.max_us)
