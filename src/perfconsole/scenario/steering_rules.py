"""Rules for what a scenario steers by itself: whom it is for, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perfconsole.model.duration import parse_duration
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.python_files import names_in_tree
from perfconsole.scenario.step_tree import (
    Keys,
    Plays,
    as_list,
    as_map,
    flows_in,
    runs_of,
    steps_of,
)
from perfconsole.texts import say


def steering_complaints(scenario: Keys) -> Iterator[Complaint]:
    entries = [as_map(each) for each in as_list(scenario.get("steering"))]
    points = _points(scenario) if any("point" in entry for entry in entries) else None
    for n, entry in enumerate(entries):
        path: KeyPath = ("steering", n)
        yield from _groups(entry, path, as_map(scenario.get("groups")))
        point = entry.get("point")
        if isinstance(point, str) and points is not None and point not in points:
            yield Complaint((*path, "point"), say(
                '{where}: no flow that is run comes by a rendezvous "{point}"; {hint}',
                where=where(path), point=point[:80], hint=hint(point, points, say("points")),
            ))  # fmt: skip
    yield from _order(entries)


def _groups(entry: Keys, path: KeyPath, groups: Keys) -> Iterator[Complaint]:
    named = [("groups", name) for name in as_list(entry.get("groups"))]
    for key, name in (*named, ("group", entry.get("group"))):
        everyone = name == "all" and (key == "groups" or entry.get("do") == "vus")
        if isinstance(name, str) and name not in groups and not everyone:
            yield Complaint((*path, key), say(
                '{where}: there is no group "{group}"; {hint}', where=where(path),
                group=name[:80], hint=hint(name, groups, say("groups")),
            ))  # fmt: skip


def _points(scenario: Keys) -> set[str] | None:
    """The rendezvous points that groups come by; None where only a run can tell."""
    python = names_in_tree(as_map(scenario.get("groups")))
    if python.is_open:
        return None
    flows = flows_in(scenario)
    run = Plays.of(scenario).reached(*runs_of(scenario).values())
    named = (step.get("rendezvous") for flow in run for _, step in steps_of(flows[flow], ()))
    return {*python.points, *(name for name in named if isinstance(name, str))}


def _order(entries: list[Keys]) -> Iterator[Complaint]:
    before_s = 0.0
    for n, entry in enumerate(entries):
        at_s = _seconds(entry.get("at"))
        if at_s is None:
            continue
        if at_s < before_s:
            path: KeyPath = ("steering", n)
            yield Complaint((*path, "at"), say(
                "{where}: {at} is before the time of the one above; put them in the order of "
                "their times", where=where(path), at=str(entry["at"]),
            ))  # fmt: skip
        before_s = at_s


def _seconds(value: Any) -> float | None:
    """None for what is no time, as the model says."""
    try:
        return parse_duration(value)
    except ValueError:
        return None
