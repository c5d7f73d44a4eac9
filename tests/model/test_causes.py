"""One alarm for each cause: raised once, recovered once, however it flickers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.causes import HOLD_S, Causes

moments = st.lists(
    st.tuples(
        st.floats(0.0, 2 * HOLD_S, allow_subnormal=False),
        st.sampled_from(["errors", "server web1"]),
        st.booleans(),
    ),
    max_size=60,
)
"""How long after the one before; the cause; whether it is there."""


def told(steps: list[tuple[float, str, bool]]) -> tuple[list[tuple[str, bool, float]], Causes]:
    """What is said: cause, whether raised, and when."""
    causes, said, now = Causes(), [], 1000.0
    for after, cause, is_there in steps:
        now += after
        said += [(each, False, now) for each, _ in causes.recovered(now)]
        if is_there:
            if causes.begins(cause, "error"):
                said.append((cause, True, now))
        else:
            causes.ceases(cause, now, "well")
    return said, causes


@given(moments)
def test_a_cause_is_raised_and_recovers_by_turns(steps):
    said, causes = told(steps)
    for cause in ("errors", "server web1"):
        turns = [on for each, on, _ in said if each == cause]
        assert turns == [place % 2 == 0 for place in range(len(turns))]
        assert (cause in causes.lasting) == (bool(turns) and turns[-1])


@given(moments)
def test_no_alarm_is_told_again_soon_after_it_went_away(steps):
    said, _ = told(steps)
    for cause in ("errors", "server web1"):
        raised = [at for each, on, at in said if each == cause and on]
        assert all(after - before >= HOLD_S for before, after in pairwise(raised))


def test_what_comes_back_is_the_same_alarm_still():
    causes = Causes()
    assert causes.begins("errors", "error")
    causes.ceases("errors", 10.0, "well")
    assert not causes.begins("errors", "error")
    causes.ceases("errors", 20.0, "well again")
    causes.ceases("errors", 45.0, "still well")
    assert [*causes.recovered(20.0 + HOLD_S - 0.1)] == []
    ((cause, known),) = causes.recovered(20.0 + HOLD_S)
    assert (cause, known.gone_at, known.words) == ("errors", 20.0, "well again")
    assert causes.begins("errors", "error")


def test_what_never_was_does_not_recover():
    causes = Causes()
    causes.ceases("errors", 10.0, "well")
    assert [*causes.recovered(1000.0)] == []
