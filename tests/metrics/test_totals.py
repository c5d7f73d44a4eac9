from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.totals import Accumulator, Totals
from perfconsole.model.tick import Times

times = st.lists(st.floats(1.0, 6e7), max_size=60)


@given(passed=st.lists(st.floats(1.0, 6e7), min_size=1, max_size=60), failed=times)
def test_figures_are_those_of_the_values_themselves(row, passed, failed):
    sums = Accumulator()
    for us in passed:
        sums.add(row(times_us=[us]))
    sums.add(row(failed_us=failed))
    figures = sums.times()
    assert figures.mean_ms == pytest.approx(statistics.fmean(passed) / 1000, abs=0.001)
    assert figures.max_ms == pytest.approx(max(passed) / 1000, abs=0.001)
    assert sums.min_ms == min(passed) / 1000
    assert sums.stdev_ms == pytest.approx(np.std(passed) / 1000, rel=1e-3, abs=1.0)
    exact = np.percentile(passed, 95, method="inverted_cdf") / 1000
    assert figures.p95_ms == pytest.approx(exact, rel=0.01, abs=0.001)
    assert figures.p50_ms <= figures.p90_ms <= figures.p95_ms <= figures.p99_ms <= figures.max_ms
    assert sums.pass_rate == pytest.approx(100 * len(passed) / (len(passed) + len(failed)))


def test_one_value_is_every_percentile_exactly(row):
    sums = Accumulator()
    sums.add(row(times_us=[123_456.0]))
    assert sums.times() == Times(*[123.456] * 6)
    assert sums.stdev_ms == 0


def test_without_a_passed_one_there_are_no_times(row):
    sums = Accumulator()
    sums.add(row(failed_us=[2000.0, 4000.0], cut=3))
    assert sums.times() == Times()
    assert (sums.min_ms, sums.stdev_ms) == (None, None)
    assert (sums.failed_mean_ms, sums.failed_max_ms) == (3.0, 4.0)
    assert (sums.pass_rate, sums.cut, sums.completed) == (0.0, 3, 2)


def test_what_was_cut_is_on_neither_side_of_the_pass_rate(row):
    sums = Accumulator()
    sums.add(row(times_us=[1000.0] * 3, failed_us=[1.0], cut=100))
    assert sums.pass_rate == 75
    assert Accumulator(cut=5).pass_rate is None


@given(a=times, b=times)
def test_merging_equals_adding(row, a, b):
    apart, other, together = Accumulator(), Accumulator(), Accumulator()
    apart.add(row(times_us=a, failed_us=b))
    other.add(row(times_us=b, cut=1))
    apart.merge(other)
    together.add(row(times_us=a, failed_us=b))
    together.add(row(times_us=b, cut=1))
    assert apart.counts("g", "n") == together.counts("g", "n")


@given(a=times, b=times)
def test_rows_given_back_are_the_same_totals(row, a, b):
    totals, copy = Totals(), Totals()
    totals.add(row("browse", "home", a, b))
    totals.add(row("quote", "home", b, cut=2))
    for kept in totals.rows():
        copy.add(kept)
    assert copy.rows() == totals.rows()


def test_sums_by_name_by_group_and_over_all(row):
    totals = Totals()
    totals.add(row("browse", "home", [1000.0] * 2))
    totals.add(row("quote", "home", [3000.0], failed_us=[1.0]))
    totals.add(row("quote", "ask", [5000.0]))
    assert {name: sums.passed for name, sums in totals.by_name().items()} == {"home": 3, "ask": 1}
    assert {name: sums.failed for name, sums in totals.by_group().items()} == {
        "browse": 0,
        "quote": 1,
    }
    assert totals.overall().completed == 5
    assert totals.overall().times().max_ms == 5.0


def test_totals_merge_without_touching_what_they_were_merged_from(row):
    a, b = Totals(), Totals()
    a.add(row(times_us=[1000.0]))
    b.add(row(times_us=[2000.0]))
    a.merge(b)
    a.add(row(times_us=[9000.0]))
    assert (a.overall().passed, b.overall().passed) == (3, 1)
