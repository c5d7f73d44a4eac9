"""Names of values: every ``${name}`` of a scenario has a value when a VU comes to it.

Like `references`, these rules read the plain tree, whatever else is wrong in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from perfconsole.model.holes import MARK_BEGINS
from perfconsole.scenario.columns import Columns, known_columns
from perfconsole.scenario.interpolation import Unclosed, names_in
from perfconsole.scenario.json_paths import jmespath_fault
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.selectors import css_fault, xpath_fault
from perfconsole.scenario.variables import ENVIRONMENT
from perfconsole.texts import say

_NAMED = ("query", "headers", "form", "multipart")
"""Keys below which there are names that no value goes into."""
_REFERENCE = re.compile(r"(?<!\\)\$\{[a-zA-Z][^{}]*\}")


@dataclass(slots=True)
class _Names:
    """What a step may refer to."""

    variables: set[str]
    columns: Columns
    later: dict[str, str] = field(default_factory=dict)
    """Extracted further on, and by which step."""
    fresh: set[str] = field(default_factory=set)
    """Extracted from the last answer: for whatever comes after that request and its checks."""

    def go_on(self) -> None:
        """Another request, or another kind of step, comes."""
        self.variables |= self.fresh
        self.fresh.clear()

    def complaint(self, name: str, path: KeyPath) -> Complaint | None:
        place = where(path)
        source, dot, column = name.partition(".")
        if name in self.variables or name.startswith(ENVIRONMENT):
            return None  # whether the environment has it is seen where it is put in
        if not dot and name in self.later:
            return Complaint(path, say(
                '{where}: "{name}" has no value yet; {step} extracts it',
                where=place, name=name, step=self.later[name],
            ))  # fmt: skip
        if source in self.columns:
            columns = self.columns[source]
            if columns is None or (dot and column in columns):
                return None
            right = [f"{source}.{known}" for known in columns]
            if not dot:
                return Complaint(path, say(
                    '{where}: "{name}" is a data set; write "${{{example}}}"',
                    where=place, name=name, example=right[0],
                ))  # fmt: skip
            return Complaint(path, say(
                '{where}: the data set "{source}" has no column "{column}"; {hint}', where=place,
                source=source, column=column, hint=hint(name, right, say("columns")),
            ))  # fmt: skip
        columns_known = (f"{set_}.{column}" for set_, some in self.columns.items()
                         for column in some or ())  # fmt: skip
        known = [*sorted(self.variables), *columns_known]
        return Complaint(path, say(
            '{where}: there is no variable "{name}"; {hint}',
            where=place, name=name, hint=hint(name, known, say("variables")),
        ))  # fmt: skip


def value_complaints(scenario: dict[str, Any]) -> Iterator[Complaint]:
    """What is wrong with data files, extractions and the names of values."""
    columns, complaints = known_columns(scenario.get("data"))
    yield from complaints
    names = _Names(set(_map(scenario.get("variables"))), columns)
    http = _map(scenario.get("http"))
    yield from _texts(_map(http.get("headers")), ("http", "headers"), names)
    yield from _login(http.get("auth"), ("http", "auth"), names)
    for name, group in _map(scenario.get("groups")).items():
        own = set(_map(_map(group).get("variables")))
        headers, place = _map(_map(group).get("headers")), ("groups", name, "headers")
        yield from _texts(headers, place, _Names(names.variables | own, columns))
    for name, flow in _map(scenario.get("flows")).items():
        path: KeyPath = ("flows", name)
        extracted = dict(_extracted(flow, path))
        own = _of_groups(name, scenario)
        within = _Names(names.variables | own, columns, extracted)
        yield from _steps(flow, path, within)
        yield from _marks(flow, path)


def _of_groups(flow: str, scenario: dict[str, Any]) -> set[str]:
    """Variables that all groups have which run `flow`; those of any, when none does by itself."""
    groups = {name: _map(group) for name, group in _map(scenario.get("groups")).items()}
    running = [group for name, group in groups.items() if group.get("flow", name) == flow]
    owned = [set(_map(group.get("variables"))) for group in running or groups.values()]
    return set.intersection(*owned) if running else set().union(*owned)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# -------------------------------------------------------------------- steps


def _extracted(steps: Any, around: KeyPath) -> Iterator[tuple[str, str]]:
    """Every variable that the steps extract, with the step that does."""
    for n, step in enumerate(_list(steps)):
        path = (*around, n)
        for name in _map(_map(step).get("extract")):
            yield name, where(path)
        yield from _extracted(_map(step).get("steps"), (*path, "steps"))


def _steps(steps: Any, around: KeyPath, names: _Names) -> Iterator[Complaint]:
    for n, step in enumerate(_list(steps)):
        path, keys = (*around, n), _map(step)
        if "request" in keys or not ("check" in keys or "extract" in keys):
            names.go_on()
        for key in ("request", "query", "headers", "body", "json", "form", "multipart"):
            if "request" in keys and key in keys:
                yield from _texts(keys[key], (*path, key), names)
        yield from _login(keys.get("auth"), (*path, "auth"), names)
        yield from _check(_map(keys.get("check")), (*path, "check"), names)
        yield from _steps(keys.get("steps"), (*path, "steps"), names)
        for name, spec in _map(keys.get("extract")).items():
            yield from _extract(_map(spec), (*path, "extract", name))
            names.fresh.add(name)


def _login(auth: Any, path: KeyPath, names: _Names) -> Iterator[Complaint]:
    """A token may be any value; user and password are encoded together, before a run begins."""
    yield from _texts(_map(auth).get("bearer"), (*path, "bearer"), names)


def _texts(value: Any, path: KeyPath, names: _Names) -> Iterator[Complaint]:
    """Complaints about the references in a text, or in all texts of a list or mapping."""
    if isinstance(value, dict):
        for key, each in value.items():
            if path[-1] not in _NAMED and path[-2] != "multipart":
                yield from _text(key, (*path, key), names)
            yield from _texts(each, (*path, key), names)
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from _texts(each, (*path, n), names)
    elif isinstance(value, str):
        yield from _text(value, path, names)


def _text(text: str, path: KeyPath, names: _Names) -> Iterator[Complaint]:
    try:
        found: Iterable[str] = dict.fromkeys(names_in(text))
    except Unclosed:
        yield Complaint(path, say('{where}: a "${{" without its "}}"; "$${{" stands for itself',
                                  where=where(path)))  # fmt: skip
        return
    for name in found:
        if (complaint := names.complaint(name, path)) is not None:
            yield complaint


def _marks(value: Any, path: KeyPath) -> Iterator[Complaint]:
    """Texts that look like the mark of a value, which a plan could not tell from one."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _marks(key, (*path, key))
            yield from _marks(each, (*path, key))
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from _marks(each, (*path, n))
    elif isinstance(value, str) and MARK_BEGINS in value:
        yield Complaint(path, say(
            '{where}: "\\x1avalue:" marks the place of a value; send it out of a body_file',
            where=where(path),
        ))  # fmt: skip


