"""The commands that lead back from another one, given what was before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from perfconsole.controller.points import Point
from perfconsole.metrics.view import RunView
from perfconsole.model import command as cmd
from perfconsole.model.objective_spec import ObjectiveSpec


def reversed_by(
    command: cmd.Command,
    view: RunView,
    points: Mapping[str, Point],
    objectives: Sequence[ObjectiveSpec],
) -> Iterator[cmd.Command]:
    """None for a command that changes nothing there, or that nothing leads back from: no command
    removes a new objective, or the limit of a metric that had none."""
    match command:
        case cmd.PauseVus():
            yield command.model_copy(update={"on": not command.on})
        case cmd.MuteGroups(groups=names, on=on):
            muted = {group.name for group in view.groups.values() if group.muted}
            everyone = "all" in names and "all" not in view.groups
            named = [name for name in view.groups if everyone or name in names]
            if other := tuple(name for name in named if (name in muted) != on):
                yield cmd.MuteGroups(groups=other, on=not on)
        case cmd.SwitchPoint() if command.point in view.rendezvous:
            yield from _switched_back(command, view)
        case cmd.ChangePolicy() if command.point in points:
            rule = points[command.point].spec
            yield cmd.ChangePolicy(
                point=command.point, wait_for=rule.wait_for, timeout=rule.timeout
            )
        case cmd.ChangeDuration():
            yield cmd.ChangeDuration(to_s=view.duration_s)
        case cmd.ChangeThreshold(server=server):
            for name, seen in view.servers.items():
                kind = command.metric.partition(":")[0]
                before = seen.limits.get(command.metric, seen.limits.get(kind))
                if server in (None, name) and before not in (None, command.limit):
                    yield cmd.ChangeThreshold(metric=command.metric, limit=before, server=name)
        case cmd.ChangeObjective():
            for spec in objectives:
                if (spec.metric, spec.of) == (command.metric, command.of):
                    yield cmd.ChangeObjective(
                        metric=spec.metric, of=spec.of, min=spec.min, max=spec.max
                    )


def _switched_back(command: cmd.SwitchPoint, view: RunView) -> Iterator[cmd.Command]:
    point = view.rendezvous[command.point]
    if not command.groups:
        if point.on != command.on or point.off:
            yield cmd.SwitchPoint(point=point.name, on=point.on)
        if point.off:
            yield cmd.SwitchPoint(point=point.name, on=False, groups=point.off)
        return
    other = tuple(name for name in command.groups if (name in point.off) == command.on)
    if other:
        yield cmd.SwitchPoint(point=point.name, on=not command.on, groups=other)
