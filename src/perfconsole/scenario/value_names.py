"""Names of values: every ``${name}`` of a flow has a value when a VU comes to it.

What one way through a flow sets counts as set after it: whether a VU went that way is known only
when it runs. Like `references`, these rules read the plain tree, whatever else is wrong in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from perfconsole.model.condition import UNARY, parse_condition
from perfconsole.scenario.data_columns import Columns
from perfconsole.scenario.interpolation import Unclosed, names_in
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.step_tree import (
    Keys,
    Listed,
    Plays,
    as_map,
    flows_in,
    lists_within,
    parts_of,
    placed,
    runs_of,
    steps_of,
    walk,
)
from perfconsole.scenario.variables import ENVIRONMENT
from perfconsole.texts import say

_SENT = ("request", "query", "headers", "body", "json", "form", "multipart")
_CHECKED = ("header", "body_contains", "body_lacks", "json")


@dataclass(slots=True)
class Names:
    """What a step may refer to."""

    variables: set[str]
    columns: Columns
    later: dict[str, str] = field(default_factory=dict)
    """Set or extracted further on, and by which step, in words."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Variables that only some of the groups have, and one that does not."""
    fresh: set[str] = field(default_factory=set)
    """Extracted from the last answer: for whatever comes after that request and its checks."""

    def go_on(self) -> None:
        """Another request, or another kind of step, comes."""
        self.variables |= self.fresh
        self.fresh.clear()

    def at(self, more: Iterable[str] = ()) -> Names:
        """The same for a way that begins here."""
        return replace(self, variables={*self.variables, *more}, fresh=set())

    def complaint(self, name: str, path: KeyPath) -> Complaint | None:
        if name in self.variables or name.startswith(ENVIRONMENT):
            return None
        place = where(path)
        if name in self.later:
            return Complaint(path, say(
                '{where}: "{name}" has no value yet; {step}',
                where=place, name=name, step=self.later[name],
            ))  # fmt: skip
        if name in self.lacking:
            return Complaint(path, say(
                '{where}: "{name}" has no value in the group {group}; give it one there, or '
                "under variables", where=place, name=name, group=self.lacking[name],
            ))  # fmt: skip
        if name.partition(".")[0] in self.columns:
            return self._no_column(name, path)
        columns = (f"{set_}.{column}" for set_, some in self.columns.items()
                   for column in some or ())  # fmt: skip
        known = [*sorted(self.variables | self.later.keys()), *columns]
        return Complaint(path, say(
            '{where}: there is no variable "{name}"; {hint}',
            where=place, name=name, hint=hint(name, known, say("variables")),
        ))  # fmt: skip

    def _no_column(self, name: str, path: KeyPath) -> Complaint | None:
        source, dot, column = name.partition(".")
        columns = self.columns[source]
        if columns is None or (dot and column in columns):
            return None
        right = [f"{source}.{known}" for known in columns]
        if not dot:
            return Complaint(path, say(
                '{where}: "{name}" is a data set; write "${{{example}}}"',
                where=where(path), name=name, example=right[0],
            ))  # fmt: skip
        return Complaint(path, say(
            '{where}: the data set "{source}" has no column "{column}"; {hint}',
            where=where(path), source=source, column=column,
            hint=hint(name, right, say("columns")),
        ))  # fmt: skip


def name_complaints(scenario: Keys, columns: Columns) -> Iterator[Complaint]:
    names = Names(set(as_map(scenario.get("variables"))), columns)
    http = as_map(scenario.get("http"))
    yield from texts(http.get("headers"), ("http", "headers"), names)
    yield from texts(as_map(http.get("auth")).get("bearer"), ("http", "auth", "bearer"), names)
    for name, group in as_map(scenario.get("groups")).items():
        own = names.at(as_map(as_map(group).get("variables")))
        yield from texts(as_map(group).get("headers"), ("groups", name, "headers"), own)
    gives = _Gives(scenario)
    begins = dict(_beginnings(scenario, gives, names))
    for name, flow in flows_in(scenario).items():
        yield from _flow(flow, ("flows", name), begins[name], gives)


class _Gives:
    """What flows extract and set, with those that they play."""

    def __init__(self, scenario: Keys) -> None:
        self.plays = Plays.of(scenario)
        self._own = {name: {given for _, step in steps_of(flow, ()) for given in _given_by(step)}
                     for name, flow in flows_in(scenario).items()}  # fmt: skip

    def by(self, flow: Any) -> set[str]:
        return set().union(*(self._own[name] for name in self.plays.reached(flow)))


def _given_by(step: Keys) -> Iterator[str]:
    yield from as_map(step.get("extract"))
    yield from as_map(step.get("set"))


