"""A group's schedule: what hands and time make of its ramp."""

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.controller.schedule import GroupSchedule
from perfconsole.model.curve import Ramp
from perfconsole.model.states import GroupState


def running(target: int = 10, over_s: float = 10.0) -> GroupSchedule:
    schedule = GroupSchedule("browse", Ramp(0, target, over_s=over_s))
    schedule.start()
    return schedule


def test_it_is_down_until_started_and_pending_while_its_delay_runs() -> None:
    schedule = GroupSchedule("browse", Ramp(0, 4), start_after_s=2)
    assert schedule.state is GroupState.DOWN
    schedule.start(2.0)
    schedule.advance(1.5)
    assert (schedule.state, schedule.target) == (GroupState.PENDING, 0)
    schedule.advance(1.0)
    assert (schedule.state, schedule.target) == (GroupState.RUNNING, 4)


def test_what_is_left_of_a_delay_counts_for_the_ramp() -> None:
    schedule = GroupSchedule("browse", Ramp(0, 10, over_s=10), start_after_s=1)
    schedule.start(1.0)
    schedule.advance(3.0)
    assert schedule.target == 2


def test_a_pause_freezes_the_ramp_where_it_stands() -> None:
    schedule = running()
    schedule.advance(3)
    schedule.paused = True
    schedule.advance(60)
    assert (schedule.state, schedule.target) == (GroupState.PAUSED, 3)
    schedule.paused = False
    schedule.advance(2)
    assert (schedule.state, schedule.target) == (GroupState.RAMPING, 5)


def test_a_hold_freezes_it_too_and_going_on_continues_from_there() -> None:
    schedule = running()
    schedule.advance(4)
    schedule.held = True
    schedule.advance(60)
    assert schedule.target == 4
    schedule.go_on()
    schedule.advance(1)
    assert schedule.target == 5


def test_a_change_by_hand_starts_from_where_the_ramp_stands() -> None:
    schedule = running()
    schedule.advance(5)
    schedule.change(25, over_s=10)
    assert schedule.target == 5
    schedule.advance(5)
    assert (schedule.target, schedule.by_hand) == (15, True)


def test_going_on_after_a_change_by_hand_leads_to_the_schedules_own_load() -> None:
    schedule = running()
    schedule.advance(2)
    schedule.change(4)
    schedule.go_on()
    schedule.advance(3)
    assert (schedule.target, schedule.by_hand) == (7, False)
    schedule.advance(60)
    assert schedule.target == 10


def test_a_stop_wants_nobody_and_is_over_when_nobody_lives() -> None:
    schedule = running()
    schedule.advance(60)
    schedule.heard(10, 0)
    schedule.stop()
    assert (schedule.target, schedule.goal, schedule.state) == (0, 0, GroupState.STOPPING)
    schedule.heard(0, 0)
    assert schedule.state is GroupState.STOPPED
    schedule.start()
    assert schedule.running


def test_a_finite_group_is_finished_when_all_its_vus_have_been_done_for_two_seconds() -> None:
    schedule = GroupSchedule("browse", Ramp(0, 4))
    schedule.start()
    for alive, done in ((4, 0), (1, 3), (0, 4)):
        schedule.advance(1)
        schedule.heard(alive, done)
        assert not schedule.finished
    schedule.heard(0, 4)
    assert (schedule.finished, schedule.state) == (True, GroupState.FINISHED)


def test_silence_during_a_start_delay_finishes_nothing() -> None:
    schedule = GroupSchedule("browse", Ramp(0, 4), start_after_s=4)
    schedule.start(4)
    for _ in range(8):
        schedule.advance(1)
        schedule.heard(0, 0)
    assert (schedule.finished, schedule.state) == (False, GroupState.RUNNING)


def test_the_last_second_of_before_does_not_finish_a_restarted_group() -> None:
    schedule = GroupSchedule("browse", Ramp(0, 4))
    schedule.start()
    schedule.heard(0, 4)
    schedule.heard(0, 4)
    schedule.start()
    schedule.heard(0, 4)
    assert not schedule.finished


def test_going_on_after_a_hold_in_a_ramp_by_hand_continues_that_ramp() -> None:
    schedule = running()
    schedule.change(50, over_s=10)
    schedule.advance(5)
    schedule.held = True
    schedule.advance(60)
    schedule.go_on()
    schedule.advance(60)
    assert (schedule.target, schedule.by_hand) == (50, True)
    schedule.go_on()
    schedule.advance(60)
    assert (schedule.target, schedule.by_hand) == (10, False)


hands = st.one_of(
    st.tuples(st.just("advance"), st.floats(0, 30)),
    st.tuples(st.just("change"), st.integers(0, 500)),
    st.tuples(st.sampled_from(["stop", "start", "hold", "go_on", "pause", "resume"]), st.none()),
)


@given(st.lists(hands, max_size=30), st.integers(1, 300), st.floats(0, 60))
def test_whatever_hands_do_the_target_stays_between_nothing_and_the_slots(
    steps: list[tuple[str, float | None]], target: int, over_s: float
) -> None:
    schedule = GroupSchedule("browse", Ramp(0, target, over_s=over_s))
    for what, value in steps:
        before = schedule.target
        match what:
            case "advance":
                schedule.advance(value or 0.0)
            case "change":
                schedule.change(int(value or 0))
                assert schedule.target == int(value or 0)
            case "hold":
                schedule.held = True
            case "pause":
                schedule.paused = True
            case "resume":
                schedule.paused = False
            case "go_on":
                schedule.go_on()
            case _:
                getattr(schedule, what)()
        if what in ("hold", "pause", "resume"):
            assert schedule.target == before
        assert 0 <= schedule.target <= schedule.slots
