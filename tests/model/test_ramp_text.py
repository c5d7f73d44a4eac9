"""Ramps as people write them."""

from __future__ import annotations

import pytest

from perfconsole.model.ramp_text import parse_ramp, parse_rate_ramp
from perfconsole.model.sketch import ramp


def test_steps_begin_at_once_as_in_loadrunner() -> None:
    steps = parse_ramp("5 every 15s", 12)
    assert [steps.vus(t) for t in (0, 14.9, 15, 29.9, 30, 1000)] == [5, 5, 10, 10, 12, 12]
    assert steps.length_s == 30


def test_a_linear_ramp_goes_up_and_down() -> None:
    up = parse_ramp("to 200 over 2m", None)
    assert [up.vus(t) for t in (-1, 0, 60, 119.9, 120)] == [0, 0, 100, 199, 200]
    assert [ramp(10, 4, over_s=6).vus(t) for t in (0, 1, 3, 6)] == [10, 9, 7, 4]


def test_over_a_time_it_goes_to_what_the_group_has() -> None:
    assert parse_ramp("over 2m", 200) == ramp(0, 200, over_s=120)
    assert parse_ramp("over 2m", None) == ramp(0, 1, over_s=120)
    assert parse_rate_ramp("over 90s", 2.5) == ramp(0, 2.5, over_s=90)


@pytest.mark.parametrize(
    ("text", "vus", "words"),
    [
        ("fast", 5, 'no ramp; write "5 every 15s"'),
        ("5 every 15s", None, 'needs the group\'s "vus"'),
        ("0 every 15s", 5, "at least 1 VU"),
        ("5 every 0s", 5, "a time above 0"),
        ("to 200 over 2m", 100, "the ramp goes to 200, but vus is 100"),
        ("1 every 1s", 999_999, "changes more than"),
    ],
)
def test_a_bad_ramp_says_what_would_be_right(text: str, vus: int | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_ramp(text, vus)


def test_ramps_of_rates() -> None:
    assert parse_rate_ramp("to 500/s over 2m", None) == ramp(0, 500, over_s=120)
    assert parse_rate_ramp("to 500/s over 2m", 500) == ramp(0, 500, over_s=120)
    assert parse_rate_ramp("60/min every 30s", 10) == ramp(0, 10, step=1, every_s=30)


@pytest.mark.parametrize(
    ("text", "rate", "said"),
    [
        ("50/s every 30s", None, '"rate"'),
        ("to 500/s over 2m", 400.0, "make them equal"),
        ("0/s every 30s", 10.0, "above 0"),
        ("5 every 15s", 10.0, "so many a second"),
        ("over 2m", None, "so many a second"),
    ],
)
def test_what_is_no_ramp_of_a_rate(text: str, rate: float | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_rate_ramp(text, rate)
