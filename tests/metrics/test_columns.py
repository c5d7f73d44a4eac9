"""Rows added up all at once are what they come to one by one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.columns import Sums, merged_rows, sums_by
from perfconsole.metrics.merge import GroupLoad, SecondMerger, run_tick
from perfconsole.metrics.totals import Totals
from perfconsole.model.tick import Times

whole_us = st.lists(st.integers(1, 60_000_000).map(float), max_size=20)
seconds = st.lists(
    st.tuples(
        st.sampled_from(["browse", "quote"]), st.sampled_from(["home", "ask", "登录"]),
        whole_us, whole_us, st.integers(0, 5),
    ),
    max_size=12,
)  # fmt: skip


@given(seconds)
def test_rows_merged_are_the_same_totals(row, second):
    rows = [row(*one) for one in second]
    whole = Totals.of(rows)
    assert merged_rows(rows) == whole.rows()
    assert Totals.of(merged_rows(merged_rows(rows))).rows() == whole.rows()


@given(seconds)
def test_sums_by_name_are_those_of_the_totals(row, second):
    rows = [row(*one) for one in second]
    sums = sums_by(rows, [one.name for one in rows])
    expected = Totals.of(rows).by_name()
    assert list(sums) == list(expected)
    for name, known in expected.items():
        assert (sums[name].passed, sums[name].failed) == (known.passed, known.failed)
        for figure in Times.__struct_fields__:
            found, exact = getattr(sums[name].times, figure), getattr(known.times(), figure)
            assert found == (exact if exact is None else pytest.approx(exact, abs=0.0011))


def test_passed_ones_without_their_times_are_counted_and_have_none(row):
    bare = row(times_us=[1000.0])
    bare = msgspec.structs.replace(bare, buckets=b"", counts=b"")
    assert sums_by([bare], ["home"]) == {"home": Sums(1, 0, Times())}


def test_a_second_of_2000_names_is_told_whole(row, tick):
    rows = [row(f"g{n % 5}", f"name {n}", [float(n + k) for k in range(1, 6)]) for n in range(2000)]
    loads = {f"g{n}": GroupLoad(5, {}) for n in range(5)}
    merger = SecondMerger()
    merger.add(tick(0, 0, rows))
    (merged,) = merger.close(1)
    assert len(run_tick(merged, loads, ()).transactions) == 2000
    assert len(merged_rows(merged.rows)) == 2000
