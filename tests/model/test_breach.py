from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.breach import BreachRule

OVER, NEAR, LOW = 80.0, 72.0, 60.0
values = st.lists(st.floats(0, 100), max_size=200)


def told(rule: BreachRule, samples: list[float]) -> list[tuple[int, bool]]:
    """Each sample's number at which the state changed, and to what."""
    return [(n, rule.breached) for n, value in enumerate(samples) if rule.add(float(n), value)]


def test_nine_of_twelve_make_a_breach_dated_back_to_the_first_of_them():
    rule = BreachRule(75.0)
    assert told(rule, [LOW] * 12 + [OVER] * 8) == []
    assert rule.add(20.0, OVER)
    assert (rule.breached, rule.since) == (True, 12.0)


def test_eight_of_twelve_do_not():
    rule = BreachRule(75.0)
    assert told(rule, ([LOW] * 4 + [OVER] * 8) * 20) == []


def test_at_the_beginning_three_quarters_of_at_least_three():
    assert told(BreachRule(75.0), [OVER, OVER]) == []
    assert told(BreachRule(75.0), [OVER] * 3) == [(2, True)]
    assert told(BreachRule(75.0), [LOW, OVER, OVER, OVER]) == [(3, True)]
    assert told(BreachRule(75.0), [LOW, LOW, OVER, OVER, OVER, OVER, OVER]) == []
    assert told(BreachRule(75.0), [LOW, LOW, *[OVER] * 6]) == [(7, True)]


def test_it_clears_after_three_samples_five_points_under():
    rule = BreachRule(75.0)
    told(rule, [OVER] * 12)
    assert told(rule, [NEAR] * 20) == []
    assert told(rule, [70.0, 70.0, NEAR, 70.0, 70.0, 70.0]) == [(5, False)]


def test_what_made_one_breach_does_not_make_the_next():
    rule = BreachRule(75.0)
    assert told(rule, [OVER] * 12 + [LOW] * 3 + [OVER] * 8) == [(2, True), (14, False)]
    assert told(rule, [OVER]) == [(0, True)]


def test_what_is_no_percentage_clears_a_tenth_under_its_limit():
    rule = BreachRule(4.0, percent=False)
    assert told(rule, [5.0] * 3 + [3.7] * 5 + [3.6] * 3) == [(2, True), (10, False)]


def test_a_small_percentage_can_clear():
    rule = BreachRule(2.0)
    assert told(rule, [3.0] * 3 + [1.5] * 5 + [1.0] * 3) == [(2, True), (10, False)]


def test_less_may_be_worse():
    """A cache that is to be hit 98 times of a hundred."""
    rule = BreachRule(98.0, least=True)
    assert told(rule, [99.5] * 12 + [97.0] * 9) == [(20, True)]
    assert told(rule, [98.5] * 5 + [99.0] * 3) == [(7, False)]
    assert rule.change(99.9, 99.0) is False
    assert told(rule, [99.0] * 3) == [(2, True)]


@pytest.mark.parametrize(
    ("over", "of", "samples", "breached"),
    [
        (1, 1, [OVER], True),
        (3, 3, [OVER, OVER], False),
        (3, 3, [OVER, OVER, OVER], True),
        (2, 5, [OVER, LOW, OVER], True),
        (12, 12, [OVER, OVER, OVER, LOW], True),
        (12, 12, [LOW, OVER, OVER, OVER], False),
        (10, 100, [LOW] * 20 + [OVER] * 10, True),
    ],
)
def test_a_scenario_may_ask_for_another_rule(over, of, samples, breached):
    rule = BreachRule(75.0, over, of)
    told(rule, samples)
    assert rule.breached is breached


@given(values)
def test_the_state_only_changes_back_and_forth_and_never_without_being_over(samples):
    rule = BreachRule(75.0)
    changes = told(rule, samples)
    assert [state for _, state in changes] == [n % 2 == 0 for n in range(len(changes))]
    for n, state in changes:
        assert (samples[n] > 75.0) is state
    if changes:
        assert rule.since is not None and samples[int(rule.since)] > 75.0


@given(values, st.booleans())
def test_at_least_is_at_most_upside_down(samples, percent):
    most, least = BreachRule(75.0, percent=percent), BreachRule(25.0, least=True, percent=percent)
    if percent:
        assert told(most, samples) == told(least, [100 - value for value in samples])
    else:
        assert told(most, samples)[:1] == told(least, [100 - value for value in samples])[:1]


def false_alarms(over: int, of: int) -> float:
    """An hour, at a mean of 70 with deviation 6, a sample every 5 s; over 100 hours."""
    chance, rule = random.Random(4), BreachRule(75.0, over, of)
    samples = [chance.gauss(70, 6) for _ in range(100 * 720)]
    return sum(state for _, state in told(rule, samples)) / 100


def test_nine_of_twelve_raises_far_fewer_false_alarms_than_one_of_one():
    assert false_alarms(1, 1) > 10
    assert false_alarms(9, 12) < 1.5


def test_another_limit_counts_from_the_next_sample_on():
    rule = BreachRule(75.0)
    assert told(rule, [70.0] * 12) == []
    assert not rule.change(60.0, 70.0)
    assert told(rule, [70.0] * 3) == [(2, True)]
    assert rule.since == 0.0
    assert not rule.change(65.0, 70.0)
    assert rule.breached
    assert rule.change(90.0, 70.0)
    assert not rule.breached
    assert told(rule, [89.0] * 12) == []
