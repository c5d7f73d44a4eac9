"""VUs, rates, think times and schedules changed by hand."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.courses import Courses
from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.refusal import Refusal
from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.model.profile import Profile
from perfconsole.model.rate import rate_text
from perfconsole.scenario.stage_words import stage_text
from perfconsole.texts import say, some_vus

STAGES_SAID = 6


class LoadHand:
    """`courses` tells what becomes of loads, `spread` sends a group's present target to the
    injectors."""

    def __init__(
        self,
        roster: Roster,
        fleet: Fleet,
        rates: Rates,
        courses: Courses,
        spread: Callable[[GroupSchedule], list[int]],
    ) -> None:
        self._roster = roster
        self._fleet = fleet
        self._rates = rates
        self._courses = courses
        self._spread = spread

    @property
    def deeds(self) -> Deeds:
        return {
            cmd.HoldGroups: self._hold,
            cmd.ChangeVus: self._vus,
            cmd.ChangeRate: self._rate,
            cmd.ChangeThink: self._think,
            cmd.EditSchedule: self._edit,
        }

    def _hold(self, command: cmd.HoldGroups) -> Done:
        groups = self._roster.named(command.groups)
        if command.on:
            free = [group for group in groups if group.running and not group.held]
            if not free:
                raise Refusal(say("nothing to hold in {groups}", groups=self._roster.words(groups)))
            for group in free:
                group.held = True
            at = sum(group.target for group in free)
            said = say("held {groups} at {vus}", groups=self._roster.words(free), vus=some_vus(at))
            if rates := [group.rate.now for group in free if group.rate is not None]:
                said = say("{done}, {rate}", done=said, rate=rate_text(sum(rates)))
            return Done(said)
        waiting = [group for group in groups if group.held or group.by_hand]
        if not waiting:
            raise Refusal(say("not held: {groups}", groups=self._roster.words(groups)))
        for group in waiting:
            group.go_on()
        led = [group for group in waiting if group.by_hand]
        back = [group for group in waiting if not group.by_hand]
        done = []
        if back:
            done.append(say("{groups} went on with the schedule", groups=self._roster.words(back)))
        if led:
            done.append(say("{groups} went on by hand", groups=self._roster.words(led)))
        return Done("; ".join(done))

    def _vus(self, command: cmd.ChangeVus) -> Done:
        courses = self._courses.changed(command)
        groups = [self._roster.group(name) for name in courses]
        if all(_is_so(group, courses[group.name]) for group in groups):
            raise Refusal(say("{groups}: {vus} already", groups=self._roster.words(groups),
                              vus=some_vus(sum(group.target for group in groups))))  # fmt: skip
        before = sum(group.target for group in groups)
        to = sum(int(course.target) for course in courses.values())
        for group in groups:
            group.take_over(courses[group.name])
        said = say("VUs of {groups} {before} → {to}",
                   groups=self._roster.words(groups), before=before, to=to)  # fmt: skip
        if len(groups) > 1:
            parts = (f"{name} {course.target:g}" for name, course in courses.items())
            said = say("{done} ({parts})", done=said, parts=", ".join(parts))
        if command.over_s:
            said = say("{done} over {time}", done=said, time=short(command.over_s))
        elif command.step:
            said = say(
                "{done}, {step} every {time}",
                done=said,
                step=command.step,
                time=short(command.every_s),
            )
        kept = [group for group in self._roster.schedules.values() if group.rate is not None]
        if self._roster.means_all(command.group) and kept and kept[0].name not in courses:
            said = say("{done}; not those with a rate: {groups}",
                       done=said, groups=self._roster.words(kept))  # fmt: skip
        return Done(said, [order for group in groups for order in self._spread(group)])

    def _edit(self, command: cmd.EditSchedule) -> Done:
        plan, group = self._courses.edited(command), self._roster.group(command.group)
        group.edit(plan)
        if group.rate is not None:
            self._rates.edit(group, group.rate, plan)
        stages = ", ".join(map(stage_text, command.load[:STAGES_SAID]))
        said = say("rest of {group}'s schedule: {stages}", group=group.name, stages=stages)
        if len(command.load) > STAGES_SAID:
            said = say("{done}, and {n} more", done=said, n=len(command.load) - STAGES_SAID)
        return Done(said, self._spread(group))

    def _rate(self, command: cmd.ChangeRate) -> Done:
        group = self._roster.group(command.group)
        if group.rate is None:
            raise Refusal(
                say(
                    "{group} has no rate: its VUs do not wait for arrivals; change its VUs",
                    group=group.name,
                )
            )
        if not group.running:
            raise Refusal(say("not running: {groups}", groups=group.name))
        if group.awaited:
            raise Refusal(say("{group} has not begun yet: start it, then change its rate",
                              group=group.name))  # fmt: skip
        before = group.rate.stands
        self._rates.change(group, group.rate, command.to, command.over_s)
        said = say(
            "rate of {group} {before} → {to}",
            group=group.name,
            before=rate_text(before),
            to=rate_text(command.to),
        )
        if command.over_s:
            said = say("{done} over {time}", done=said, time=short(command.over_s))
        return Done(said)

    def _think(self, command: cmd.ChangeThink) -> Done:
        groups, factor = self._roster.named(command.groups), command.factor
        orders = []
        for group in groups:
            group.change_think(factor)
            orders.append(self._fleet.set_think(group.name, group.think))
        said = say(
            "think time of {groups} × {factor:g}", groups=self._roster.words(groups), factor=factor
        )
        return Done(said, orders)


def _is_so(group: GroupSchedule, way: Profile) -> bool:
    """A hand has taken it there already, or it has ended and is to have none."""
    there = not way.length_s and way.target == group.target
    return there and (not group.running or (group.by_hand and not group.held and group.still))
