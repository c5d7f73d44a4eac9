"""A group's schedule: initialized first, for a time, after another, with samples."""

import pytest

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model.sketch import ramp
from perfconsole.model.states import GroupState


@pytest.fixture
def schedule() -> GroupSchedule:
    return GroupSchedule("browse", ramp(0, 10, over_s=10))


def test_an_initializing_group_wants_ready_vus_and_nobody_plays(schedule: GroupSchedule) -> None:
    schedule.initialize()
    schedule.advance(60)
    assert (schedule.state, schedule.target, schedule.ready) == (GroupState.INITIALIZING, 0, 10)
    assert not schedule.running
    schedule.start()
    assert (schedule.target, schedule.ready) == (0, 10)
    schedule.advance(3)
    assert (schedule.state, schedule.target, schedule.ready) == (GroupState.RAMPING, 3, 10)
    schedule.advance(60)
    assert (schedule.target, schedule.ready) == (10, 10)


def test_after_a_start_delay_they_are_still_ready(schedule: GroupSchedule) -> None:
    schedule.initialize()
    schedule.start(5)
    schedule.advance(4)
    assert (schedule.state, schedule.target, schedule.ready) == (GroupState.PENDING, 0, 10)


def test_ready_vus_stay_while_a_hand_lowers_those_that_play(schedule: GroupSchedule) -> None:
    schedule.initialize()
    schedule.start()
    schedule.advance(6)
    schedule.change(2)
    assert (schedule.target, schedule.ready) == (2, 6)
    schedule.change(10)
    assert (schedule.target, schedule.ready) == (10, 10)
    schedule.advance(1)
    schedule.change(4)
    assert (schedule.target, schedule.ready) == (4, 4)


def test_a_start_of_all_at_once_wants_no_more_than_all() -> None:
    schedule = GroupSchedule("browse", ramp(0, 10))
    schedule.initialize()
    schedule.start()
    assert (schedule.target, schedule.ready) == (10, 10)


def test_a_later_start_without_initialization_begins_without_ready_vus(
    schedule: GroupSchedule,
) -> None:
    schedule.initialize()
    schedule.start()
    schedule.stop()
    assert (schedule.ready, schedule.state) == (0, GroupState.STOPPED)
    schedule.start()
    assert schedule.ready == 0
    schedule.stop()
    schedule.change(3)
    assert schedule.ready == 3


def test_a_stop_while_initializing_is_a_stop(schedule: GroupSchedule) -> None:
    schedule.initialize()
    schedule.heard(10, 0)
    schedule.stop()
    assert (schedule.state, schedule.ready) == (GroupState.STOPPING, 0)
    schedule.heard(0, 0)
    assert schedule.state is GroupState.STOPPED


def test_a_group_that_waits_for_another_is_pending_and_its_vus_stay_ready(
    schedule: GroupSchedule,
) -> None:
    schedule.initialize()
    schedule.wait()
    schedule.advance(60)
    assert (schedule.state, schedule.target, schedule.ready) == (GroupState.PENDING, 0, 10)
    schedule.start()
    schedule.advance(4)
    assert (schedule.target, schedule.ready) == (4, 10)


def test_its_duration_is_clock_time_from_its_first_vu_whatever_is_paused_or_held() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4), duration_s=10)
    schedule.start(5)
    schedule.advance(5)
    schedule.advance(4)
    schedule.paused = True
    schedule.advance(3)
    schedule.paused, schedule.held = False, True
    assert not schedule.out_of_time
    schedule.advance(3)
    assert schedule.out_of_time
    schedule.heard(4, 0)
    schedule.complete()
    assert (schedule.state, schedule.target) == (GroupState.STOPPING, 0)
    schedule.heard(0, 0)
    assert (schedule.state, schedule.out_of_time) == (GroupState.FINISHED, False)


def test_a_group_whose_time_was_over_has_it_all_again_when_a_hand_starts_it() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4), duration_s=10)
    schedule.start()
    for _ in range(3):
        schedule.advance(10)
    schedule.complete()
    schedule.change(2)
    schedule.advance(1)
    assert (schedule.out_of_time, schedule.target) == (False, 2)


def test_it_is_finished_when_no_samples_are_left_even_in_the_middle_of_its_ramp(
    schedule: GroupSchedule,
) -> None:
    schedule.start()
    schedule.advance(2)
    schedule.heard(1, 1, samples_left=0)
    schedule.heard(0, 2, samples_left=3)
    assert not schedule.finished
    schedule.heard(0, 2, samples_left=0)
    schedule.heard(0, 2, samples_left=0)
    assert schedule.state is GroupState.FINISHED


def test_no_samples_left_before_the_start_finishes_nothing(schedule: GroupSchedule) -> None:
    schedule.start(5)
    for _ in range(3):
        schedule.heard(0, 0, samples_left=0)
    assert schedule.state is GroupState.PENDING


def test_a_group_all_of_whose_vus_gave_up_is_finished() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4))
    schedule.start()
    schedule.advance(1)
    for _ in range(2):
        schedule.heard(0, 4)
    assert schedule.state is GroupState.FINISHED


def test_a_group_all_of_whose_vus_failed_in_init_is_finished_only_after_its_start() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4))
    schedule.initialize()
    for _ in range(3):
        schedule.advance(1)
        schedule.heard(0, 4)
    assert schedule.state is GroupState.INITIALIZING
    schedule.start()
    for _ in range(2):
        schedule.advance(1)
        schedule.heard(0, 4)
    assert schedule.state is GroupState.FINISHED
