"""An operator is there while a front end asks; ctl does not count."""

from perfconsole.controller.attendance import Attendance


def test_a_run_without_a_limit_is_never_an_orphan() -> None:
    assert not Attendance.since(0.0, None).orphaned(1e9)


def test_it_is_an_orphan_once_nobody_came_for_too_long() -> None:
    here = Attendance.since(0.0, 60.0)
    assert not here.orphaned(59.0)
    here.came("console:1", 59.0)
    assert not here.orphaned(1000.0)
    here.went("console:1", 1000.0)
    assert not here.orphaned(1059.0)
    assert here.orphaned(1061.0)


def test_two_questions_of_one_front_end_do_not_confuse_it() -> None:
    here = Attendance.since(0.0, 60.0)
    here.came("console:1", 1.0)
    here.came("console:1", 2.0)
    here.went("console:1", 3.0)
    assert here.away_s(500.0) == 0.0
    here.went("console:1", 500.0)
    assert here.away_s(510.0) == 10.0


def test_while_the_run_is_suspended_nobody_can_come() -> None:
    here = Attendance.since(0.0, 6.0)
    here.came("headless:1", 1.0)
    here.went("headless:1", 2.0)
    here.slept(20.0)
    assert not here.orphaned(27.0)
    assert here.orphaned(29.0)


def test_ctl_is_no_operator() -> None:
    here = Attendance.since(0.0, 60.0)
    here.came("ctl:1", 59.0)
    assert here.orphaned(61.0)


def test_keeping_it_ends_the_limit() -> None:
    here = Attendance.since(0.0, 60.0)
    here.keep()
    assert not here.orphaned(1e9)


def test_a_viewer_is_no_operator_but_gets_the_last_event() -> None:
    here = Attendance.since(0.0, 60.0)
    here.came("viewer:1", 59.0)
    assert here.orphaned(61.0)
    assert here.unwatched_s(100.0) == 0.0
    here.went("viewer:1", 100.0)
    assert here.unwatched_s(103.0) == 3.0
    here.came("console:1", 104.0)
    assert here.unwatched_s(200.0) == 0.0
