"""Groups told of when they are not what was last told: their steered state, and their plans."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.opening import stage_infos
from perfconsole.controller.record import Record
from perfconsole.model import event as ev
from perfconsole.model.profile import Profile


class Announcements:
    """`schedules` are the run's groups, those that a hand adds among them."""

    def __init__(self, record: Record, schedules: Mapping[str, GroupSchedule]) -> None:
        self._record = record
        self._schedules = schedules
        self._plans: dict[str, Profile] = {}
        """What the view has the stages of, by group."""

    def tell(self, *, targets: bool = False) -> None:
        """With `targets` also of those of whom other VUs are wanted than was told last: in a ramp
        they change all the time, and the run's seconds tell of them."""
        for name, schedule in self._schedules.items():
            told, self._plans[name] = self._plans.get(name, schedule.plan), schedule.plan
            edited = told is not schedule.plan
            if edited:
                stages = stage_infos(schedule.plan)
                self._record.add(ev.PlanChanged, name=name, stages=stages)
            if edited or self._changed(schedule) or (targets and self._moved(schedule)):
                self._record.add(
                    ev.GroupChanged,
                    name=name,
                    state=schedule.state,
                    target=schedule.told,
                    held=schedule.held,
                    by_hand=schedule.by_hand,
                    course_s=schedule.course_s,
                    think_factor=schedule.think.effective_factor,
                    muted=schedule.muted,
                )

    def _moved(self, schedule: GroupSchedule) -> bool:
        return self._record.view.groups[schedule.name].target != schedule.told

    def _changed(self, schedule: GroupSchedule) -> bool:
        seen, factor = self._record.view.groups[schedule.name], schedule.think.effective_factor
        was = (seen.state, seen.held, seen.by_hand, seen.think_factor, seen.muted)
        return was != (schedule.state, schedule.held, schedule.by_hand, factor, schedule.muted)
