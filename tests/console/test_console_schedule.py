"""What remains of a schedule, in one line, and such a line typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.console.present.remaining import rest_text
from perfconsole.console.typed import typed_schedule
from perfconsole.metrics.view import GroupView
from perfconsole.model.command import EditSchedule
from perfconsole.model.event import StageInfo
from perfconsole.model.stages import HoldSpec, ToSpec

CLOSED = GroupView("browse", "browse", 200)
OPEN = GroupView("browse", "browse", 200, open=True)


def test_a_schedule_as_typed() -> None:
    (command,) = typed_schedule("to 200 over 2m, hold 10m, to 50 by 5 every 3s", CLOSED)
    assert command == EditSchedule(
        group="browse",
        load=(ToSpec(to="200", over=120), HoldSpec(hold=600), ToSpec(to="50", add="5", every=3)),
    )
    (command,) = typed_schedule("to 300/s over 2m, hold 5m, to 0", OPEN)
    assert command.load[0] == ToSpec(to="300/s", over=120)


@pytest.mark.parametrize(
    ("text", "group", "said"),
    [
        ("", CLOSED, "is no stage; write"),
        ("up to 200", CLOSED, "'up to 200' is no stage; write"),
        ("to 2.5 over 2m", CLOSED, "VUs are whole numbers"),
        ("wave from 200 to 50 every 1m for 5m", CLOSED, "the least comes first"),
        ("to 200, to 5/s over 1m", CLOSED, "speaks of VUs, another one of a rate"),
        ("to 5/s", CLOSED, "browse has no rate"),
        ("to 5", OPEN, "browse has a rate"),
        ("to 99999999", CLOSED, "at most 1,000,000"),
    ],
)
def test_what_is_wrong_is_told(text: str, group: GroupView, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        typed_schedule(text, group)


PLAN = (
    StageInfo("to", 60.0, 200.0, 200.0),
    StageInfo("hold", 660.0, 200.0, 200.0),
    StageInfo("spike", 690.0, 200.0, 500.0),
    StageInfo("to", 690.0, 100.0, 200.0),
    StageInfo("exponential", 750.0, 400.0, 400.0),
)


@pytest.mark.parametrize(
    ("age_s", "left"),
    [
        (0, "to 200 over 1m, hold 10m, spike 500 for 30s, to 100, exponential to 400 over 1m"),
        (20, "to 200 over 40s, hold 10m, spike 500 for 30s, to 100, exponential to 400 over 1m"),
        (60, "hold 10m, spike 500 for 30s, to 100, exponential to 400 over 1m"),
        (670, "hold 20s, to 200, to 100, exponential to 400 over 1m"),
        (690, "to 100, exponential to 400 over 1m"),
        (720, "exponential to 400 over 30s"),
        (750, ""),
    ],
)
def test_what_remains_of_a_plan(age_s: float, left: str) -> None:
    assert rest_text(PLAN, age_s, rates=False) == left


def test_what_a_line_cannot_say_is_not_said() -> None:
    plan = (*PLAN, StageInfo("wave", 900.0, 50.0, 300.0))
    assert rest_text(plan, 0, rates=False) is None
    assert rest_text(plan, 900, rates=False) == ""
    assert rest_text((StageInfo("to", 60.0, 0.5, 0.5),), 0, rates=True) == "to 30/min over 1m"


@given(
    st.lists(
        st.tuples(st.sampled_from(["to", "hold", "spike", "exponential"]),
                  st.integers(1, 4000), st.integers(1, 5000)),
        min_size=1, max_size=8,
    ),
    st.floats(0, 20_000),
)  # fmt: skip
def test_what_remains_can_be_typed_again(stages: list[tuple[str, int, int]], age_s: float) -> None:
    end_s, load, plan = 0.0, 0.0, []
    for kind, seconds, to in stages:
        end_s, load = end_s + seconds, load if kind in ("hold", "spike") else float(to)
        plan.append(StageInfo(kind, end_s, load, max(load, float(to))))
    text = rest_text(tuple(plan), age_s, rates=False)
    assert text is not None
    assert bool(text) == (age_s <= end_s if stages[-1][0] == "to" and age_s == end_s
                          else age_s < end_s)  # fmt: skip
    if text:
        typed_schedule(text, CLOSED)
