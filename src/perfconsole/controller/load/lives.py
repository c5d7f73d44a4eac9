"""How groups begin and end by themselves: all initialized first, one after another, out of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model.duration import short
from perfconsole.model.group import GroupSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import GroupState, StopMode
from perfconsole.texts import say, some_vus

_ENDED = (GroupState.FINISHED, GroupState.STOPPED)


class Lives:
    """`run_s` is the run's clock; `note` adds a line of a level to the events."""

    def __init__(
        self,
        scenario: Scenario,
        schedules: Mapping[str, GroupSchedule],
        fleet: Fleet,
        run_s: Callable[[], float],
        note: Callable[[str, str, str], None],
    ) -> None:
        self._all_initialize = scenario.initialize_all
        self._groups = dict(scenario.groups)
        self._schedules = schedules
        self._fleet = fleet
        self._run_s = run_s
        self._note = note
        self._since_s: dict[str, int] = {}
        """Groups that initialize, and the run second whose ticks tell how far they are."""
        self._all_first = False
        """No group starts before all are initialized."""
        self.opened_s: float | None = None
        """Run second from which on start delays count; None while groups initialize first."""

    def open(self) -> None:
        """The run begins."""
        if self._all_initialize and self._schedules:
            self._all_first = True
            for schedule in self._schedules.values():
                self.initialize(schedule)
        else:
            self._begin(list(self._schedules.values()))

    def add(self, schedule: GroupSchedule, group: GroupSpec) -> None:
        """A group that came later begins: with the others, while all initialize."""
        self._groups[schedule.name] = group
        if self._all_first:
            self.initialize(schedule)
        else:
            self._start(schedule)

    def initialize(self, schedule: GroupSchedule) -> None:
        """Its VUs play their init and wait for the start; the next beat orders it."""
        schedule.initialize()
        self.expect(schedule)

    def expect(self, schedule: GroupSchedule) -> None:
        """Its VUs play their init from now on; it is told when they have."""
        self._since_s[schedule.name] = int(self._run_s()) + 1

    def beat(self) -> None:
        """Look whose time has come."""
        self._hear_initialized()
        for name, schedule in self._schedules.items():
            if schedule.out_of_time:
                time = short(schedule.duration_s or 0)
                text = say("ended {group}: its {time} are over", group=name, time=time)
                self._note("info", "group", text)
                self._complete(schedule)
            before = self._groups[name].after_group
            if (
                schedule.waits
                and before
                and not schedule.held
                and self._schedules[before].state in _ENDED
            ):
                schedule.start(self._groups[name].start_after)
                text = say("{before} has ended: {group} is next", before=before, group=name)
                self._note("info", "group", text)

    def stop_wanted(self, group: str, why: str) -> None:
        """A VU met what stops its whole group: after their iteration all leave."""
        schedule = self._schedules[group]
        if schedule.running or schedule.initializing:
            self._note("warning", "group", say("stopped {group}: {why}", group=group, why=why))
            self._complete(schedule)

    def _begin(self, schedules: list[GroupSchedule]) -> None:
        self.opened_s = self._run_s()
        for schedule in schedules:
            self._start(schedule)

    def _start(self, schedule: GroupSchedule) -> None:
        """When its time comes."""
        group = self._groups[schedule.name]
        if group.after_group is not None:
            schedule.wait()
        else:
            schedule.start(group.start_after)

    def _hear_initialized(self) -> None:
        for name, since_s in list(self._since_s.items()):
            schedule = self._schedules[name]
            if not schedule.initializing:
                del self._since_s[name]
            elif self._fleet.heard_from(since_s) and self._fleet.initialized(name):
                del self._since_s[name]
                self._tell_initialized(schedule)
        if self._all_first and not self._since_s:
            self._all_first = False
            self._begin([each for each in self._schedules.values() if each.initializing])

    def _tell_initialized(self, schedule: GroupSchedule) -> None:
        failed = self._fleet.done(schedule.name)
        ready = schedule.ready - failed
        text = say("initialized {ready} of {group}", ready=some_vus(ready), group=schedule.name)
        if failed:
            text = say("{done}; {failed} failed and are out", done=text, failed=failed)
        self._note("warning" if failed else "info", "group", text)

    def _complete(self, schedule: GroupSchedule) -> None:
        paused = schedule.paused
        schedule.complete()
        self._fleet.want(schedule.name, 0, StopMode.AFTER_ITERATION)
        if paused:
            self._fleet.resume([schedule.name], 0)
