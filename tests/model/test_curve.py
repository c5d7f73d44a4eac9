from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.curve import Ramp, parse_ramp

vus = st.integers(0, 5000)
seconds = st.floats(0, 1e5)
linear = st.builds(Ramp, vus, vus, over_s=st.just(0.0) | st.floats(0.001, 1e4))
stepwise = st.builds(Ramp, vus, vus, step=st.integers(1, 100), every_s=st.floats(0.1, 600))
ramps = linear | stepwise


@given(ramps, seconds, seconds)
def test_it_moves_one_way_only_and_stays_between_start_and_target(ramp: Ramp, a: float, b: float):
    early, late = sorted((a, b))
    assert abs(ramp.at(late) - ramp.start) >= abs(ramp.at(early) - ramp.start)
    low, high = sorted((ramp.start, ramp.target))
    assert low <= ramp.at(early) <= high


@given(ramps, seconds)
def test_it_is_at_its_target_from_its_length_on(ramp: Ramp, later: float):
    # A hair later: the length of a ramp in steps is a product of floats.
    assert ramp.at(ramp.length_s * (1 + 1e-9) + later) == ramp.target


@given(linear, st.floats(0, 1))
def test_a_linear_ramp_is_never_a_whole_vu_away_from_its_line(ramp: Ramp, share: float):
    at = ramp.at(share * ramp.over_s)
    line = ramp.start + (ramp.target - ramp.start) * share
    if ramp.over_s and share < 1:
        assert abs(at - line) < 1 + 1e-6


@given(linear.filter(lambda ramp: ramp.start != ramp.target), st.floats(0, 1))
def test_continuing_from_where_it_stands_goes_on_at_the_same_pace(ramp: Ramp, share: float):
    elapsed = share * ramp.over_s
    rest = ramp.continued_from(ramp.at(elapsed))
    assert (rest.start, rest.target) == (ramp.at(elapsed), ramp.target)
    if ramp.over_s > 0:
        pace = abs(ramp.target - ramp.start) / ramp.over_s
        if rest.over_s > 0:
            assert abs(rest.target - rest.start) / rest.over_s == pytest.approx(pace)


@given(stepwise, vus)
def test_a_stepwise_ramp_goes_on_with_its_own_steps(ramp: Ramp, now: int):
    rest = ramp.continued_from(now)
    assert (rest.step, rest.every_s, rest.target) == (ramp.step, ramp.every_s, ramp.target)
    assert abs(rest.at(0) - now) == min(ramp.step, abs(ramp.target - now))


def test_steps_begin_at_once_as_in_loadrunner():
    ramp = parse_ramp("5 every 15s", 12)
    assert [ramp.at(t) for t in (0, 14.9, 15, 29.9, 30, 1000)] == [5, 5, 10, 10, 12, 12]
    assert ramp.length_s == 30


def test_a_linear_ramp_goes_up_and_down():
    up = parse_ramp("to 200 over 2m", None)
    assert [up.at(t) for t in (-1, 0, 60, 119.9, 120)] == [0, 0, 100, 199, 200]
    assert [Ramp(10, 4, over_s=6).at(t) for t in (0, 1, 3, 6)] == [10, 9, 7, 4]


@pytest.mark.parametrize(
    ("text", "vus", "words"),
    [
        ("fast", 5, 'no ramp; write "5 every 15s"'),
        ("5 every 15s", None, 'needs the group\'s "vus"'),
        ("0 every 15s", 5, "at least 1 VU"),
        ("5 every 0s", 5, "a time above 0"),
        ("to 200 over 2m", 100, "the ramp goes to 200, but vus is 100"),
    ],
)
def test_a_bad_ramp_says_what_would_be_right(text: str, vus: int | None, words: str):
    with pytest.raises(ValueError, match=words):
        parse_ramp(text, vus)
