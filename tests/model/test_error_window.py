from __future__ import annotations

import pytest

from perfconsole.model.alarm_spec import parse_error_limit
from perfconsole.model.error_window import LEAST_S, WINDOW_S, ErrorWindow


def window(limit: str, *seconds: tuple[int, int]) -> ErrorWindow:
    made = ErrorWindow(limit)
    for second in seconds:
        made.add({"a": second})
    return made


@pytest.mark.parametrize(
    ("limit", "second", "over"),
    [
        ("5%", (94, 6), True),
        ("5%", (95, 5), False),
        ("0.5%", (995, 6), True),
        ("20/s", (0, 21), True),
        ("20/s", (900, 20), False),
        ("60/min", (900, 2), True),
        ("off", (0, 100), None),
    ],
)
def test_over_the_limit(limit, second, over):
    assert window(limit, *[second] * LEAST_S).over(()) is over


def test_two_seconds_tell_nothing_and_neither_do_seconds_before_the_first_transaction():
    assert window("5%", *[(0, 0)] * 20, *[(0, 9)] * (LEAST_S - 1)).over(()) is None


def test_only_the_last_ten_seconds_count():
    bad, good = [(0, 10)] * 30, [(10, 0)] * WINDOW_S
    assert window("5%", *bad, *good).over(()) is False
    assert window("5%", *bad, *good[1:]).over(()) is True


def test_no_transactions_at_all_tell_nothing():
    assert window("5%", (0, 9), *[(0, 0)] * WINDOW_S).over(()) is None


def test_muted_groups_are_left_out():
    made = ErrorWindow("5%")
    for _ in range(WINDOW_S):
        made.add({"a": (100, 0), "b": (0, 50)})
    assert made.over(()) is True and made.figure(()) == pytest.approx(100 / 3)
    assert made.over({"b"}) is False
    assert made.over({"a"}) is True
    assert made.over({"a", "b"}) is False


@pytest.mark.parametrize("right", ["5%", " 5 % ", "0.1%", "100%", "20/s", "300 / min", "off"])
def test_what_may_be_written(right):
    assert parse_error_limit(right) == right.replace(" ", "")


@pytest.mark.parametrize("wrong", ["5", 5, "0%", "101%", "0/s", "5/x", "-1%", "", None, True, "on"])
def test_what_may_not(wrong):
    with pytest.raises(ValueError, match=r"errors|5%"):
        parse_error_limit(wrong)
