"""What a command changes, so that two operators notice when they change the same."""

from __future__ import annotations

from collections.abc import Iterable

from perfconsole.controller.hands.roster import Roster
from perfconsole.model import command as cmd
from perfconsole.model.server_metrics import METRICS, kind_of
from perfconsole.texts import say

Subject = tuple[str, str]
"""Kind and name."""
RUN: Subject = ("run", "")
"""Its end."""
FLOWS: Subject = ("flows", "")


def subjects_of(  # noqa: PLR0911 - one for each kind
    command: cmd.Command, roster: Roster, servers: Iterable[str]
) -> frozenset[Subject]:
    """None for what changes nothing of the load or its limits, such as a note or a trace.

    Those of an undo are those of the change that it takes back.
    """
    match command:
        case cmd.ReleasePoint() | cmd.SwitchPoint() | cmd.ChangePolicy():
            return frozenset({("point", command.point)})
        case cmd.StopRun() | cmd.ChangeDuration():
            return frozenset({RUN})
        case cmd.LoadFlows():
            return frozenset({FLOWS})
        case cmd.ChangeThreshold(server=server, metric=metric):
            kind, named = kind_of(metric), servers if server is None else [server]
            return frozenset(("limit", f"{name} {kind}") for name in named)
        case cmd.ChangeLimits(server=server, limits=limits):
            named = servers if server is None else [server]
            kinds = {*METRICS, *map(kind_of, limits or ())}
            return frozenset(("limit", f"{name} {kind}") for name in named for kind in kinds)
        case cmd.ChangeObjective(metric=metric, of=of):
            return frozenset({("objective", f"{metric} of {of}" if of else metric)})
        case (
            cmd.AddNote()
            | cmd.Confirm()
            | cmd.KeepRunning()
            | cmd.TakeSnapshot()
            | cmd.TraceGroup()
            | cmd.Undo()
        ):
            return frozenset()
        case (
            cmd.ChangeVus(group=group)
            | cmd.ChangeRate(group=group)
            | cmd.EditSchedule(group=group)
            | cmd.AddGroup(group=group)
            | cmd.StopVus(group=group)
            | cmd.PauseVus(group=group)
        ):
            return _groups((group,), roster)
    return _groups(command.groups, roster)


def _groups(names: Iterable[str], roster: Roster) -> frozenset[Subject]:
    listed = tuple(names)
    everyone = any(map(roster.means_all, listed))
    return frozenset(("group", name) for name in (roster.schedules if everyone else listed))


def words(subject: Subject) -> str:
    kind, name = subject
    match kind:
        case "point":
            return say("rendezvous {name}", name=name)
        case "run":
            return say("the run's end")
        case "flows":
            return say("the flows")
        case "limit":
            return say("the limit of {name}", name=name)
        case "objective":
            return say("the objective {name}", name=name)
    return name