# -------------------------------------------------------------------- extractions


def _check(check: dict[str, Any], path: KeyPath, names: _Names) -> Iterator[Complaint]:
    """Texts that values go into, JMESPaths that cannot be, and regular expressions with values."""
    for key in ("body_contains", "body_lacks"):
        yield from _texts(check.get(key), (*path, key), names)
    for name, text in _map(check.get("header")).items():
        yield from _texts(text, (*path, "header", name), names)
    for json_path, value in _map(check.get("json")).items():
        place = (*path, "json", json_path)
        if reason := jmespath_fault(json_path):
            yield Complaint(place, f"{where((*path, 'json'))}: {reason}")
        yield from _texts(value, place, names)
    matches = check.get("body_matches")
    for regex in matches if isinstance(matches, list) else [matches]:
        yield from _regex(regex, (*path, "body_matches"))


def _extract(spec: dict[str, Any], path: KeyPath) -> Iterator[Complaint]:
    """Places that can be in no answer."""
    yield from _regex(spec.get("regex"), (*path, "regex"))
    header = spec.get("header")
    if isinstance(header, str) and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*", header):
        text = say("{where}: {header} is no header name", where=where(path),
                   header=repr(header[:80]))  # fmt: skip
        yield Complaint((*path, "header"), text)
    faults: tuple[tuple[str, Callable[[str], str | None]], ...] = (
        ("json", jmespath_fault), ("xpath", xpath_fault),
        ("css", partial(css_fault, has_attribute="attribute" in spec)),
    )  # fmt: skip
    for key, fault in faults:
        what = spec.get(key)
        if isinstance(what, str) and what and (reason := fault(what)):
            yield Complaint((*path, key), f"{where(path)}: {reason}")


def _regex(regex: Any, path: KeyPath) -> Iterator[Complaint]:
    if isinstance(regex, str) and (reference := _REFERENCE.search(regex)):
        yield Complaint(path, say(
            "{where}: no value goes into a regular expression; {reference} can match nothing",
            where=where(path), reference=reference[0],
        ))  # fmt: skip
