"""The laws of the y axis."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.console.widgets.scale import (
    axis_label,
    clock,
    linear,
    logarithmic,
    nice_step,
    steady,
)

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
peaks = st.floats(min_value=1e-6, max_value=1e14)


@given(low=st.floats(-1e12, 0), high=st.floats(0, 1e12))
def test_axis_covers_the_values_with_two_to_four_round_ticks(low: float, high: float) -> None:
    scale = linear(low, high)
    slack = 1e-8 * max(1.0, abs(low), abs(high))
    assert scale.low <= low + slack
    assert scale.high >= high - slack
    assert scale.high > scale.low
    assert 2 <= len(scale.ticks) <= 4
    assert list(scale.ticks) == sorted(scale.ticks)
    assert (scale.ticks[0], scale.ticks[-1]) == (scale.low, scale.high)


@given(peaks)
def test_steps_are_one_two_or_five_times_a_power_of_ten(high: float) -> None:
    step = nice_step(0.0, high)
    mantissa = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - nice) for nice in (1, 2, 5)) < 1e-6
    assert high / step <= 3 + 1e-6


@given(peaks)
def test_at_least_half_of_the_axis_is_used(high: float) -> None:
    assert linear(0.0, high).high <= 2 * high * (1 + 1e-6)


@given(finite, finite, finite, st.integers(1, 400))
def test_rows_stay_inside_and_follow_the_values(
    high: float, one: float, other: float, rows: int
) -> None:
    scale = linear(0.0, high)
    first, second = scale.row(min(one, other), rows), scale.row(max(one, other), rows)
    assert 0 <= second <= first <= rows - 1


@given(low=peaks, high=peaks, value=finite)
def test_logarithmic_axis_has_whole_decades(low: float, high: float, value: float) -> None:
    scale = logarithmic(min(low, high), max(low, high))
    assert 2 <= len(scale.ticks) <= 4
    assert all(abs(math.log10(tick) - round(math.log10(tick))) < 1e-9 for tick in scale.ticks)
    assert scale.high >= max(low, high) * (1 - 1e-6)
    assert 0 <= scale.row(value, 40) <= 39


def test_known_axes() -> None:
    assert linear(0, 398).ticks == (0, 200, 400)
    assert linear(0, 1400).ticks == (0, 500, 1000, 1500)
    assert linear(0, 40, ceiling=100).ticks == (0, 50, 100)
    assert linear(0, 0).ticks == (0, 1)
    assert linear(-10, 90).ticks == (-50, 0, 50, 100)
    assert logarithmic(3, 700).ticks == (1, 10, 100, 1000)


def test_axis_does_not_flicker_around_a_round_number() -> None:
    above = linear(0, 402)
    assert steady(above, linear(0, 398)) is above
    assert steady(above, linear(0, 250)).high == 300
    assert steady(above, linear(0, 900)).high == 1000
    assert steady(None, above) is above


@given(st.floats(-9e14, 9e14))
def test_axis_labels_are_short_and_true(value: float) -> None:
    label = axis_label(value)
    units = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
    read = float(label.rstrip("kMGT")) * units.get(label[-1], 1)
    if abs(value) >= 1e-8:
        assert len(label) <= 5
        assert abs(read - value) <= 0.5 * abs(value)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0, "0"),
        (450, "450"),
        (1200, "1.2k"),
        (2.5e6, "2.5M"),
        (0.05, "0.05"),
        (-200000, "-200k"),
        (999.99, "1k"),
        (-0.005, "-5e-3"),
    ],
)
def test_known_labels(value: float, label: str) -> None:
    assert axis_label(value) == label


def test_run_time_is_written_as_a_clock() -> None:
    assert [clock(s) for s in (0, 61, 599.9, 3600, 86399)] == [
        "00:00", "01:01", "09:59", "1:00:00", "23:59:59",
    ]  # fmt: skip
    assert clock(-5) == "00:00"
    assert clock(math.inf)
    assert clock(math.nan)
