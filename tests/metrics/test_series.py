from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.metrics.series import FULL, Series


def filled(values: list[float | None]) -> Series:
    series = Series()
    for t, value in enumerate(values):
        series.add(float(t), value)
    return series


def size(series: Series) -> int:
    return len(list(series.points()))


@settings(max_examples=10)
@given(st.integers(1, 30_000), st.data())
def test_it_stays_bounded_and_keeps_peak_trough_and_order(count: int, data: st.DataObject):
    high, low = (data.draw(st.integers(0, count - 1)) for _ in range(2))
    values: list[float | None] = [50.0] * count
    values[low] = -3.0
    values[high] = 999.0
    series = filled(values)
    points = list(series.points())
    assert len(points) <= 2 * FULL + FULL // 10 + series.stride
    assert max(point.high for point in points) == 999.0
    assert min(point.low for point in points) == min(values)
    assert [p.t for p in points] == sorted({p.t for p in points})
    assert points[0].t == 0


def test_the_newest_stretch_is_kept_second_by_second():
    series = filled([float(t) for t in range(20_000)])
    newest = [point.t for point in series.points()][-FULL:]
    assert newest == [float(t) for t in range(20_000 - FULL, 20_000)]
    assert series.now == 19_999.0


def test_a_gap_stays_a_gap_where_it_is_wide_enough_to_be_seen():
    series = filled([1.0] * 3000 + [None] * 3000 + [1.0] * 3000)
    gap = [point for point in series.points() if 3100 < point.t < 5900]
    assert gap and all(point.high is None for point in gap)


@settings(max_examples=20)
@given(st.integers(0, 5000), st.integers(60, 1500))
def test_rolled_to_is_short_and_keeps_the_peak(count: int, most: int):
    series = filled([float(t % 977) for t in range(count)])
    short = series.rolled_to(most)
    assert size(short) <= most
    highest = max((p.high for p in series.points()), default=None)
    assert max((p.high for p in short.points()), default=None) == highest
    assert short.now == series.now


def test_points_can_start_anywhere():
    assert [point.t for point in filled([1.0] * 10).points(start=7)] == [7.0, 8.0, 9.0]


@pytest.mark.parametrize("count", [0, 1])
def test_short_ones(count: int):
    series = filled([5.0] * count)
    assert series.now == (5.0 if count else None)
    assert size(series) == count
