from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.duration import clock, parse_duration, short


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
