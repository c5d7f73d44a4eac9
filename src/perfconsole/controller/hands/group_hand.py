"""Groups begun, stopped, paused and resumed by hand."""

from __future__ import annotations

from collections.abc import Callable

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.load.lives import Lives
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.model.states import StopMode
from perfconsole.texts import say

STOP_WORDS = {
    StopMode.AFTER_ITERATION: "after the iteration",
    StopMode.AFTER_REQUEST: "after the request",
    StopMode.NOW: "now",
}


class GroupHand:
    """`spread` sends a group's present target to the injectors."""

    def __init__(
        self,
        roster: Roster,
        fleet: Fleet,
        lives: Lives,
        pauses: SinglePauses,
        spread: Callable[[GroupSchedule], list[int]],
    ) -> None:
        self._roster = roster
        self._fleet = fleet
        self._lives = lives
        self._pauses = pauses
        self._spread = spread

    @property
    def deeds(self) -> Deeds:
        return {
            cmd.StartGroups: self._start,
            cmd.InitializeGroups: self._initialize,
            cmd.StopGroups: self._stop,
            cmd.PauseGroups: self._pause,
            cmd.ResumeGroups: self._resume,
        }

    def _start(self, command: cmd.StartGroups) -> Done:
        groups = self._roster.named(command.groups)
        idle = [group for group in groups if group.startable]
        if not idle:
            raise Refusal(say("already running: {groups}", groups=self._roster.words(groups)))
        orders: list[int] = []
        for group in idle:
            if not (group.initializing or group.running):
                self._forget(group)
            group.start()
            orders += self._spread(group)
        return Done(say("started {groups}", groups=self._roster.words(idle)), orders)

    def _initialize(self, command: cmd.InitializeGroups) -> Done:
        groups = self._roster.named(command.groups)
        idle = [group for group in groups if not (group.running or group.initializing)]
        if not idle and all(group.awaited for group in groups):
            raise Refusal(say("{groups} will begin by themselves; start them to begin now",
                              groups=self._roster.words(groups)))  # fmt: skip
        if not idle:
            raise Refusal(say("already running: {groups}", groups=self._roster.words(groups)))
        orders: list[int] = []
        for group in idle:
            self._forget(group)
            self._lives.initialize(group)
            orders += self._spread(group)
        return Done(say("began to initialize {groups}", groups=self._roster.words(idle)), orders)

    def _forget(self, group: GroupSchedule) -> None:
        """Its VUs that have ended for good may begin again."""
        self._fleet.want(group.name, 0, StopMode.AFTER_ITERATION)

    def _stop(self, command: cmd.StopGroups) -> Done:
        groups = self._roster.named(command.groups)
        live = [g for g in groups if g.running or g.initializing or g.alive]
        if not live:
            raise Refusal(say("not running: {groups}", groups=self._roster.words(groups)))
        orders: list[int] = []
        for group in live:
            was_paused = group.paused
            group.stop()
            orders.append(self._fleet.want(group.name, 0, command.mode, by_hand=True))
            if was_paused:
                orders.append(self._fleet.resume([group.name], 0))
        how = say(STOP_WORDS[command.mode])
        return Done(say("stopped {groups} {how}", groups=self._roster.words(live), how=how), orders)

    def _pause(self, command: cmd.PauseGroups) -> Done:
        groups = self._roster.named(command.groups)
        live = [
            group for group in groups
            if (group.running or group.initializing or group.alive)
            and not group.paused and not group.stopping
        ]  # fmt: skip
        leaving: list[GroupSchedule] = []
        if len(groups) == len(self._roster.schedules):
            leaving = [group for group in groups if group.stopping and group.alive]
        if not live and not leaving:
            raise Refusal(say("nothing to pause in {groups}", groups=self._roster.words(groups)))
        orders = [self._fleet.pause(group.name for group in live)] if live else []
        for group in live:
            group.paused = True
        done = [say("paused {groups}", groups=self._roster.words(live))] if live else []
        if leaving:
            orders += [self._hurry(group) for group in leaving]
            done.append(say("{groups}: VUs that were leaving leave after their request",
                            groups=self._roster.words(leaving)))  # fmt: skip
        return Done("; ".join(done), orders)

    def _hurry(self, group: GroupSchedule) -> int:
        """When everything is to pause, whoever is on the way out begins no request any more."""
        return self._fleet.want(group.name, 0, StopMode.AFTER_REQUEST, by_hand=True)

    def _resume(self, command: cmd.ResumeGroups) -> Done:
        groups = self._roster.named(command.groups)
        paused = [g for g in groups if g.paused or self._pauses.any_in(g.name)]
        if not paused:
            raise Refusal(say("not paused: {groups}", groups=self._roster.words(groups)))
        for group in paused:
            group.paused = False
            self._pauses.group_resumed(group.name)
        order = self._fleet.resume([group.name for group in paused], command.over_s)
        said = say("resumed {groups}", groups=self._roster.words(paused))
        if command.over_s:
            said = say("{done} over {time}", done=said, time=short(command.over_s))
        return Done(said, [order])
