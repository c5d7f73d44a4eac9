from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.duration import clock, exact, parse_duration, short


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("2m", 120), ("1h30m", 5400), ("250ms", 0.25), ("1.5 s", 1.5), ("2d", 172800),
     (" 1m 5s ", 65), ("7", 7), (7, 7), (0.5, 0.5)],
)  # fmt: skip
def test_times_as_people_write_them(text: str | float, seconds: float):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5 apples", "-3s", -1, "nan", "inf", math.inf, True])
def test_what_is_no_time_is_refused(text: str | float):
    with pytest.raises(ValueError, match="time"):
        parse_duration(text)


@given(st.integers(1, 10**7))
def test_the_short_form_is_read_back_as_the_same_time(seconds: int):
    assert parse_duration(short(seconds)) == seconds


@given(st.integers(1, 999))
def test_so_are_milliseconds(milliseconds: int):
    assert parse_duration(short(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


def test_the_clock_of_a_run():
    assert [clock(s) for s in (-1, 0, 59.9, 751, 360_000)] == [
        "00:00:00", "00:00:00", "00:00:59", "00:12:31", "100:00:00",
    ]  # fmt: skip


@given(st.integers(0, 400_000_000))
def test_exact_times_are_read_as_what_they_were(ms):
    text = exact(ms / 1000)
    assert isinstance(text, str) and parse_duration(text) == pytest.approx(ms / 1000, abs=1e-6)


def test_exact_times_read_well():
    assert [exact(s) for s in (0, 0.25, 5, 90, 83.417, 3600, 3661.5)] == [
        "0s", "250ms", "5s", "1m30s", "1m23.417s", "1h", "1h1m1.5s"
    ]  # fmt: skip
    assert exact(1 / 3) == 1 / 3
