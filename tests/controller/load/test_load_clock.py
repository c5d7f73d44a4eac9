"""The load's own time: what is due is done at its very moment, however the beats fall."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.controller.load.load_clock import LoadClock
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model.sketch import ramp
from perfconsole.model.steering_spec import SteeringSpec


def note(at: float) -> SteeringSpec:
    return SteeringSpec(at=at, do="note", text=f"{at}")


class Load:
    def __init__(self, *steering: SteeringSpec, opened: bool = True) -> None:
        self.group = GroupSchedule("browse", ramp(0, 1000, over_s=10))
        self.opened = opened
        self.done: list[tuple[float, int]] = []
        self.clock = LoadClock({"browse": self.group}, steering, lambda: self.opened, self._do)

    def _do(self, due: SteeringSpec) -> None:
        assert self.clock.load_s is not None
        self.done.append((self.clock.load_s, self.group.target))


def test_it_stands_until_start_delays_count_but_schedules_do_not():
    load = Load(note(1), opened=False)
    load.group.start()
    load.clock.reach(100.0)
    assert load.clock.reach(101.0) is None
    assert load.group.target == 100
    load.opened = True
    assert load.clock.reach(101.5) == 0.5
    assert (load.clock.reach(102.0), load.done) == (1.0, [(1.0, 200)])


def test_a_suspended_controller_lets_a_second_pass():
    load = Load()
    load.clock.reach(0.0)
    assert load.clock.reach(3600.0) == 1.0
    assert load.clock.reach(3600.5) == 1.5


@given(
    st.lists(st.floats(0, 9), max_size=8).map(sorted),
    st.lists(st.floats(0.001, 0.9), min_size=30, max_size=60),
)
def test_what_is_due_meets_the_load_of_its_moment_whatever_the_beats(times, beats):
    load = Load(*(note(at) for at in times))
    load.clock.reach(0.0)
    load.group.start()
    now_s = 0.0
    for beat in beats:
        now_s += beat
        load.clock.reach(now_s)
        assert len(load.done) == sum(at <= load.clock.load_s for at in times)
    for at, (done_at, target) in zip(times, load.done, strict=False):
        assert abs(done_at - at) < 1e-9
        assert abs(target - 100 * at) <= 1
