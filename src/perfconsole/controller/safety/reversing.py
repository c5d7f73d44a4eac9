"""The commands that lead back from another one, given what was before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from perfconsole.controller.points import Point
from perfconsole.controller.single_pauses import SinglePauses
from perfconsole.metrics.view import RunView
from perfconsole.model import command as cmd
from perfconsole.model.limit_spec import LimitSpec
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.vu_commands import MOST_VUS

LimitsOf = Callable[[str], Mapping[str, LimitSpec]]
"""What a server is held to, by metric."""


def reversed_by(
    command: cmd.Command,
    view: RunView,
    points: Mapping[str, Point],
    pauses: SinglePauses,
    objectives: Sequence[ObjectiveSpec],
    limits_of: LimitsOf,
) -> Iterator[cmd.Command]:
    """None for a command that changes nothing there, or that nothing leads back from."""
    match command:
        case cmd.PauseVus(group=group, vus=vus, on=on):
            yield from _pausing(
                group, [vu for vu in vus if _alone(pauses, group, vu) != on], not on
            )
        case cmd.ResumeGroups(groups=names):
            for group in _named(names, view):
                yield from _pausing(group, pauses.alone(group), True)
        case cmd.MuteGroups(groups=names, on=on):
            other = [name for name in _named(names, view) if view.groups[name].muted != on]
            if other:
                yield cmd.MuteGroups(groups=tuple(other), on=not on)
        case cmd.SwitchPoint() if command.point in points:
            yield from _switched_back(command, points[command.point])
        case cmd.ChangePolicy() if command.point in points:
            rule = points[command.point].spec
            yield cmd.ChangePolicy(
                point=command.point, wait_for=rule.wait_for, timeout=rule.timeout
            )
        case cmd.ChangeDuration():
            yield cmd.ChangeDuration(to_s=view.duration_s)
        case cmd.ChangeThreshold() | cmd.ChangeLimits():
            for name in view.servers:
                if command.server in (None, name):
                    yield from _limits_back(command, name, limits_of(name))
        case cmd.ChangeObjective():
            yield from _objective_back(command, objectives)


def _objective_back(
    command: cmd.ChangeObjective, objectives: Sequence[ObjectiveSpec]
) -> Iterator[cmd.ChangeObjective]:
    metric, of = command.metric, command.of
    about = [spec for spec in objectives if (spec.metric, spec.of) == (metric, of)]
    dropped = command.min is None and command.max is None
    if not dropped and all((spec.min is None) != (command.min is None) for spec in about):
        yield cmd.ChangeObjective(metric=metric, of=of)
    for was in about:
        yield cmd.ChangeObjective(metric=metric, of=of, min=was.min, max=was.max)


def _named(names: Sequence[str], view: RunView) -> list[str]:
    everyone = "all" in names and "all" not in view.groups
    return [name for name in view.groups if everyone or name in names]


def _alone(pauses: SinglePauses, group: str, vu: str) -> bool:
    """Whether a VU is paused alone."""
    injector, _, slot = vu.partition(".")
    return pauses.includes(group, int(injector), int(slot))


def _pausing(group: str, vus: Sequence[str], on: bool) -> Iterator[cmd.PauseVus]:
    for first in range(0, len(vus), MOST_VUS):
        some = tuple(vus[first : first + MOST_VUS])
        yield cmd.PauseVus(group=group, vus=some, on=on)


def _limits_back(
    command: cmd.ChangeThreshold | cmd.ChangeLimits, server: str, limits: Mapping[str, LimitSpec]
) -> Iterator[cmd.Command]:
    if isinstance(command, cmd.ChangeLimits):
        yield cmd.ChangeLimits(limits=dict(limits), server=server)
        return
    held = limits.get(command.metric)
    before = None if held is None else held.value
    if before != command.limit:
        yield cmd.ChangeThreshold(metric=command.metric, limit=before, server=server)


def _switched_back(command: cmd.SwitchPoint, point: Point) -> Iterator[cmd.Command]:
    """For the groups that it is another thing for than before."""
    if not point.groups:
        if point.on != command.on:
            yield cmd.SwitchPoint(point=point.name, on=not command.on)
        return
    named = frozenset(command.groups) or point.groups
    other = {name for name in point.groups & named if (name in point.groups_on) != command.on}
    if other:
        groups = () if other == point.groups else tuple(sorted(other))
        yield cmd.SwitchPoint(point=point.name, on=not command.on, groups=groups)
