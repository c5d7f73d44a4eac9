"""What commands would make of the loads of groups. Nothing is changed here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.refusal import Refusal
from perfconsole.model.command import ChangeVus, EditSchedule
from perfconsole.model.profile import MOST_KNOTS, Profile
from perfconsole.model.scenario import Scenario
from perfconsole.model.shares import in_whole, more_or_fewer
from perfconsole.model.sketch import Sketch, ramp
from perfconsole.model.stages import CurveSpec, amounts, number
from perfconsole.model.staging import of_rates, staged_from
from perfconsole.model.states import GroupState
from perfconsole.texts import say

_UNDER_WAY = (GroupState.RAMPING, GroupState.RUNNING, GroupState.PAUSED)


class Courses:
    """`seed` is the run's."""

    def __init__(self, roster: Roster, scenario: Scenario, seed: int) -> None:
        self._roster = roster
        self._scenario = scenario
        self._seed = seed

    def changed(self, command: ChangeVus) -> dict[str, Profile]:
        """The VUs of each group that is meant, from its present ones on. Raises Refusal."""
        if self._roster.means_all(command.group):
            return self._shared(command)
        group = self._roster.group(command.group)
        to = max(0, group.target + command.by) if command.by is not None else command.to or 0
        try:
            way = ramp(group.target, to, command.over_s, command.step, command.every_s)
        except ValueError as error:
            raise Refusal(str(error)) from None
        return {group.name: way}

    def edited(self, command: EditSchedule) -> Profile:
        """The rest of a group's schedule, from its present load on. Raises Refusal."""
        group, stages = self._roster.group(command.group), command.load
        if not group.running:
            raise Refusal(say("not running: {groups}", groups=group.name))
        if any(isinstance(stage, CurveSpec) and not stage.read for stage in stages):
            raise Refusal(say("a curve from a file cannot be read now; write its points"))
        is_open = group.rate is not None
        spoken = any(number(amount) for stage in stages for amount in amounts(stage))
        if spoken and of_rates(stages) and not is_open:
            raise Refusal(say('{group} has no rate: write VUs, such as "to 200"', group=group.name))
        if spoken and is_open and not of_rates(stages):
            raise Refusal(say('{group} has a rate: write one, such as "to 500/s"',
                              group=group.name))  # fmt: skip
        now = group.target if group.rate is None else group.rate.stands
        try:
            return staged_from(now, stages, f"{self._seed}/{group.name}", rates=is_open)
        except ValueError as error:
            raise Refusal(str(error)) from None

    # ---------------------------------------------------------------- all groups together

    def _shared(self, command: ChangeVus) -> dict[str, Profile]:
        groups = self._sharing()
        weights = self._weights(groups)
        now = {group.name: group.target for group in groups}
        if command.by is not None:
            then = more_or_fewer(now, weights, command.by)
        else:
            to, whole = command.to or 0, sum(weights.values())
            then = in_whole({name: to * part / whole for name, part in weights.items()}, to)
        if command.step and sum(then.values()) != sum(now.values()):
            return _in_steps(now, then, command.step, command.every_s)
        return {name: ramp(now[name], to, command.over_s) for name, to in then.items()}

    def _sharing(self) -> Sequence[GroupSchedule]:
        """The groups under way whose VUs are their load; all such groups when none is under way.

        Raises Refusal.
        """
        self._roster.demand_groups()
        closed = [group for group in self._roster.schedules.values() if group.rate is None]
        if not closed:
            raise Refusal(say("every group has a rate: change the rate of each"))
        return [group for group in closed if group.state in _UNDER_WAY] or closed

    def _weights(self, groups: Sequence[GroupSchedule]) -> Mapping[str, float]:
        """Their percents of the scenario's VUs; the loads planned where one has none."""
        planned = {group.name: group.planned.peak for group in groups}
        specs = self._scenario.groups
        percents = {name: specs[name].share for name in planned if name in specs}
        known = {name: share for name, share in percents.items() if share is not None}
        return known if len(known) == len(planned) else planned


def _in_steps(
    now: Mapping[str, int], then: Mapping[str, int], step: int, every_s: float
) -> dict[str, Profile]:
    """So many VUs of all groups together at a time, the first ones at once. Raises Refusal."""
    before, after = sum(now.values()), sum(then.values())
    steps = math.ceil(abs(after - before) / step)
    if 2 * steps > MOST_KNOTS:
        raise Refusal(say("these are more than {most:,} steps", most=MOST_KNOTS // 2))
    sketches = {name: Sketch(vus) for name, vus in now.items()}
    way = step if after > before else -step
    for done in range(steps):
        total = after if done + 1 == steps else before + way * (done + 1)
        share = (total - before) / (after - before)
        parts = in_whole({n: now[n] + (then[n] - now[n]) * share for n in now}, total)
        for name, sketch in sketches.items():
            sketch.line(sketch.value, done * every_s)
            sketch.jump(parts[name])
    for name, sketch in sketches.items():
        pace = max(1.0, step * abs(then[name] - now[name]) / abs(after - before))
        sketch.stage("to", step=pace, every_s=every_s)
    return {name: sketch.profile() for name, sketch in sketches.items()}
