"""A group's schedule: what hands and time make of its ramp."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from perfconsole.controller.load.rate_schedule import ArrivalMode, RateSchedule
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp
from perfconsole.model.stages import StageSpec
from perfconsole.model.staging import staged
from perfconsole.model.states import GroupState


def running(target: int = 10, over_s: float = 10.0) -> GroupSchedule:
    schedule = GroupSchedule("browse", ramp(0, target, over_s=over_s))
    schedule.start()
    return schedule


def test_it_is_down_until_started_and_pending_while_its_delay_runs() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4), start_after_s=2)
    assert schedule.state is GroupState.DOWN
    schedule.start(2.0)
    schedule.advance(1.5)
    assert (schedule.state, schedule.target) == (GroupState.PENDING, 0)
    schedule.advance(1.0)
    assert (schedule.state, schedule.target) == (GroupState.RUNNING, 4)


def test_what_is_left_of_a_delay_counts_for_the_ramp() -> None:
    schedule = GroupSchedule("browse", ramp(0, 10, over_s=10), start_after_s=1)
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
    schedule = GroupSchedule("browse", ramp(0, 4))
    schedule.start()
    for alive, done in ((4, 0), (1, 3), (0, 4)):
        schedule.advance(1)
        schedule.heard(alive, done)
        assert not schedule.finished
    schedule.heard(0, 4)
    assert (schedule.finished, schedule.state) == (True, GroupState.FINISHED)


def test_silence_during_a_start_delay_finishes_nothing() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4), start_after_s=4)
    schedule.start(4)
    for _ in range(8):
        schedule.advance(1)
        schedule.heard(0, 0)
    assert (schedule.finished, schedule.state) == (False, GroupState.RUNNING)


def test_the_last_second_of_before_does_not_finish_a_restarted_group() -> None:
    schedule = GroupSchedule("browse", ramp(0, 4))
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


def staged_schedule(*stages: dict[str, object]) -> GroupSchedule:
    listed = TypeAdapter(tuple[StageSpec, ...]).validate_python(stages)
    schedule = GroupSchedule("browse", staged(listed, "7/browse"))
    schedule.start()
    return schedule


UP_HOLD_DOWN = ({"to": 10, "over": 10}, {"hold": 20}, {"to": 0, "over": 10})


def test_stages_are_played_one_after_the_other() -> None:
    schedule = staged_schedule(*UP_HOLD_DOWN)
    seen = []
    for _ in range(9):
        schedule.advance(5)
        seen.append((schedule.target, schedule.state, schedule.course_s))
    ramping, running = GroupState.RAMPING, GroupState.RUNNING
    assert seen == [
        (5, ramping, 5), (10, running, 10), (10, running, 15), (10, running, 20),
        (10, running, 25), (10, ramping, 30), (5, ramping, 35), (0, GroupState.STOPPING, 40),
        (0, GroupState.STOPPING, 45),
    ]  # fmt: skip
    assert (schedule.slots, schedule.goal) == (10, 0)


def test_a_load_that_ends_at_0_ends_its_group_when_its_last_vu_has_left() -> None:
    schedule = staged_schedule(*UP_HOLD_DOWN)
    schedule.advance(100)
    for alive in (3, 1, 0):
        assert not schedule.finished
        schedule.heard(alive, 0)
    schedule.heard(0, 0)
    assert (schedule.state, schedule.running) == (GroupState.FINISHED, False)
    schedule.start()
    assert schedule.state is GroupState.RAMPING


def test_a_hand_at_0_ends_nothing() -> None:
    schedule = staged_schedule(*UP_HOLD_DOWN)
    schedule.advance(15)
    schedule.change(0)
    for _ in range(5):
        schedule.heard(0, 0)
    assert schedule.state is GroupState.STOPPED


def test_going_on_resumes_the_stage_in_which_a_hand_took_over() -> None:
    schedule = staged_schedule(*UP_HOLD_DOWN)
    schedule.advance(15)
    schedule.change(16)
    schedule.advance(1000)
    assert (schedule.target, schedule.course_s) == (16, 15)
    schedule.go_on()
    schedule.advance(6)
    assert (schedule.target, schedule.course_s) == (10, 15)
    schedule.change(3)
    schedule.advance(60)
    schedule.change(9)
    schedule.go_on()
    schedule.advance(1)
    assert (schedule.target, schedule.course_s) == (10, 15)
    schedule.advance(20)
    assert (schedule.target, schedule.course_s) == (5, 35)


def test_pause_hold_and_delay_keep_the_plan_where_it_is() -> None:
    schedule = staged_schedule(*UP_HOLD_DOWN)
    schedule.start(4.0)
    assert schedule.course_s == -4
    schedule.advance(39)
    schedule.paused = True
    schedule.advance(100)
    schedule.paused, schedule.held = False, True
    schedule.advance(100)
    assert (schedule.target, schedule.course_s) == (5, 35)
    schedule.go_on()
    schedule.advance(2)
    assert (schedule.target, schedule.course_s) == (3, 37)


def test_an_open_group_ends_when_its_last_arrival_is_done() -> None:
    listed = TypeAdapter(tuple[StageSpec, ...]).validate_python(
        [{"to": "50/s", "over": 2}, {"to": 0, "over": 2}]
    )
    rate = RateSchedule(staged(listed, ""))
    schedule = GroupSchedule("buy", ramp(0, 20), rate=rate)
    schedule.start()
    rate.follow(ArrivalMode.ON, False, 1.0)
    rate.follow(ArrivalMode.ON, False, 4.0)
    assert (schedule.target, schedule.state) == (20, GroupState.RAMPING)
    rate.follow(ArrivalMode.ON, False, 6.0)
    assert rate.asked == 100
    for busy in (5, 1, 0):
        assert not schedule.finished
        schedule.heard(20, 0, None, busy)
    schedule.heard(20, 0, None, 0)
    assert (schedule.state, schedule.target) == (GroupState.FINISHED, 0)


hands = st.one_of(
    st.tuples(st.just("advance"), st.floats(0, 30)),
    st.tuples(st.just("change"), st.integers(0, 500)),
    st.tuples(st.sampled_from(["stop", "start", "hold", "go_on", "pause", "resume"]), st.none()),
)


plans = st.one_of(
    st.builds(ramp, st.just(0), st.integers(1, 300), st.floats(0, 60)),
    st.just(
        staged(
            TypeAdapter(tuple[StageSpec, ...]).validate_python(
                [
                    {"to": 10, "add": 2, "every": 3}, {"wave": [3, 20], "period": 8, "lasting": 9},
                    {"spike": 50, "lasting": 5}, {"hold": 5}, {"to": 0, "over": 20},
                ]
            ),
            "",
        )
    ),
)  # fmt: skip


@given(st.lists(hands, max_size=30), plans)
def test_whatever_hands_do_the_target_stays_between_nothing_and_the_slots(
    steps: list[tuple[str, float | None]], plan: Profile
) -> None:
    schedule = GroupSchedule("browse", plan)
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
