"""Groups started by hand before their time has come."""

from __future__ import annotations

from typing import Any

from perfconsole.model import wire
from perfconsole.model.states import GroupState, StopMode

SCENARIO: dict[str, Any] = {
    "groups": {
        "now": {"vus": 3},
        "later": {"vus": 5, "start_after": "60s"},
        "last": {"vus": 7, "after_group": "now"},
    },
}


def test_a_group_whose_delay_runs_starts_at_once(make_desk):
    desk = make_desk(SCENARIO)
    desk.advance(10)
    assert desk.do(do="start", groups=["later"]) == "started later"
    assert desk.vus() == {"now": 3, "later": 5, "last": 0}
    assert desk.do(do="start", groups=["later"]) == "refused: already running: later"


def test_a_group_that_waits_for_another_starts_at_once(make_desk):
    desk = make_desk(SCENARIO)
    assert desk.do(do="start", groups=["last"]) == "started last"
    desk.advance(1)
    assert desk.vus() == {"now": 3, "later": 0, "last": 7}


def test_taken_back_it_waits_for_its_time_again(make_desk):
    desk = make_desk(SCENARIO)
    desk.advance(10)
    desk.do(do="start", groups=["later", "last"])
    desk.advance(5)
    assert desk.do(do="undo") == "undid: started later, last (by anna)"
    assert desk.vus() == {"now": 3, "later": 0, "last": 0}
    assert desk.groups["last"].state is GroupState.PENDING
    desk.advance(49)
    assert desk.vus()["later"] == 0
    desk.advance(2)
    assert desk.vus() == {"now": 3, "later": 5, "last": 0}


def test_one_that_is_paused_while_it_waits_is_resumed_and_not_started(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="pause", groups=["later"])
    assert desk.do(do="start", groups=["later"]) == "refused: already running: later"


def test_a_rate_is_changed_once_its_group_has_begun(make_desk):
    following = {"rate": "20/s", "vus": 4, "after_group": "now"}
    desk = make_desk({"groups": {"now": {"vus": 3}, "next": following}})
    assert desk.do(do="rate", group="next", to=50) == (
        "refused: next has not begun yet: start it, then change its rate"
    )
    desk.do(do="start", groups=["next"])
    assert desk.do(do="rate", group="next", to=50) == "rate of next 20/s → 50/s"
    assert desk.groups["next"].rate.stands == 50


def test_going_on_starts_nothing_that_was_stopped(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="vus", group="now", to=9)
    desk.do(do="vus", group="later", to=2)
    desk.do(do="stop", groups=["now"])
    said = desk.do(do="hold", groups=["all"], on=False)
    assert said == "later went on with the schedule"
    assert desk.vus() == {"now": 0, "later": 5, "last": 0}


def test_a_hold_keeps_also_who_waits_for_another_group(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="hold", groups=["last"])
    desk.do(do="stop", groups=["now"])
    desk.advance(10)
    assert desk.vus()["last"] == 0
    desk.do(do="hold", groups=["last"], on=False)
    desk.advance(1)
    assert desk.vus()["last"] == 7


def test_pausing_everything_hurries_who_is_on_the_way_out(make_desk):
    desk = make_desk(SCENARIO)
    desk.do(do="stop", groups=["now"])
    desk.groups["now"].alive = 3
    assert desk.do(do="pause", groups=["now"]) == "refused: nothing to pause in now"
    before = len(desk.pool.sent)
    assert desk.do(do="pause", groups=["all"]) == (
        "paused later, last; now: VUs that were leaving leave after their request"
    )
    modes = {order.mode for order in desk.pool.sent[before:] if isinstance(order, wire.SetVus)}
    assert modes == {StopMode.AFTER_REQUEST}


def test_what_changes_nothing_is_no_change(make_desk):
    desk = make_desk(SCENARIO)
    assert desk.do(do="vus", group="now", to=3) == "VUs of now 3 → 3"
    assert desk.do(do="vus", group="now", to=3) == "refused: now: 3 VUs already"
    desk.do(do="stop", groups=["now"])
    assert desk.do(do="vus", group="now", to=0) == "refused: now: 0 VUs already"
    assert desk.do(do="undo") == "undid: stopped now after the iteration (by anna)"
