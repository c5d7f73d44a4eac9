"""Loads of all groups together, and schedules edited while they run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

SHARES: dict[str, Any] = {
    "vus": 10, "groups": {"a": {"vus": "50%"}, "b": {"vus": "30%"}, "c": {"vus": "20%"}},
}  # fmt: skip


def test_a_total_is_shared_by_the_percents_of_the_scenario(make_desk):
    desk = make_desk(SHARES)
    assert desk.do(do="vus", group="all", to=101) == (
        "VUs of all groups 10 → 101 (a 51, b 30, c 20)"
    )
    assert desk.vus() == {"a": 51, "b": 30, "c": 20}


def test_more_or_fewer_keep_what_hands_have_made_of_the_proportions(make_desk):
    desk = make_desk(SHARES)
    desk.do(do="vus", group="a", to=50)
    desk.do(do="vus", group="all", by=10)
    assert desk.vus() == {"a": 50, "b": 9, "c": 6}
    desk.do(do="vus", group="all", by=-40)
    assert desk.vus() == {"a": 13, "b": 7, "c": 5}
    desk.do(do="vus", group="all", by=-400)
    assert desk.vus() == {"a": 0, "b": 0, "c": 0}


def test_without_percents_the_planned_loads_are_the_shares_of_groups_under_way(make_desk):
    desk = make_desk({
        "groups": {"a": {"vus": 30}, "b": {"vus": 10}, "late": {"vus": 5, "start_after": "1h"},
                   "open": {"rate": "5/s"}},
    })  # fmt: skip
    assert (
        desk.do(do="vus", group="all", to=60)
        == "VUs of a, b 40 → 60 (a 45, b 15); not those with a rate: open"
    )
    assert desk.vus()["late"] == 0


def test_groups_that_all_have_rates_have_no_vus_to_share(make_desk):
    desk = make_desk({"groups": {"open": {"rate": "5/s"}}})
    assert desk.do(do="vus", group="all", to=60) == (
        "refused: every group has a rate: change the rate of each"
    )


@pytest.mark.parametrize(
    "command",
    [
        {"do": "vus", "group": "all", "to": 60},
        {"do": "pause", "groups": ["all"]},
        {"do": "start", "groups": ["all"]},
        {"do": "think", "groups": ["all"], "factor": 0.5},
        {"do": "vus", "group": "browse", "to": 3},
    ],
)
def test_a_run_without_groups_says_so(make_desk, command):
    desk = make_desk({"groups": {}, "servers": {"here": {"local": True}}})
    assert desk.do(**command) == "refused: this run has no groups; it has servers to watch"


@given(
    st.integers(0, 400), st.integers(1, 60), st.lists(st.integers(1, 90), min_size=2, max_size=5)
)
def test_each_step_of_all_groups_has_its_exact_total(
    make_desk: Any, to: int, step: int, vus: list[int]
) -> None:
    desk = make_desk({"groups": {f"g{n}": {"vus": count} for n, count in enumerate(vus)}})
    total = sum(vus)
    desk.do(do="vus", group="all", to=to, step=step, every_s=10)
    while total != to:
        total = min(to, total + step) if to > total else max(to, total - step)
        assert sum(desk.vus().values()) == total
        desk.advance(10)
    assert sum(desk.vus().values()) == to


def test_the_rest_of_a_schedule_is_replaced_from_where_it_stands(make_desk):
    desk = make_desk({"groups": {"a": {"load": [{"to": 100, "over": 100}, {"to": 0}]}}})
    desk.advance(40)
    assert desk.do(do="schedule", group="a", load=[{"to": 60, "over": 10}, {"hold": "1m"}]) == (
        "rest of a's schedule: to 60 over 10s, hold 1m"
    )
    seen = []
    for seconds in (0, 5, 5, 30):
        desk.advance(seconds)
        seen.append((desk.vus()["a"], desk.groups["a"].course_s))
    assert seen == [(40, 0), (50, 5), (60, 10), (60, 40)]


@pytest.mark.parametrize(
    "hand", [{"do": "vus", "group": "a", "to": 7}, {"do": "hold", "groups": ["a"]}]
)
def test_a_group_by_hand_or_held_goes_on_with_the_edited_schedule(make_desk, hand):
    desk = make_desk({"groups": {"a": {"vus": 7}}})
    desk.do(**hand)
    desk.do(do="schedule", group="a", load=[{"to": 17, "over": 10}])
    desk.advance(5)
    group = desk.groups["a"]
    assert (group.target, group.by_hand, group.held) == (12, False, False)


def test_a_group_started_again_has_the_schedule_of_its_scenario(make_desk):
    desk = make_desk({"groups": {"a": {"vus": 7}}})
    planned = desk.groups["a"].plan
    desk.do(do="schedule", group="a", load=[{"to": 0}])
    desk.do(do="stop", groups=["a"])
    desk.do(do="start", groups=["a"])
    assert desk.vus() == {"a": 7}
    assert desk.groups["a"].plan is planned


def test_an_edited_rate_goes_on_from_the_present_one(make_desk):
    desk = make_desk({"groups": {"s": {"rate": "100/s", "vus": 9}}})
    desk.advance(10)
    asked = desk.groups["s"].rate.asked
    desk.do(do="schedule", group="s", load=[{"to": "200/s", "over": 10}, {"hold": "1m"}])
    desk.advance(10)
    rate = desk.groups["s"].rate
    assert rate.now == pytest.approx(200, abs=1)
    assert rate.asked - asked == pytest.approx(1500, abs=10)
    assert rate.course_s == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    ("load", "why"),
    [
        ([{"to": "5/s"}], 'a has no rate: write VUs, such as "to 200"'),
        ([{"curve": "day.csv"}], "a curve from a file cannot be read now; write its points"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(make_desk, load, why):
    desk = make_desk({"groups": {"a": {"vus": 7}, "s": {"rate": "5/s"}}})
    assert desk.do(do="schedule", group="a", load=load) == f"refused: {why}"
    assert desk.do(do="schedule", group="s", load=[{"to": 5}]) == (
        'refused: s has a rate: write one, such as "to 500/s"'
    )
    desk.do(do="stop", groups=["a"])
    assert desk.do(do="schedule", group="a", load=[{"to": 5}]) == "refused: not running: a"
