from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.figures import byte_size, count, milliseconds, percent, three_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (math.nan, "–"), (math.inf, "–"), (0, "0"), (0.25, "0.25"), (1.5, "1.5"),
        (9.996, "10"), (12.34, "12.3"), (99.96, "100"), (231.4, "231"), (999.4, "999"),
        (999.6, "1.0k"), (1432, "1.4k"), (99_950, "100k"), (123_456, "123k"), (3.2e6, "3.2M"),
        (-5.5, "-5.5"), (0.0012, "0.0012"), (1e15, "1e+15"), (-1.26e100, "-1.3e+100"),
    ],
)  # fmt: skip
def test_three_digits(value: float | None, text: str):
    assert three_digits(value) == text


@given(st.floats(0.001, 9.9e14))
def test_a_figure_is_short_and_within_a_twentieth(value: float):
    text = three_digits(value)
    assert len(text) <= 6
    scale = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.get(text[-1], 1.0)
    assert float(text.rstrip("kMGT")) * scale == pytest.approx(value, rel=0.05)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 %"), (100, "100 %"),
     (97.2, "97.2 %"), (99.999, "99.9 %"), (0.001, "0.1 %")],
)  # fmt: skip
def test_one_failure_in_many_is_seen_in_a_percentage(value: float | None, text: str):
    assert percent(value) == text


def test_the_others():
    assert (milliseconds(None), milliseconds(231.2)) == ("–", "231 ms")
    assert count(1_204_311) == "1,204,311"
    assert [byte_size(v) for v in (None, 12, 999.9, 1234567, 999_999)] == [
        "–", "12 B", "1 kB", "1.23 MB", "1 MB",
    ]  # fmt: skip
