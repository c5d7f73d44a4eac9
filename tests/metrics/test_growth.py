"""Leaks that are there and leaks that are not."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.growth import growth

HOUR = 3600.0


def soak(slope_per_h: float, noise: float, seed: int = 1, hours: float = 8.0) -> tuple[list, list]:
    """A sample a minute."""
    random = Random(seed)
    times = [60.0 * n for n in range(int(60 * hours))]
    return times, [500 + slope_per_h * at / HOUR + random.gauss(0, noise) for at in times]


def test_a_leak_is_found_with_its_pace_and_its_end():
    times, values = soak(slope_per_h=41, noise=20)
    found = growth(times, values)
    assert found is not None and found.steady
    assert found.whole.low * HOUR < 41 < found.whole.high * HOUR
    assert found.whole.value * HOUR == pytest.approx(41, rel=0.1)
    first_s, last_s = found.reaches(1000)
    truly_s = 500 / 41 * HOUR
    assert first_s < truly_s < last_s
    assert last_s - first_s < 2 * HOUR
    assert found.reaches(100_000) is None, "too far off to tell"


def test_a_warm_up_is_no_leak():
    times, _ = soak(0, 0)
    random = Random(7)
    values = [600 * min(1.0, at / (1.4 * HOUR)) + random.gauss(0, 15) for at in times]
    assert growth(times, values) is None


def test_a_cache_that_fills_is_no_steady_growth():
    times, _ = soak(0, 0)
    random = Random(7)
    values = [600 * (1 - 2 ** (-at / HOUR)) + random.gauss(0, 2) for at in times]
    found = growth(times, values)
    assert found is not None and not found.steady
    assert found.reaches(700) is None


def test_of_a_heap_the_lowest_counts():
    """It is collected every two minutes; what is left after that grows by 30 an hour."""
    times = [10.0 * n for n in range(6 * 360)]
    values = [100 + 30 * at / HOUR + 400 * (at % 120) / 120 for at in times]
    found = growth(times, values, lowest=True)
    assert found is not None and found.steady
    assert found.whole.value * HOUR == pytest.approx(30, rel=0.15)


@pytest.mark.parametrize("count", [0, 1, 2, 11])
def test_too_little_tells_nothing(count: int):
    assert growth([float(n) for n in range(count)], [float(n) for n in range(count)]) is None


def test_false_alarms_are_few():
    """Of noise alone about one in forty passes for a rise, by the interval; steady hardly one."""
    found = [growth(*soak(0, 20, seed)) for seed in range(200)]
    assert sum(each is not None for each in found) <= 14
    assert not any(each.steady for each in found if each is not None)


@given(st.floats(0.5, 1e6), st.floats(-1e6, 1e6))
def test_a_straight_line_has_its_own_slope(slope: float, level: float):
    times = [float(n) for n in range(300)]
    found = growth(times, [level + slope * at for at in times])
    assert found is not None
    assert found.whole.value == pytest.approx(slope, rel=1e-6)


@given(st.lists(st.floats(-1e9, 1e9), min_size=40, max_size=200), st.booleans())
def test_whatever_is_measured_the_slope_is_within_its_interval(values: list[float], lowest: bool):
    found = growth([float(n) for n in range(len(values))], values, lowest=lowest)
    if found is not None:
        assert 0 < found.whole.low <= found.whole.value <= found.whole.high
