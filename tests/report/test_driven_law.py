"""The law of the steering journal: a run steered by hand, written as a scenario and played again,
wants the same VUs, to within a second and a VU. On real schedules and hands, with no clock but
the test's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.cli.show import text_of
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.courses import Courses
from perfconsole.controller.hands.dispatch import Dispatch
from perfconsole.controller.hands.group_hand import GroupHand
from perfconsole.controller.hands.load_hand import LoadHand
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.load_clock import LoadClock
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.opening import group_schedules, started_fields
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.scenario import Scenario
from perfconsole.model.stages import HoldSpec, SpikeSpec, ToSpec, WalkSpec
from perfconsole.model.start import StartSpec
from perfconsole.model.states import StopMode
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.scenario.load import scenario_from

SCENARIO = """\
name: law
target: http://127.0.0.1:1
groups:
  a: {vus: 400, ramp: over 20s, flow: f}
  b: {load: [{to: 40, add: 10, every: 2s}, {hold: 5s}, {wave: [10, 60], period: 9s, lasting: 20s}],
      start_after: 3s, flow: f}
  c: {rate: 200/s, ramp: over 20s, vus: 50, flow: f}
flows: {f: [{request: GET /}]}
"""
LASTS_S = 40


class _Pool:
    """Nobody plays."""

    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        return {plan.injector: 1 for plan in plans}

    def send(self, injector: int, order: wire.Order) -> None: ...

    def kill(self, injector: int) -> None: ...

    async def stop(self) -> None: ...


class Desk:
    """What a controller has of schedules and hands, without processes and clocks."""

    def __init__(self, scenario: Scenario) -> None:
        self.now_s = 0.0
        self.seen: list[tuple[float, dict[str, float]]] = []
        """What was wanted at each beat, and before each command."""
        self.schedules = group_schedules(scenario, 1)
        self._fleet = Fleet(_Pool(), self.schedules, lambda _: None)
        self._fleet.joined({0: 1})
        self._rates = Rates(self.schedules, self._fleet, lambda: self.now_s)
        self._lives = Lives(
            scenario, self.schedules, self._fleet, lambda: self.now_s, lambda *_: None
        )
        roster = Roster(self.schedules)
        self._dispatch = Dispatch(
            GroupHand(roster, self._fleet, self._lives, SinglePauses(), self._spread).deeds,
            LoadHand(
                roster, self._fleet, self._rates, Courses(roster, scenario, 1), self._spread
            ).deeds,
        )
        opened = self._lives
        self._clock = LoadClock(
            self.schedules, scenario.steering, lambda: opened.opened_s is not None, self._steer
        )
        spec = StartSpec(folder="/run", scenario={}, target="http://h", injectors=1, seed=1,
                         orphan_s=None)  # fmt: skip
        self.events: list[ev.RunEvent] = [
            ev.Started(seq=1, at=0.0, **started_fields(spec, scenario))
        ]
        self._clock.reach(0.0)
        self._lives.open()
        self._look(0.0)

    def go_to(self, at_s: float) -> None:
        """One beat."""
        self.now_s = at_s
        self._clock.reach(at_s)
        self._lives.beat()
        for schedule in self.schedules.values():
            self._spread(schedule)
        self._rates.beat()
        self._look(at_s)

    def hand(self, command: cmd.Command) -> None:
        load_s = self._clock.reach(self.now_s)
        try:
            self._do(command, load_s)
        except Refusal:
            return

    def _steer(self, due: SteeringSpec) -> None:
        self._do(due.command, self._clock.load_s)  # what was done once can be done again

    def _do(self, command: cmd.Command, load_s: float | None) -> None:
        self._look(load_s or 0.0)
        done = self._dispatch.apply(command)
        self._rates.beat()
        self.events.append(ev.Commanded(
            seq=len(self.events) + 1, at=self.now_s, id="x", by="anna", said=done.said,
            command=command.model_dump(mode="json"), load_s=load_s,
        ))  # fmt: skip

    def _spread(self, schedule: GroupSchedule) -> list[int]:
        return [
            self._fleet.want(schedule.name, schedule.target, StopMode.AFTER_ITERATION,
                             schedule.by_hand, schedule.ready)
        ]  # fmt: skip

    def _look(self, at_s: float) -> None:
        rate = self.schedules["c"].rate
        assert rate is not None
        wanted = {name: float(schedule.target) for name, schedule in self.schedules.items()}
        self.seen.append((at_s, wanted | {"rate of c": rate.now}))


def moments(beats: Sequence[float]) -> Iterator[float]:
    """When there is a beat."""
    turn, now_s = cycle(beats), 0.0
    while now_s < LASTS_S:
        now_s = min(float(LASTS_S), now_s + next(turn))
        yield now_s


def driven(
    scenario: Scenario, beats: Sequence[float], hands: Sequence[tuple[float, cmd.Command]] = ()
) -> Desk:
    """The desk when the time is over."""
    desk, left = Desk(scenario), list(hands)
    for at_s in moments(beats):
        while left and left[0][0] <= at_s:
            desk.now_s, command = left.pop(0)
            desk.hand(command)
        desk.go_to(at_s)
    return desk


def near(one: Desk, other: Desk, group: str, within: float) -> bool:
    """Whether what `one` wanted of a group is, or lies between, what `other` wanted within a second
    of it, give or take `within`."""
    first = last = 0
    for at_s, wanted in one.seen:
        while other.seen[first][0] < at_s - 1:
            first += 1
        while last < len(other.seen) and other.seen[last][0] <= at_s + 1:
            last += 1
        around = [load[group] for _, load in other.seen[first:last]]
        if not min(around) - within <= wanted[group] <= max(around) + within:
            return False
    return True


GROUPS = st.sampled_from([("a",), ("b",), ("c",), ("a", "b"), ("all",)])
TIMES = st.sampled_from([0.0, 0.5, 3.0, 12.5])
STAGES = st.sampled_from([
    (ToSpec(to=80, over=7.0), HoldSpec(hold=2.0), ToSpec(to=5, over=3.0)),
    (HoldSpec(hold=3.0), SpikeSpec(spike=200, lasting=2.5), ToSpec(to=0)),
    (WalkSpec(walk=(10, 90), every=1.5, lasting=20.0),),
])  # fmt: skip
COMMANDS = st.one_of(
    st.builds(cmd.StartGroups, groups=GROUPS),
    st.builds(cmd.StopGroups, groups=GROUPS, mode=st.sampled_from(StopMode)),
    st.builds(cmd.PauseGroups, groups=GROUPS),
    st.builds(cmd.ResumeGroups, groups=GROUPS, over_s=TIMES),
    st.builds(cmd.HoldGroups, groups=GROUPS, on=st.booleans()),
    st.builds(cmd.ChangeVus, group=st.sampled_from("ab"), to=st.integers(0, 500), over_s=TIMES),
    st.builds(cmd.ChangeVus, group=st.sampled_from("ab"), by=st.integers(-80, 80)),
    st.builds(cmd.ChangeVus, group=st.sampled_from("ab"), to=st.integers(0, 99),
              step=st.integers(1, 30), every_s=st.floats(0.25, 2)),
    st.builds(cmd.ChangeRate, group=st.just("c"), to=st.integers(0, 300),
              over_s=st.sampled_from([0.0, 3.0, 12.5])),
    st.builds(cmd.ChangeVus, group=st.just("all"), to=st.integers(0, 500), over_s=TIMES),
    st.builds(cmd.EditSchedule, group=st.sampled_from("ab"), load=STAGES),
    st.builds(cmd.ChangeThink, groups=GROUPS, factor=st.floats(0, 3)),
)  # fmt: skip
APART_S = 0.0137
"""Hands are a little late, each another little: at the very moment of a jump of the load, whether
it was made just before lasts no time and is nobody's curve."""
HANDS = st.lists(st.tuples(st.floats(0, LASTS_S), COMMANDS), max_size=14).map(
    lambda hands: [
        (at_s + n * APART_S, command)
        for n, (at_s, command) in enumerate(sorted(hands, key=lambda each: each[0]), start=1)
    ]
)
BEATS = st.lists(st.floats(0.04, 0.1), min_size=1, max_size=9)


def played_again(desk: Desk) -> Scenario:
    return scenario_from(text_of(desk.events), "again.yaml", Path())


@settings(deadline=None, max_examples=40)
@given(HANDS, BEATS, BEATS)
def test_a_repeated_run_wants_the_same_vus(hands, beats, other_beats) -> None:
    scenario = scenario_from(SCENARIO, "law.yaml", Path())
    first = driven(scenario, beats, hands)
    again = played_again(first)
    second = driven(again, other_beats)
    for one, other in ((first, second), (second, first)):
        for group in "abc":
            assert near(one, other, group, 1), group
        assert near(one, other, "rate of c", 15)  # it is ordered at the next beat
    assert played_again(second).steering == again.steering
