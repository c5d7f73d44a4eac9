"""When a rendezvous releases, and when it must not."""

import math

import pytest

from perfconsole.controller.points import Crowd, Point
from perfconsole.model import wire
from perfconsole.model.point_spec import PointSpec


def point(wait_for: str | int = "100% of all", timeout: float = 30.0) -> Point:
    return Point("top-up", PointSpec(wait_for=wait_for, timeout=timeout), frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("wait_for", "expected", "alive", "needed"),
    [
        ("100% of all", 10, 4, 10),
        ("25% of all", 10, 4, 3),
        ("100% of running", 10, 4, 4),
        ("50% of running", 10, 3, 2),
        (8, 10, 4, 8),
        (80, 10, 4, 10),
        ("manual", 10, 4, None),
        ("100% of all", 0, 0, 1),
    ],
)
def test_how_many_it_waits_for(
    wait_for: str | int, expected: int, alive: int, needed: int | None
) -> None:
    assert point(wait_for).needed(Crowd(expected, alive, paused=False)) == needed


def test_it_releases_when_enough_have_gathered_over_all_injectors() -> None:
    here = point(5)
    crowd = Crowd(10, 10, paused=False)
    here.gathered(0, {"a": 2})
    here.gathered(1, {"a": 1, "b": 1})
    assert here.due(0.1, crowd) is None
    here.gathered(1, {"a": 1, "b": 2})
    assert here.waiting == {"a": 3, "b": 2}
    assert here.due(0.1, crowd) == "full"


def test_it_does_not_release_again_before_every_injector_has_acted() -> None:
    here = point(2)
    crowd = Crowd(10, 10, paused=False)
    here.gathered(0, {"a": 2})
    assert here.due(0.1, crowd) == "full"
    here.released({0, 1}, 2, now_s=0.0)
    assert here.due(0.1, crowd) is None
    here.gathered(0, {})
    here.answered(0)
    here.lost(1)
    here.gathered(0, {"a": 2})
    assert here.due(0.1, crowd) == "full"


def test_nothing_releases_by_itself_while_anything_is_paused_nor_does_its_patience_run() -> None:
    here = point(2, timeout=5)
    here.gathered(0, {"a": 2})
    assert here.due(60, Crowd(10, 10, paused=True)) is None
    here.gathered(0, {"a": 1})
    assert here.due(4, Crowd(10, 10, paused=False)) is None
    assert here.due(2, Crowd(10, 10, paused=False)) == "timeout"


def test_each_arrival_renews_its_patience() -> None:
    here = point(9, timeout=5)
    crowd = Crowd(10, 10, paused=False)
    here.gathered(0, {"a": 1})
    assert here.due(4, crowd) is None
    here.gathered(0, {"a": 2})
    assert here.due(4, crowd) is None
    assert here.due(4, crowd) == "timeout"


def test_manual_waits_for_a_hand_for_ever() -> None:
    here = point("manual", timeout=1)
    here.gathered(0, {"a": 10})
    assert here.due(1000, Crowd(10, 10, paused=False)) is None


def test_vus_that_are_gone_shrink_what_is_waited_for() -> None:
    here = point("100% of all")
    here.gathered(0, {"a": 6})
    assert here.due(0.1, Crowd(10, 10, paused=False)) is None
    assert here.due(0.1, Crowd(6, 6, paused=False)) == "full"


def test_the_spread_is_from_the_first_to_the_last_request_over_all_injectors() -> None:
    here = point()
    number = here.released({0, 1}, 30, now_s=10.0)
    here.spread(wire.Spread("top-up", number, first_at=100.010, last_at=100.020, vus=20))
    assert here.closed_spreads(11.0) == []
    here.spread(wire.Spread("top-up", number, first_at=100.005, last_at=100.015, vus=10))
    (spread,) = here.closed_spreads(11.0)
    assert (spread.number, spread.vus) == (1, 30)
    assert spread.spread_ms == pytest.approx(15, abs=0.01)
    assert here.closed_spreads(11.0) == []


def test_a_spread_is_closed_without_injectors_that_never_tell() -> None:
    here = point()
    number = here.released({0, 1}, 30, now_s=10.0)
    here.spread(wire.Spread("top-up", number, first_at=1.0, last_at=1.5, vus=20))
    assert here.closed_spreads(71.0) == []
    (spread,) = here.closed_spreads(72.5)
    assert (spread.vus, spread.spread_ms) == (30, 500.0)


def test_a_release_of_vus_that_send_nothing_is_told_without_a_spread() -> None:
    here = point()
    here.released({0}, 3, now_s=10.0)
    (spread,) = here.closed_spreads(math.inf)
    assert (spread.number, spread.vus, spread.spread_ms) == (1, 3, None)


# ---------------------------------------------------------------- switched and changed by hand


def test_off_for_one_group_is_on_for_the_others() -> None:
    here = point("100% of all")
    here.switch(False, ("a",), ())
    assert (here.on, here.off, here.groups_on) == (True, ("a",), {"b"})
    here.gathered(0, {"a": 6})
    crowd = Crowd(4, 4, paused=False)
    assert here.due(0.1, crowd) is None, "those who are to go count no more"
    here.gathered(0, {"a": 6, "b": 4})
    assert here.due(0.1, crowd) == "full"
    here.switch(False, ("b",), ())
    assert (here.on, here.off, here.needed(crowd)) == (False, (), None)
    here.switch(True, ("a",), ())
    assert (here.on, here.off) == (True, ("b",))
    here.switch(True, (), ())
    assert (here.on, here.off) == (True, ())
    here.switch(False, (), ())
    here.switch(True, ("b",), ())
    assert (here.on, here.off) == (True, ("a",))


def test_it_does_not_release_before_every_injector_has_acted_on_a_switch() -> None:
    here = point(2)
    here.switch(True, (), {0, 1})
    here.released({0}, 2, now_s=0.0)
    here.gathered(0, {"a": 2})
    for injector in (0, 1):
        assert here.due(0.1, Crowd(9, 9, paused=False)) is None
        here.answered(injector)
    assert here.due(0.1, Crowd(9, 9, paused=False)) is None
    here.answered(0)
    assert here.due(0.1, Crowd(9, 9, paused=False)) == "full"


def test_another_policy_holds_from_now_on() -> None:
    here = point("manual")
    crowd = Crowd(10, 10, paused=False)
    here.gathered(0, {"a": 3})
    assert here.due(1000, crowd) is None
    assert here.policy is None
    here.follow(PointSpec(wait_for="50% of all", timeout=5))
    assert here.policy == "50% of all"
    assert here.due(4, crowd) is None
    assert here.due(2, crowd) == "timeout"
    here.follow(PointSpec(wait_for=3, timeout=5))
    assert here.due(0.1, crowd) == "full"
