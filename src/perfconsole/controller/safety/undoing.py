"""What hands have changed, so that it can be taken back: the last change first.

Of groups the states before and after a change are kept, and taking it back puts back only what it
changed: the time that has passed since in a schedule that went on meanwhile stays passed. Of all
else the command that leads back is kept.

A release, a note, a trace, a snapshot, edited flows, an added group and the run's stop cannot be
taken back and are passed over. So is a stop at once; and what was changed before it in what it
stopped is forgotten, for requests were cut there and nothing leads back to before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.doing import Done
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.arrival_rates import Rates
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.points import Point
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.safety.reversing import LimitsOf, reversed_by
from perfconsole.controller.safety.subjects import Subject
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.metrics.view import RunView
from perfconsole.model import command as cmd
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.states import StopMode
from perfconsole.texts import say

MOST_CHANGES = 100
_OF_GROUPS = (
    cmd.StartGroups, cmd.InitializeGroups, cmd.StopGroups, cmd.PauseGroups, cmd.ResumeGroups,
    cmd.HoldGroups, cmd.ChangeVus, cmd.ChangeRate, cmd.ChangeThink, cmd.EditSchedule, cmd.StopVus,
)  # fmt: skip
"""Commands whose whole effect is in the groups' schedules."""
Mementos = Mapping[str, GroupSchedule]


@dataclass(frozen=True, slots=True)
class _Change:
    said: str
    by: str
    subjects: frozenset[Subject]
    groups: Mapping[str, tuple[GroupSchedule, GroupSchedule]]
    """Before and after."""
    back: Sequence[cmd.Command]


@dataclass(frozen=True, slots=True)
class Before:
    """What was there when a command came."""

    command: cmd.Command
    groups: Mementos
    back: Sequence[cmd.Command]


class Undoing:
    """`objectives` tells what the run is held to, `limits_of` what a server is; `apply` does a
    command, `spread` sends a group's present target to the injectors."""

    def __init__(
        self,
        roster: Roster,
        fleet: Fleet,
        rates: Rates,
        lives: Lives,
        points: Mapping[str, Point],
        pauses: SinglePauses,
        view: RunView,
        objectives: Callable[[], Sequence[ObjectiveSpec]],
        limits_of: LimitsOf,
        apply: Callable[[cmd.Command], Done],
        spread: Callable[[GroupSchedule], list[int]],
    ) -> None:
        self._roster = roster
        self._fleet = fleet
        self._rates = rates
        self._lives = lives
        self._points = points
        self._pauses = pauses
        self._view = view
        self._objectives = objectives
        self._limits_of = limits_of
        self._apply = apply
        self._spread = spread
        self._changes: list[_Change] = []

    # ---------------------------------------------------------------- what is kept

    def before(self, command: cmd.Command) -> Before:
        """To be called just before it is done."""
        of_groups = isinstance(command, _OF_GROUPS) and not _cuts(command)
        back = reversed_by(
            command, self._view, self._points, self._pauses, self._objectives(), self._limits_of
        )
        return Before(command, self._mementos() if of_groups else {}, tuple(back))

    def did(self, before: Before, said: str, by: str, subjects: frozenset[Subject]) -> None:
        """And just after, with what orders follow given."""
        if _cuts(before.command):
            self._changes = [each for each in self._changes if not each.subjects & subjects]
        after = self._mementos() if before.groups else {}
        groups = {name: (was, after[name]) for name, was in before.groups.items()}
        if groups or before.back:
            named = {name for kind, name in subjects if kind == "group"}
            groups = {name: pair for name, pair in groups.items() if name in named}
            self._changes.append(_Change(said, by, subjects, groups, before.back))
            del self._changes[:-MOST_CHANGES]

    def _mementos(self) -> Mementos:
        return {name: group.memento() for name, group in self._roster.schedules.items()}

    # ---------------------------------------------------------------- what comes next

    @property
    def subjects(self) -> frozenset[Subject]:
        """What an undo would change."""
        return self._changes[-1].subjects if self._changes else frozenset()

    @property
    def commands(self) -> Sequence[cmd.Command]:
        """What an undo would do, besides what it puts back of groups."""
        return self._changes[-1].back if self._changes else ()

    def then(self) -> Mementos:
        """Groups that an undo would change, as they would be."""
        groups = self._changes[-1].groups if self._changes else {}
        then = {name: self._roster.schedules[name].memento() for name in groups}
        for name, (before, after) in groups.items():
            then[name].put_back(before, after)
        return then

    def undo(self) -> Done:
        """Take back the last change; it is forgotten even if it cannot be. Raises Refusal."""
        if not self._changes:
            raise Refusal(say("there is nothing to take back"))
        change = self._changes.pop()
        orders = [*self._back(change), *self._put_back(change.groups)]
        return Done(say("undid: {said} (by {by})", said=change.said, by=change.by), orders)

    def _back(self, change: _Change) -> Iterator[int]:
        """By its commands. Raises Refusal when that was all and nothing can be done of it: VUs
        and servers may be gone since."""
        refused: Refusal | None = None
        done = bool(change.groups)
        for command in change.back:
            try:
                yield from self._apply(command).orders
                done = True
            except Refusal as why:
                refused = why
        if refused is not None and not done:
            raise refused

    def _put_back(self, groups: Mapping[str, tuple[GroupSchedule, GroupSchedule]]) -> Iterator[int]:
        for name, (before, after) in groups.items():
            group = self._roster.schedules[name]
            paused, think, initializing = group.paused, group.think, group.initializing
            group.put_back(before, after)
            if before.rate is not None and after.rate is not None:
                self._rates.put_back(name, before.rate, after.rate)
            if group.paused and not paused:
                yield self._fleet.pause([name])
            if group.think != think:
                yield self._fleet.set_think(name, group.think)
            if group.initializing and not initializing:
                self._lives.expect(group)
            yield from self._spread(group)
            if paused and not group.paused:
                yield self._fleet.resume([name], 0, all=False)


def _cuts(command: cmd.Command) -> bool:
    return isinstance(command, cmd.StopGroups | cmd.StopVus) and command.mode is StopMode.NOW
