"""When arrivals are due: the inverse of the rate's integral, whatever the ramp."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.rate import RateRamp, parse_rate, parse_rate_ramp, rate_text

RATES = st.one_of(st.just(0.0), st.floats(0.01, 5000))
TIMES = st.floats(0.01, 5000)


@st.composite
def ramps(draw: st.DrawFn) -> RateRamp:
    start, target = draw(RATES), draw(RATES)
    match draw(st.sampled_from(("at once", "linear", "steps"))):
        case "linear":
            return RateRamp(start, target, over_s=draw(TIMES))
        case "steps":
            return RateRamp(start, target, step=draw(st.floats(1, 1000)), every_s=draw(TIMES))
    return RateRamp(start, target)


@given(ramps(), st.floats(0, 1e5))
def test_due_is_the_inverse_of_count(ramp: RateRamp, count: float) -> None:
    due = ramp.due(count)
    if math.isinf(due):
        assert ramp.target == 0
        assert ramp.count(1e9) <= count
    else:
        assert ramp.count(due) == pytest.approx(count, rel=1e-9, abs=1e-6)


@given(ramps(), st.floats(0, 1e4), st.floats(0, 100))
def test_dues_follow_one_another(ramp: RateRamp, count: float, more: float) -> None:
    assert ramp.due(count + more) >= ramp.due(count) * (1 - 1e-12)


@given(ramps(), st.floats(0, 1e4))
def test_count_is_the_integral_of_the_rate(ramp: RateRamp, t: float) -> None:
    dt = 1e-3
    grown = ramp.count(t + dt) - ramp.count(t)
    slowest, fastest = sorted((ramp.at(t), ramp.at(t + dt)))
    assert slowest * dt - 1e-5 <= grown <= fastest * dt + 1e-5


@given(ramps())
def test_it_ends_at_its_target(ramp: RateRamp) -> None:
    assert ramp.at(ramp.length_s) == ramp.target
    assert ramp.at(ramp.length_s + 1) == ramp.target


@pytest.mark.parametrize(
    ("ramp", "dues"),
    [
        (RateRamp(0, 10), [0, 0.1, 0.2, 0.3]),
        (RateRamp(0, 2, over_s=2), [0, math.sqrt(2), 2, 2.5]),
        (RateRamp(0, 3, step=1, every_s=2), [0, 1, 2, 2.5, 3, 3.5, 4, 4 + 1 / 3]),
        (RateRamp(2, 0, over_s=2), [0, 2 - math.sqrt(2), math.inf]),
        (RateRamp(0, 0), [math.inf]),
    ],
)
def test_dues_one_can_reckon(ramp: RateRamp, dues: list[float]) -> None:
    assert [ramp.due(i) for i in range(len(dues))] == pytest.approx(dues)


def test_the_rest_of_a_ramp_keeps_its_pace() -> None:
    assert RateRamp(0, 100, over_s=10).continued_from(40) == RateRamp(40, 100, over_s=6)
    assert RateRamp(0, 100).continued_from(40) == RateRamp(40, 100)


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


def test_ramps_as_written() -> None:
    assert parse_rate_ramp("to 500/s over 2m", None) == RateRamp(0, 500, over_s=120)
    assert parse_rate_ramp("to 500/s over 2m", 500) == RateRamp(0, 500, over_s=120)
    assert parse_rate_ramp("60/min every 30s", 10) == RateRamp(0, 10, step=1, every_s=30)


@pytest.mark.parametrize(
    ("text", "rate", "said"),
    [
        ("50/s every 30s", None, '"rate"'),
        ("to 500/s over 2m", 400.0, "make them equal"),
        ("0/s every 30s", 10.0, "above 0"),
        ("5 every 15s", 10.0, "so many a second"),
    ],
)
def test_what_is_no_ramp(text: str, rate: float | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_rate_ramp(text, rate)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(500, "500/s"), (2000, "2,000/s"), (0, "0/s"), (0.5, "30/min"), (0.001, "3.6/h"),
     (8.333, "8.33/s")],
)  # fmt: skip
def test_rates_as_shown(rate: float, text: str) -> None:
    assert rate_text(rate) == text
