from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.crossing import CrossingRule, objective_key
from perfconsole.model.objective_spec import ObjectiveSpec

P95 = ObjectiveSpec(metric="p95_ms", max=800)
PASSES = ObjectiveSpec(metric="pass_rate", min=99)
LEAST = ObjectiveSpec(metric="tps", min=100)
values = st.lists(st.floats(0, 2000), max_size=200)


def told(rule: CrossingRule, samples: list[float]) -> list[tuple[int, bool, int]]:
    """Second at which the state changed, to what, and since when."""
    return [(n, rule.crossed, rule.since) for n, value in enumerate(samples) if rule.add(n, value)]


def test_three_seconds_past_it_are_a_crossing_and_five_clearly_within_end_it():
    samples = [700.0] * 5 + [801.0] * 9 + [790.0] * 20 + [760.0] * 5
    assert told(CrossingRule(P95), samples) == [(7, True, 5), (38, False, 34)]


def test_what_dances_around_the_limit_crosses_it_once():
    assert told(CrossingRule(P95), [801.0, 801.0, 801.0] + [799.0, 770.0, 805.0] * 50) == [
        (2, True, 0)
    ]
    assert told(CrossingRule(P95), [801.0, 801.0, 799.0] * 50) == []


def test_a_pass_rate_is_clearly_within_by_what_it_leaves_to_fail():
    samples = [100.0, 98.9, 98.9, 98.9, *[99.01] * 9, *[99.06] * 5]
    assert told(CrossingRule(PASSES), samples) == [(3, True, 1), (17, False, 13)]
    assert told(CrossingRule(ObjectiveSpec(metric="pass_rate", min=100)), [99.0] * 3 + [100.0] * 5)


def test_a_least_rate_counts_from_when_it_was_reached():
    rule = CrossingRule(LEAST)
    assert told(rule, [0.0] * 50 + [99.0, 100.0]) == []
    assert told(rule, [90.0] * 3) == [(2, True, 0)]


@given(values)
def test_it_goes_back_and_forth_and_only_for_a_reason(samples):
    changes = told(CrossingRule(P95), samples)
    assert [state for _, state, _ in changes] == [n % 2 == 0 for n in range(len(changes))]
    for second, state, since in changes:
        within = [value > 800 for value in samples[since : second + 1]]
        assert within == [state] * (3 if state else 5)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"metric": "p95_ms", "max": 1}, "p95_ms"),
        ({"metric": "p95_ms", "min": 1}, "p95_ms min"),
        ({"metric": "pass_rate", "min": 1, "of": "log in"}, "pass_rate of log in"),
        ({"metric": "tps", "max": 1, "of": "log in"}, "tps max of log in"),
        ({"metric": "server", "max": 1, "of": "web1/cpu_percent"}, "server of web1/cpu_percent"),
    ],
)
def test_each_limit_has_a_name_of_its_own(fields, key):
    assert objective_key(ObjectiveSpec.model_validate(fields)) == key
