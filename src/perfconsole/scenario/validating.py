"""A plain tree → `Scenario`, or every complaint about it in plain words.

The model stops at the first trouble of each part: a request with an unknown key is not asked
whether its path is well-formed. So what is wrong is cut out and the rest validated again, until
nothing new is found.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import FlowSpec
from perfconsole.scenario import sentences
from perfconsole.scenario.places import Place, fields_of, located, place_at, stray_booleans
from perfconsole.scenario.probe_rules import no_such_use
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.texts import say

_MOST_PASSES = 20
_PAIR = 2


def validated(tree: Any) -> Scenario | list[Complaint]:
    """The scenario that `tree` describes, or all complaints, at most one for each place."""
    found: dict[KeyPath, Complaint] = {}
    rest = tree
    scenario: Scenario | None = None
    for turn in range(_MOST_PASSES):
        try:
            scenario = Scenario.model_validate(rest)
            break
        except ValidationError as error:
            known = {path[:n] for path in found for n in range(len(path) + 1)}
            told = {(each.path[:-1], _reason(each)) for each in found.values()}
            # After the first turn, a complaint around a cut comes of the cutting alone.
            fresh = [
                c
                for c in _complaints(error, rest)
                if not turn or (c.path not in known and (c.path[:-1], _reason(c)) not in told)
            ]
        except RecursionError:
            return [Complaint((), say("the scenario is nested too deep"))]
        rest = rest if turn else copy.deepcopy(tree)
        for complaint in fresh:
            found.setdefault(complaint.path, complaint)
        if not _cut(rest, fresh):
            break
    booleans = {path: _boolean(path, _value_at(tree, path)) for path in stray_booleans(tree)}
    return list((booleans | found).values()) or scenario or []


def _reason(complaint: Complaint) -> str:
    """Without the place."""
    return complaint.text.partition(": ")[2] or complaint.text


def _cut(tree: Any, complaints: Iterable[Complaint]) -> bool:
    """Take the keys complained about out of `tree`; False when there were none.

    List items stay: the others would change their places.
    """
    changed = False
    for complaint in complaints:
        try:
            around = _value_at(tree, complaint.path[:-1])
        except (KeyError, IndexError, TypeError):
            continue  # what it is in has been cut out already
        if isinstance(around, dict) and complaint.path and complaint.path[-1] in around:
            del around[complaint.path[-1]]
            changed = True
    return changed


def _value_at(tree: Any, path: KeyPath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _boolean(path: KeyPath, value: bool) -> Complaint:
    text = say("{where} cannot be {value}; write a number, or quote it if it is text",
               where=where(path), value=sentences.shown(value))  # fmt: skip
    return Complaint(path, text)


def _complaints(error: ValidationError, tree: Any) -> Iterator[Complaint]:
    details = error.errors(include_url=False)
    # What is wrong with a value comes before the types of a union that it has not.
    for detail in sorted(details, key=lambda detail: _is_of_type(detail["type"])):
        path, rest, place = located(detail["loc"], tree)
        kind, value = detail["type"], _value_at(tree, path)
        if kind == "too_short" and value:
            continue  # the model counts only the valid ones
        if rest and _is_of_type(kind) and isinstance(value, dict) and place.model is not None:
            continue  # the complaints about its keys say it
        yield _complaint(detail, path, rest, place, tree)


def _complaint(
    detail: ErrorDetails, path: KeyPath, rest: KeyPath, place: Place, tree: Any
) -> Complaint:
    kind, value, context = detail["type"], _value_at(tree, path), detail.get("ctx", {})
    if kind == "too_long" and context["max_length"] > _PAIR:
        text = say("{where} has at most {most} entries, not {n}",
                   where=where(path), most=context["max_length"], n=len(value))  # fmt: skip
    elif kind == "too_long" or (kind == "missing" and isinstance(rest[-1], int)):
        text = sentences.must_be(path, say("a list of two"), value)
    elif kind == "missing":
        path = (*path, rest[-1])
        text = sentences.missing_key(path)
    elif kind == "extra_forbidden":
        text = _unknown_key(path, place_at(path[:-1], tree))
    elif kind == "model_type" and place.model is FlowSpec:
        text = sentences.must_be(path, say('a list of steps, or "steps" with init and end'), value)
    elif kind == "probe":
        text = no_such_use(path, str(value.get("use")))
    elif kind in sentences.KINDS:
        text = sentences.no_such_kind(kind, path, value)
    elif rest and rest[0] == "[key]" and kind == "value_error":
        text = sentences.sentence(kind, path[:-1], value, context)
    elif rest and rest[0] == "[key]":
        text = say('"{key}" is no name: 1 to 80 characters, all printable', key=path[-1])
    elif rest and _is_of_type(kind):
        text = sentences.must_be(path, sentences.choice_for(place), value)
    else:
        if kind == "value_error":
            path = _pointed(path, value, str(context.get("error", "")))
        text = sentences.sentence(kind, path, value, context)
    return Complaint(path, text)


def _is_of_type(kind: str) -> bool:
    return kind.endswith(("_type", "_parsing")) or kind in ("literal_error", "int_from_float")


def _unknown_key(path: KeyPath, around: Place) -> str:
    valid = list(fields_of(around.model)) if around.model is not None else []
    return sentences.unknown_key(path, valid, in_step=around.is_step)


def _pointed(path: KeyPath, value: Any, text: str) -> KeyPath:
    """The key that a complaint about a whole mapping is about: the first one that it names."""
    if isinstance(value, dict) and path:
        for key, child in value.items():
            if re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text) or (
                isinstance(child, str) and repr(child) in text
            ):
                return (*path, key)
    return path
