"""What is kept of groups, chosen by hand: nothing of a muted one, the next exchanges of a traced
one."""

from __future__ import annotations

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.doing import Deeds, Done
from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.traces import Traces
from perfconsole.model import command as cmd
from perfconsole.texts import say


class KeepHand:
    def __init__(self, roster: Roster, fleet: Fleet, traces: Traces) -> None:
        self._roster = roster
        self._fleet = fleet
        self._traces = traces

    @property
    def deeds(self) -> Deeds:
        return {cmd.MuteGroups: self._mute, cmd.TraceGroup: self._trace}

    def _mute(self, command: cmd.MuteGroups) -> Done:
        groups = self._roster.named(command.groups)
        others = [group for group in groups if group.muted != command.on]
        if not others:
            words = self._roster.words(groups)
            if command.on:
                raise Refusal(say("already muted: {groups}", groups=words))
            raise Refusal(say("not muted: {groups}", groups=words))
        orders = []
        for group in others:
            group.muted = command.on
            orders.append(self._fleet.mute(group.name, command.on))
        words = self._roster.words(others)
        if command.on:
            return Done(say("muted {groups}", groups=words), orders)
        return Done(say("{groups} may raise alarms again", groups=words), orders)

    def _trace(self, command: cmd.TraceGroup) -> Done:
        group, count = self._roster.group(command.group).name, command.count
        if not count and not self._traces.is_on(group):
            raise Refusal(say("no trace of {group} is under way", group=group))
        order = self._traces.set(group, count, all=command.all)
        if not count:
            said = say("ended the trace of {group}", group=group)
        elif command.all:
            said = say("keeps the next {n} exchanges of {group}", n=count, group=group)
        else:
            said = say("keeps the next {n} failing exchanges of {group}", n=count, group=group)
        return Done(said, [order])
