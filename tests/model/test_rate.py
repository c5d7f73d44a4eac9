"""Rates as people write and read them."""

from __future__ import annotations

import math

import pytest

from perfconsole.model.rate import parse_rate, rate_text


@pytest.mark.parametrize(
    ("text", "rate"),
    [("500/s", 500), ("300/min", 5), ("3600 / h", 1), (20, 20), ("2.5", 2.5), ("90/minute", 1.5)],
)
def test_rates_as_written(text: str | float, rate: float) -> None:
    assert parse_rate(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["", "fast", "-5/s", "5/day", "1e9", True, math.nan, "500000/s"])
def test_what_is_no_rate(text: str | float) -> None:
    with pytest.raises(ValueError, match="rate"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(500, "500/s"), (2000, "2,000/s"), (0, "0/s"), (0.5, "30/min"), (0.001, "3.6/h"),
     (8.333, "8.33/s")],
)  # fmt: skip
def test_rates_as_shown(rate: float, text: str) -> None:
    assert rate_text(rate) == text
