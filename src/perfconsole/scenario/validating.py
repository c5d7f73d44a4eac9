"""A plain tree → `Scenario`, or every complaint about it in plain words.

The model stops at the first trouble of each part: a request with an unknown key is not asked
whether its path is well-formed. So what is wrong is cut out and the rest validated again, until
nothing new is found.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from perfconsole.model import (
    checking,
    data,
    extracting,
    group,
    http_spec,
    objective_spec,
    point_spec,
    sent,
    server_spec,
    steps,
)
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import STEP_KINDS
from perfconsole.scenario import sentences
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.texts import say

_MOST_PASSES = 20
_STEPS: dict[str, type[BaseModel]] = {
    "request": steps.RequestSpec,
    "transaction": steps.TransactionSpec,
    "think": steps.ThinkSpec,
    "rendezvous": steps.RendezvousSpec,
    "check": steps.CheckStepSpec,
    "extract": steps.ExtractStepSpec,
}
_OF_STEPS: dict[str | int, type[BaseModel]] = {"check": checking.CheckSpec, "auth": sent.AuthSpec}
_ENTRIES: dict[str, type[BaseModel]] = {
    "http": http_spec.HttpSpec,
    "groups": group.GroupSpec,
    "rendezvous": point_spec.PointSpec,
    "data": data.DataSpec,
    "servers": server_spec.ServerSpec,
    "thresholds": server_spec.LimitSpec,
    "objectives": objective_spec.ObjectiveSpec,
}
_TAGS = frozenset({"LimitSpec", "AuthSpec", "FileSpec"})
"""Of union members that are mappings, as pydantic names them in the place of an error."""
_BOOLEANS = frozenset(
    {"follow_redirects", "on", "local", "judged", "insecure", "resume_tls", "secret"}
)


def validated(tree: Any) -> Scenario | list[Complaint]:
    """The scenario that `tree` describes, or all complaints, at most one for each place."""
    found: dict[KeyPath, Complaint] = {}
    rest = copy.deepcopy(tree)
    scenario: Scenario | None = None
    for turn in range(_MOST_PASSES):
        try:
            scenario = Scenario.model_validate(rest)
            break
        except ValidationError as error:
            known = frozenset(path[:n] for path in found for n in range(len(path) + 1))
            # After the first turn, a complaint around a cut comes of the cutting alone.
            fresh = [c for c in _complaints(error, rest) if not turn or c.path not in known]
        except RecursionError:
            return [Complaint((), say("the scenario is nested too deep"))]
        for complaint in fresh:
            found.setdefault(complaint.path, complaint)
        if not _cut(rest, fresh):
            break
    booleans = {c.path: c for c in _stray_booleans(tree)}
    return list((booleans | found).values()) or scenario or []


def _cut(tree: Any, complaints: Iterable[Complaint]) -> bool:
    """Take the keys complained about out of `tree`; False when there were none.

    List items stay: the others would change their places.
    """
    changed = False
    for complaint in complaints:
        try:
            around = _value_at(tree, complaint.path[:-1])
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(around, dict) and complaint.path and complaint.path[-1] in around:
            del around[complaint.path[-1]]
            changed = True
    return changed


def _value_at(tree: Any, path: KeyPath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _stray_booleans(tree: Any, path: KeyPath = ()) -> Iterator[Complaint]:
    """The model would take ``vus: true`` for 1."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if not (key == "json" and path[:1] == ("flows",)):
                yield from _stray_booleans(value, (*path, key))
    elif isinstance(tree, list):
        for n, value in enumerate(tree):
            yield from _stray_booleans(value, (*path, n))
    elif isinstance(tree, bool) and (not path or path[-1] not in _BOOLEANS):
        text = say("{where} cannot be {value}; write a number, or quote it if it is text",
                   where=where(path), value=sentences.shown(tree))  # fmt: skip
        yield Complaint(path, text)


def _complaints(error: ValidationError, tree: Any) -> Iterator[Complaint]:
    for detail in error.errors(include_url=False):
        path, rest = _real_path(detail["loc"], tree)
        kind, value = detail["type"], _value_at(tree, path)
        choice = sentences.choice_for(path)
        if kind == "too_short" and value:
            continue  # the model counts only the valid ones
        if kind == "missing":
            path = (*path, rest[-1])
            text = sentences.missing_key(path)
        elif kind == "extra_forbidden":
            around = path[:-1]
            valid = _keys_of(_model_at(around, _value_at(tree, around)))
            in_step = around[:1] == ("flows",) and isinstance(around[-1], int)
            text = sentences.unknown_key(path, valid, in_step=in_step)
        elif kind == "step":
            text = sentences.no_step(path, value)
        elif rest and rest[0] == "[key]" and kind == "value_error":
            text = sentences.sentence(kind, path[:-1], value, detail["ctx"])
        elif rest and rest[0] == "[key]":
            text = say('"{key}" is no name: 1 to 80 characters, all printable', key=path[-1])
        elif rest and choice:
            if isinstance(value, dict) and "thresholds" in path:
                continue  # the complaints about its keys say it
            text = sentences.must_be(path, choice, value)
        else:
            context = detail.get("ctx", {})
            if kind == "value_error":
                path = _pointed(path, value, str(context.get("error", "")))
            text = sentences.sentence(kind, path, value, context)
        yield Complaint(path, text)


def _real_path(loc: KeyPath, tree: Any) -> tuple[KeyPath, KeyPath]:
    """`loc` without the names of union members, and what of it has no place in the tree."""
    path: KeyPath = ()
    parts = iter(enumerate(loc))
    for n, part in parts:
        if isinstance(part, int) and isinstance(tree, list) and part < len(tree):
            path, tree = (*path, part), tree[part]
            if path[0] == "flows" and (len(path) == 3 or path[-2] == "steps"):
                next(parts, None)  # the step's kind
        elif isinstance(tree, list) and part == "steps" and len(path) == 2:
            continue  # a flow that is a list alone
        elif isinstance(tree, dict) and part in tree:
            path, tree = (*path, part), tree[part]
        elif not (isinstance(tree, dict) and any(tag in str(part) for tag in _TAGS)):
            return path, loc[n:]
    return path, ()


def _pointed(path: KeyPath, value: Any, text: str) -> KeyPath:
    """The key that a complaint about a whole mapping is about: the first one that it names."""
    if isinstance(value, dict) and path:
        for key, child in value.items():
            if key in text or (isinstance(child, str) and repr(child) in text):
                return (*path, key)
    return path


def _model_at(path: KeyPath, value: Any) -> type[BaseModel]:
    """The model of the mapping at `path`."""
    if not path:
        return Scenario
    if path[0] == "flows":
        return _model_in_flow(path, value)
    if path == ("http", "auth"):
        return sent.AuthSpec
    if path[0] == "groups" and len(path) > 2:
        return http_spec.GroupHttpSpec
    if path[0] == "servers" and len(path) > 2:
        return server_spec.LimitSpec
    return _ENTRIES[str(path[0])]


def _model_in_flow(path: KeyPath, value: Any) -> type[BaseModel]:
    if path[-2] == "multipart":
        return sent.FileSpec
    if path[-2] == "extract":
        return extracting.ExtractSpec
    if path[-1] in _OF_STEPS:
        return _OF_STEPS[path[-1]]
    return _STEPS[next(kind for kind in STEP_KINDS if kind in value)]


def _keys_of(cls: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in cls.model_fields.items()]
