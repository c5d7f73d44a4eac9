"""Questions before a command is done: what would destroy, or load far more than anybody planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from perfconsole.controller.added_group import with_group
from perfconsole.controller.hands.courses import Courses
from perfconsole.controller.hands.group_hand import STOP_WORDS
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.model.host_list import is_this_machine, on_list
from perfconsole.model.profile import Profile
from perfconsole.model.rate import rate_text
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import StopMode
from perfconsole.model.together import Coming, most_together
from perfconsole.scenario.forecast import forecast
from perfconsole.texts import say, some_vus

MOST_TIMES = 10
"""A load that becomes more than so many times the present one asks. Of a run or group with fewer
than one VU (or arrival a second), that one counts as present: up to 10 ask nothing."""


class Confirming:
    """`scenario` is what is played now, `target` the URL that the run loads; `undone` tells what
    an undo would make of groups, `done_by_undo` its commands. What starts asks nothing for its
    load: it was planned."""

    def __init__(
        self,
        roster: Roster,
        courses: Courses,
        scenario: Callable[[], Scenario],
        target: str,
        record: Record,
        undone: Callable[[], Mapping[str, GroupSchedule]],
        done_by_undo: Callable[[], Sequence[cmd.Command]],
    ) -> None:
        self._roster = roster
        self._courses = courses
        self._scenario = scenario
        self._target = target
        self._record = record
        self._undone = undone
        self._done_by_undo = done_by_undo

    def question(self, command: cmd.Command) -> str | None:
        """To be answered with yes before `command` is done; None when nothing is to be asked, or
        the command cannot be done anyway."""
        try:
            return self._question(command)
        except Refusal:
            return None

    def _question(self, command: cmd.Command) -> str | None:  # noqa: PLR0911 - one for each kind
        match command:
            case cmd.StopGroups() | cmd.StopVus() | cmd.StopRun():
                return self._stop(command)
            case cmd.ChangeDuration():
                return self._shorten(command)
            case cmd.StartGroups(groups=names) | cmd.InitializeGroups(groups=names):
                return self._start(names)
            case cmd.AddGroup():
                return self._add(command)
            case cmd.ChangeVus():
                courses = self._courses.changed(command)
                return _all_of(self._emptied(courses), self._vus(courses))
            case cmd.EditSchedule():
                course = self._courses.edited(command)
                if self._roster.group(command.group).rate is not None:
                    return self._rate(command.group, course.peak)
                return self._vus({command.group: course})
            case cmd.ChangeRate():
                return self._rate(command.group, command.to)
            case cmd.ChangeThink(groups=names, factor=factor):
                return self._think(names, factor)
            case cmd.HoldGroups(groups=names, on=False):
                return self._go_on(names)
            case cmd.Undo():
                return self._undo()
        return None

    # ---------------------------------------------------------------- what ends VUs

    def _stop(self, command: cmd.StopGroups | cmd.StopVus | cmd.StopRun) -> str | None:
        how = say(STOP_WORDS[command.mode])
        if isinstance(command, cmd.StopVus):
            self._roster.group(command.group)
            if len(command.vus) == 1:
                return say("stop VU {vu} of {group} {how}?", vu=command.vus[0],
                           group=command.group, how=how)  # fmt: skip
            return say("stop {n} VUs of {group} {how}?", n=len(command.vus),
                       group=command.group, how=how)  # fmt: skip
        if isinstance(command, cmd.StopRun):
            vus = sum(group.alive for group in self._roster.schedules.values())
            return say("stop the run {how}, for good: {vus}?",
                       how=how, vus=some_vus(vus))  # fmt: skip
        groups = self._roster.named(command.groups)
        return self._stopping([g for g in groups if g.running or g.initializing or g.alive], how)

    def _stopping(self, groups: Sequence[GroupSchedule], how: str) -> str | None:
        if not groups:
            return None
        vus = sum(group.ready or group.alive for group in groups)
        return say("stop {groups} {how}: {vus}?", groups=self._roster.words(groups),
                   how=how, vus=some_vus(vus))  # fmt: skip

    def _emptied(self, courses: Mapping[str, Profile]) -> str | None:
        """Groups that a hand takes to no VUs end as by a stop."""
        now = self._roster.schedules
        ended = [now[name] for name, way in courses.items() if not way.target and now[name].target]
        if not ended:
            return None
        vus = some_vus(sum(group.target for group in ended))
        return say("take {groups} from {vus} to none?", groups=self._roster.words(ended), vus=vus)

    def _shorten(self, command: cmd.ChangeDuration) -> str | None:
        """To less than it has lasted already: that ends the run."""
        view = self._record.view
        to_s = command.to_s
        if command.by_s is not None and view.duration_s is not None:
            to_s = view.duration_s + command.by_s
        if to_s is None or view.loaded_from is None:
            return None
        lasted_s = self._record.now() - view.loaded_from
        if to_s > lasted_s:
            return None
        return say("end the run at once, for it has lasted {time} already?",
                   time=short(round(lasted_s)))  # fmt: skip

    def _undo(self) -> str | None:
        then, now = self._undone(), self._roster.schedules
        ended = [now[name] for name in then if _at_work(now[name]) and not _at_work(then[name])]
        how = say(STOP_WORDS[StopMode.AFTER_ITERATION])
        times = (c for c in self._done_by_undo() if isinstance(c, cmd.ChangeDuration))
        return _all_of(
            self._stopping(ended, how),
            self._many_times({name: group.target for name, group in then.items()}),
            *map(self._shorten, times),
        )

    # ---------------------------------------------------------------- what begins

    def _start(self, names: Sequence[str]) -> str | None:
        idle = [group for group in self._roster.named(names) if group.startable]
        if not idle:
            return None
        words = self._roster.words(idle)
        coming = {g.name: Coming(g.planned) for g in idle}
        return _all_of(self._elsewhere(words, self._target), self._over_ceiling(coming))

    def _add(self, command: cmd.AddGroup) -> str | None:
        name, edited = command.group, with_group(self._scenario(), command, self._target)
        spec, curve = edited.groups[name], edited.curve_of(name)
        return _all_of(
            self._elsewhere(name, self._target),
            self._many_times({name: int(curve.peak)}),
            self._many_arrivals(name, 0.0, spec.most_per_s) if spec.open else None,
            None if spec.open else _without_rest(edited, name, int(curve.peak)),
            self._over_ceiling({name: Coming(curve)}),
        )

    def _elsewhere(self, groups: str, url: str) -> str | None:
        """The scenario's list is of hosts that load may go to; without one, of its target's."""
        listed = self._scenario().hosts or [self._host(self._target)]
        if is_this_machine(url) or on_list(url, listed):
            return None
        return say("start {groups} against {host}, which is not on the scenario's list of hosts?",
                   groups=groups, host=self._host(url))  # fmt: skip

    @staticmethod
    def _host(url: str) -> str:
        return url.partition("://")[2]

    # ---------------------------------------------------------------- what raises the load

    def _vus(self, courses: Mapping[str, Profile]) -> str | None:
        coming = {name: Coming(course) for name, course in courses.items()}
        peaks = {name: int(course.peak) for name, course in courses.items()}
        idle = [g for g in self._roster.named(tuple(peaks)) if peaks[g.name] and not g.running]
        return _all_of(
            self._elsewhere(self._roster.words(idle), self._target) if idle else None,
            self._many_times(peaks),
            self._over_ceiling(coming),
        )

    def _many_times(self, peaks: Mapping[str, int]) -> str | None:
        schedules = self._roster.schedules
        now = {name: schedules[name].target if name in schedules else 0 for name in peaks}
        for name, peak in peaks.items():
            before = now[name]
            if before and peak > MOST_TIMES * before:
                return say("raise {group} from {before} to {to}, {times:.3g} times its load?",
                           group=name, before=before, to=some_vus(peak),
                           times=peak / before)  # fmt: skip
        before = sum(group.target for group in schedules.values())
        after = before + sum(peak - now[name] for name, peak in peaks.items())
        if after <= MOST_TIMES * max(1, before):
            return None
        if not before:
            return say("raise the run from 0 to {to}?", to=some_vus(after))
        return say("raise the run from {before} to {to}, {times:.3g} times its load?",
                   before=before, to=some_vus(after), times=after / before)  # fmt: skip

    def _rate(self, name: str, to: float) -> str | None:
        group = self._roster.group(name)
        if group.rate is None or not group.running:
            return None
        return self._many_arrivals(name, group.rate.stands, to)

    def _many_arrivals(self, name: str, before: float, to: float) -> str | None:
        """What is new is measured by what the run does."""
        if to <= MOST_TIMES * max(1.0, before or self._record.view.tps):
            return None
        return say("raise {group} from {before} to {to}?", group=name,
                   before=rate_text(before), to=rate_text(to))  # fmt: skip

    def _think(self, names: Sequence[str], factor: float) -> str | None:
        """Of groups whose VUs would think less than a tenth of what they do now."""
        quicker = [
            group for group in self._roster.named(names)
            if group.running and group.think.effective_factor > MOST_TIMES * factor
        ]  # fmt: skip
        if not quicker:
            return None
        return say("have {groups} think {factor:g} times what the flow says: its load may be more "
                   "than {most} times as high?", groups=self._roster.words(quicker), factor=factor,
                   most=MOST_TIMES)  # fmt: skip

    def _go_on(self, names: Sequence[str]) -> str | None:
        waiting = [g for g in self._roster.named(names) if g.held or g.by_hand]
        then = {group.name: group.memento() for group in waiting}
        for group in then.values():
            group.go_on()
        return self._over_ceiling(self._coming(then))

    def _over_ceiling(self, changed: Mapping[str, Coming]) -> str | None:
        ceiling = self._scenario().max_vus
        if ceiling is None:
            return None
        present = self._coming(self._roster.schedules)
        before = most_together(present, ceiling)
        after = most_together({**present, **changed}, ceiling)
        if after <= max(before, ceiling):
            return None
        return say("have up to {vus} in all, over the scenario's max_vus, {ceiling:,}?",
                   vus=some_vus(after), ceiling=ceiling)  # fmt: skip

    def _coming(self, groups: Mapping[str, GroupSchedule]) -> dict[str, Coming]:
        coming = {name: group.to_come for name, group in groups.items()}
        for name, spec in self._scenario().groups.items():
            if name in coming and groups[name].waits:
                coming[name] = replace(coming[name], first=spec.after_group)
        return coming


def _at_work(group: GroupSchedule) -> bool:
    return group.running and not group.awaited


def _without_rest(scenario: Scenario, name: str, vus: int) -> str | None:
    known = forecast(scenario, name)
    if known is None or known.per_s(1) is not None:
        return None
    return say("have {vus} of {group} ask as fast as they are answered, with no think time and no "
               "pacing?", vus=some_vus(vus), group=name)  # fmt: skip


def _all_of(*questions: str | None) -> str | None:
    """One question that asks them all."""
    asked = [question for question in questions if question]
    return say(" And ").join(asked) if asked else None
