"""A VU that was stopped alone is missed where it was; every share adds up whatever follows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.controller.lessened import Lessened
from perfconsole.model.shares import shares

HERE = (0, 1, 2)


def test_only_the_injector_that_lost_vus_has_fewer() -> None:
    lessened = Lessened()
    lessened.lessen(0, 3)
    assert lessened.shares(12, HERE, 0) == {0: 2, 1: 5, 2: 5}
    assert lessened.shares(6, HERE, 0) == {0: 0, 1: 3, 2: 3}
    assert lessened.shares(3, HERE, 0) == {0: 0, 1: 2, 2: 1}
    assert lessened.shares(0, HERE, 0) == {0: 0, 1: 0, 2: 0}


def test_vus_wanted_later_come_where_some_are_missed_and_move_nobody() -> None:
    lessened = Lessened()
    lessened.lessen(0, 3)
    lessened.raised(2)
    assert lessened.shares(14, HERE, 0) == {0: 4, 1: 5, 2: 5}
    lessened.raised(5)
    assert lessened.shares(19, HERE, 0) == shares(19, HERE, 0)


def test_what_a_lost_injector_missed_is_forgotten() -> None:
    lessened = Lessened()
    lessened.lessen(0, 3)
    lessened.lessen(1, 1)
    lessened.lost(0)
    assert lessened.shares(9, (1, 2), 0) == {1: 4, 2: 5}


@given(
    total=st.integers(0, 200),
    course=st.lists(
        st.tuples(
            st.sampled_from(["stop", "raise", "lower"]), st.integers(0, 2), st.integers(1, 9)
        ),
        max_size=20,
    ),
    offset=st.integers(0, 3),
)
def test_they_add_up_and_a_stop_changes_one_share_alone(total, course, offset) -> None:
    lessened = Lessened()
    for what, injector, by in course:
        before = lessened.shares(total, HERE, offset)
        match what:
            case "stop" if before[injector] >= by:
                lessened.lessen(injector, by)
                total -= by
                assert lessened.shares(total, HERE, offset) == {
                    **before, injector: before[injector] - by
                }  # fmt: skip
            case "raise":
                lessened.raised(by)
                total += by
            case "lower":
                total = max(0, total - by)
        each = lessened.shares(total, HERE, offset)
        assert sum(each.values()) == total
        assert min(each.values()) >= 0
