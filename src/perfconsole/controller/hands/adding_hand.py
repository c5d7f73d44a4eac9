"""Groups that a running test gets."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.additions import Additions
from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.opening import group_info, points_of_run, schedule_of
from perfconsole.controller.record import Record
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.duration import short
from perfconsole.model.group import GroupSpec
from perfconsole.model.rate import rate_text
from perfconsole.texts import say, some_vus


class AddingHand:
    """`schedules` are the run's, `seed` is its; `spread` sends a group's present target to the
    injectors."""

    def __init__(
        self,
        additions: Additions,
        schedules: dict[str, GroupSchedule],
        rates: Rates,
        lives: Lives,
        record: Record,
        seed: int,
        spread: Callable[[GroupSchedule], list[int]],
    ) -> None:
        self._additions = additions
        self._schedules = schedules
        self._rates = rates
        self._lives = lives
        self._record = record
        self._seed = seed
        self._spread = spread

    @property
    def deeds(self) -> Deeds:
        return {cmd.AddGroup: self._add}

    def _add(self, command: cmd.AddGroup) -> Done:
        edited = self._additions.checked(command)
        info = group_info(edited, command.group, self._seed, points_of_run(edited).values())
        schedule = schedule_of(edited, command.group, self._seed)
        self._record.add(ev.GroupAdded, group=info)
        self._schedules[command.group] = schedule
        order = self._additions.place(edited, command.group)
        self._rates.add(schedule)
        group = edited.groups[command.group]
        self._lives.add(schedule, group)
        return Done(_said(info, group), [order, *self._spread(schedule)])


def _said(info: ev.GroupInfo, group: GroupSpec) -> str:
    words = {"group": info.name, "flow": info.flow, "vus": some_vus(info.vus)}
    if group.open:
        rate = rate_text(group.most_per_s)
        said = say("added {group}: {rate} of {flow}, at most {vus}", rate=rate, **words)
    else:
        said = say("added {group}: {vus} of {flow}", **words)
    if group.after_group is not None:
        said = say("{done}, after {before}", done=said, before=group.after_group)
    if group.start_after:
        said = say("{done}, in {time}", done=said, time=short(group.start_after))
    return said
