"""When the load generator counts as the bottleneck: k of n seconds, hysteresis, sockets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.saturation import (
    SaturationRule,
    SocketRule,
    Vitals,
    injector_vitals,
    machine_vitals,
)

FIT, BETWEEN, OVER = Vitals(False, True), Vitals(False, False), Vitals(True, False)
SIGNS = {".": FIT, "-": BETWEEN, "#": OVER}


def play(rule: SaturationRule, signs: str) -> list[tuple[int, bool, int]]:
    """One sign a second; every change as second, on, since."""
    return [
        (second, rule.on, rule.since)
        for second, sign in enumerate(signs)
        if rule.add(second, SIGNS[sign])
    ]


@pytest.mark.parametrize(
    ("signs", "changes"),
    [
        ("....#....", []),
        ("..#..#..#..", []),
        ("...##", [(4, True, 3)]),
        ("...#.#", [(5, True, 3)]),
        ("##...", [(1, True, 0), (4, False, 2)]),
        ("##.-...", [(1, True, 0), (6, False, 4)]),
        ("##-----", [(1, True, 0)]),
        ("##...#..", [(1, True, 0), (4, False, 2)]),
        ("##...##", [(1, True, 0), (4, False, 2), (6, True, 5)]),
    ],
)
def test_two_of_three_seconds_set_it_and_three_calm_ones_clear_it(
    signs: str, changes: list[tuple[int, bool, int]]
) -> None:
    assert play(SaturationRule(), signs) == changes


@given(st.text("#.-", min_size=1, max_size=60))
def test_what_is_on_began_with_a_second_over_and_what_cleared_with_a_calm_one(signs: str) -> None:
    for second, on, since in play(SaturationRule(), signs):
        assert signs[since] == ("#" if on else ".")
        assert 0 <= second - since <= 2


@given(st.text("#.-", max_size=30))
def test_it_is_told_within_three_seconds_however_the_time_before_was(before: str) -> None:
    rule = SaturationRule()
    play(rule, before + "##")
    assert rule.on


def test_silence_sets_it_at_once_and_calm_seconds_clear_it() -> None:
    rule = SaturationRule()
    assert rule.fell_silent(7)
    assert (rule.on, rule.since) == (True, 7)
    assert not rule.fell_silent(8)
    assert [rule.add(second, FIT) for second in (9, 10, 11)] == [False, False, True]
    assert (rule.on, rule.since) == (False, 9)


@pytest.mark.parametrize(
    ("cpu", "lag", "vitals"),
    [
        (85.0, 10.0, BETWEEN),
        (85.1, 0.1, OVER),
        (20.0, 10.1, OVER),
        (80.0, 8.0, FIT),
        (80.1, 0.0, BETWEEN),
        (0.0, 8.1, BETWEEN),
    ],
)
def test_an_injector_is_over_by_its_cpu_or_by_its_lag(cpu: float, lag: float, vitals: Vitals):
    assert injector_vitals(cpu, lag) == vitals


def test_a_busy_machine_matters_only_when_an_injector_feels_it() -> None:
    assert machine_vitals(99.0, 10.0) == FIT
    assert machine_vitals(94.0, 50.0) == FIT
    assert machine_vitals(99.0, 10.1) == OVER


def test_sockets_are_few_at_a_tenth_and_enough_again_at_a_fifth() -> None:
    rule = SocketRule()
    told = [(left, rule.low) for left in (1000, 500, 101, 100, 50, 150, 201, 90) if rule.add(left)]
    assert told == [(100, True), (201, False), (90, True)]
