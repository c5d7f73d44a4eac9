"""Groups started by hand before their time has come."""

from __future__ import annotations

from typing import Any

from perfconsole.model.states import GroupState

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