def _beginnings(scenario: Keys, gives: _Gives, names: Names) -> Iterator[tuple[str, Names]]:
    """By flow, what its steps may refer to at its beginning, whoever plays it."""
    groups = as_map(scenario.get("groups"))
    own: dict[str, dict[str, set[str]]] = {flow: {} for flow in gives.plays.direct}
    for group, run in runs_of(scenario).items():
        for flow in gives.plays.reached(run):
            own[flow][group] = set(as_map(as_map(groups[group]).get("variables")))
    from_players: dict[str, set[str]] = {flow: set() for flow in own}
    for player in own:
        for flow in gives.plays.reached(player) - {player}:
            from_players[flow] |= gives.by(player)
    for flow, variables in own.items():
        some = set().union(*variables.values())
        all_ = set.intersection(*variables.values()) if variables else some
        lacking = {name: next(group for group, has in variables.items() if name not in has)
                   for name in some - all_}  # fmt: skip
        yield flow, replace(names.at(all_ | from_players[flow]), lacking=lacking)


def _flow(flow: Any, path: KeyPath, names: Names, gives: _Gives) -> Iterator[Complaint]:
    for part, listed in parts_of(flow, path):
        within = names.at()
        within.later = _later(listed)
        yield from _steps(listed, within, gives)
        if part == "init":
            within.go_on()
            names = names.at(within.variables)


def _later(listed: Listed) -> dict[str, str]:
    later: dict[str, str] = {}
    for path, step in walk(listed):
        for name in as_map(step.get("extract")):
            later.setdefault(name, say("{step} extracts it", step=where(path)))
        for name in as_map(step.get("set")):
            later.setdefault(name, say("{step} sets it", step=where(path)))
    return later


def _steps(listed: Listed, names: Names, gives: _Gives) -> Iterator[Complaint]:
    for path, step in placed(listed):
        if "request" in step or not ("check" in step or "extract" in step):
            names.go_on()
        yield from _step(step, path, names)
        ways = []
        for within in lists_within(step, path):
            ways.append(names.at(_asked_for(step, within)))
            yield from _steps(within, ways[-1], gives)
        for way in ways:
            names.variables |= way.variables | way.fresh
        names.variables |= as_map(step.get("set")).keys()
        names.variables |= gives.by(step.get("flow"))
        names.fresh |= as_map(step.get("extract")).keys()


def _step(step: Keys, path: KeyPath, names: Names) -> Iterator[Complaint]:
    """What the texts of a step itself refer to."""
    if "request" in step:
        for key in _SENT:
            yield from texts(step.get(key), (*path, key), names, keys=key == "json")
        bearer = as_map(step.get("auth")).get("bearer")
        yield from texts(bearer, (*path, "auth", "bearer"), names)
    check = as_map(step.get("check"))
    for key in _CHECKED:
        yield from texts(check.get(key), (*path, "check", key), names)
    for key in ("set", "repeat"):
        yield from texts(step.get(key), (*path, key), names)
    for key in ("if", "while"):
        yield from _condition(step.get(key), (*path, key), names)


def _condition(text: Any, path: KeyPath, names: Names) -> Iterator[Complaint]:
    """One that asks whether a variable is set may name it before it is."""
    for operator, side in _sides(text):
        asked = names.at(names.later if operator in UNARY else ())
        yield from texts(side, path, asked)


def _sides(text: Any) -> Iterator[tuple[str, str]]:
    try:
        condition = parse_condition(text if isinstance(text, str) else "")
    except ValueError:
        return  # the model says it
    for comparison in condition.comparisons:
        yield comparison.operator, comparison.left
        yield comparison.operator, comparison.right


def _asked_for(step: Keys, listed: Listed) -> Iterator[str]:
    """What has a value in this list of a step because its condition has asked for that."""
    if listed[0][-1] == "else":
        return
    for key in ("if", "while"):
        for operator, side in _sides(step.get(key)):
            if operator == "is set":
                try:
                    yield from names_in(side)
                except Unclosed:
                    return


def texts(value: Any, path: KeyPath, names: Names, *, keys: bool = False) -> Iterator[Complaint]:
    """Complaints about the references in a text, or in all texts of a list or mapping, and with
    `keys` in those too."""
    if isinstance(value, dict):
        for key, each in value.items():
            if keys:
                yield from _text(key, (*path, key), names)
            yield from texts(each, (*path, key), names, keys=keys)
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from texts(each, (*path, n), names, keys=keys)
    elif isinstance(value, str):
        yield from _text(value, path, names)


def _text(text: str, path: KeyPath, names: Names) -> Iterator[Complaint]:
    try:
        found: Iterable[str] = dict.fromkeys(names_in(text))
    except Unclosed:
        yield Complaint(path, say('{where}: a "${{" without its "}}"; "$${{" stands for itself',
                                  where=where(path)))  # fmt: skip
        return
    for name in found:
        if (complaint := names.complaint(name, path)) is not None:
            yield complaint
