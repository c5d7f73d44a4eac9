"""The steps of a scenario's plain tree, at any depth, whatever is wrong in it elsewhere.

A flow is a list of steps, or a mapping with lists under ``init``, ``steps`` and ``end``; steps hold
lists of further steps. Everything that reads steps before there is a `Scenario` finds them here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from perfconsole.scenario.problems import KeyPath

PARTS = ("init", "steps", "end")
"""Of a flow, in the order in which a VU comes by them."""
WITHIN = ("steps", "then", "else")
"""Keys of a step, or of a way, that hold a list of steps."""
WAYS = ("choose", "one_of")
"""Keys of a step that hold a list of ways, each with ``steps``."""

Keys = dict[str, Any]
"""A step's keys; none for what is no mapping."""
Listed = tuple[KeyPath, list[Any]]
"""A list of steps and where it is."""


def as_map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def flows_in(scenario: Keys) -> dict[str, Any]:
    return as_map(scenario.get("flows"))


def parts_of(flow: Any, path: KeyPath) -> Iterator[tuple[str, Listed]]:
    """The lists of steps of the flow at `path`, each with the part of the flow that it is."""
    if isinstance(flow, list):
        yield "steps", (path, flow)
    for part in PARTS:
        if isinstance(steps := as_map(flow).get(part), list):
            yield part, ((*path, part), steps)


def lists_within(step: Any, path: KeyPath) -> Iterator[Listed]:
    """The lists of steps that the step at `path` holds itself."""
    for key, value in as_map(step).items():
        if key in WITHIN and isinstance(value, list):
            yield (*path, key), value
        elif key in WAYS:
            for n, way in enumerate(as_list(value)):
                if isinstance(steps := as_map(way).get("steps"), list):
                    yield (*path, key, n, "steps"), steps


def placed(listed: Listed) -> Iterator[tuple[KeyPath, Keys]]:
    """The steps of one list alone."""
    around, steps = listed
    for n, step in enumerate(steps):
        yield (*around, n), as_map(step)


def walk(listed: Listed) -> Iterator[tuple[KeyPath, Keys]]:
    """Every step of a list, depth first, a step before those within it."""
    for path, step in placed(listed):
        yield path, step
        for within in lists_within(step, path):
            yield from walk(within)


def steps_of(flow: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Keys]]:
    """Every step of a flow."""
    for _, listed in parts_of(flow, path):
        yield from walk(listed)


def steps_in(scenario: Keys) -> Iterator[tuple[KeyPath, Keys]]:
    """Every step of every flow."""
    for name, flow in flows_in(scenario).items():
        yield from steps_of(flow, ("flows", name))


def played_by(flow: Any) -> Iterator[str]:
    """The names of the flows that a flow plays in its own place, some of them twice."""
    for _, step in steps_of(flow, ()):
        if isinstance(name := step.get("flow"), str):
            yield name


@dataclass(frozen=True, slots=True)
class Plays:
    """Which flows are played when one is."""

    direct: dict[str, frozenset[str]]

    @classmethod
    def of(cls, scenario: Keys) -> Plays:
        return cls({name: frozenset(played_by(flow)) for name, flow in flows_in(scenario).items()})

    def reached(self, *names: Any) -> set[str]:
        """Those of `names` that are flows, and all that are played when they are."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if isinstance(name, str) and name in self.direct and name not in found:
                found.add(name)
                waiting += self.direct[name]
        return found


def runs_of(scenario: Keys) -> dict[str, Any]:
    """By group, the flow that it names."""
    groups = as_map(scenario.get("groups"))
    return {name: as_map(group).get("flow", name) for name, group in groups.items()}
