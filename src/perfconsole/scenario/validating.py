"""A plain tree → `Scenario`, or every complaint about it in plain words.

The model stops at the first trouble of each part: a request with an unknown key is not asked
whether its path is well-formed. So what is wrong is mended, a misspelt key by the one that was
meant, anything else by cutting it out, and the rest validated again, until nothing new is found.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import STEP_KINDS, FlowSpec
from perfconsole.scenario import sentences
from perfconsole.scenario.places import Place, fields_of, located, place_at, stray_booleans
from perfconsole.scenario.problems import Complaint, KeyPath, nearest, where
from perfconsole.texts import say

_MOST_PASSES = 20


@dataclass(slots=True)
class Validated:
    """What came of a tree."""

    tree: Any
    """As it was meant: misspelt keys as they should be, so that other rules can read it."""
    scenario: Scenario | None = None
    """None with any complaint about the tree's shape."""
    complaints: list[Complaint] = field(default_factory=list)
    """At most one for each place of `tree`."""
    respelt: dict[KeyPath, str] = field(default_factory=dict)
    """By a place of `tree`, its key as written."""

    def written(self, path: KeyPath) -> KeyPath:
        """Where a place of `tree` is in the tree that was given."""
        return tuple(self.respelt.get(path[: n + 1], part) for n, part in enumerate(path))


@dataclass(frozen=True, slots=True)
class _Misspelt(Complaint):
    """`path` ends with a key that is not known, or with a list item that has one."""

    wrong: str
    right: str
    is_kind: bool = False
    """The key that says what a step is."""


def validated(tree: Any) -> Validated:
    done = Validated(tree)
    found: dict[KeyPath, Complaint] = {}
    rest = tree
    for turn in range(_MOST_PASSES):
        try:
            done.scenario = Scenario.model_validate(rest)
            break
        except ValidationError as error:
            # After the first turn, a complaint around a cut comes of the cutting alone, and one
            # about what was misspelt perhaps of a wrong guess.
            known = {path[:n] for path in found for n in range(len(path) + 1)} | done.respelt.keys()
            told = {(each.path[:-1], _reason(each)) for each in found.values()}
            fresh = [
                c
                for c in _complaints(error, rest)
                if not turn or (c.path not in known and (c.path[:-1], _reason(c)) not in told)
            ]
        except RecursionError:
            done.complaints = [Complaint((), say("the scenario is nested too deep"))]
            return done
        if not turn:
            rest, done.tree = copy.deepcopy(tree), copy.deepcopy(tree)
        for complaint in fresh:
            found.setdefault(complaint.path, complaint)
        if not _mend(rest, done, fresh):
            break
    booleans = {path: _boolean(path, _value_at(tree, path)) for path in stray_booleans(tree)}
    done.complaints = list((booleans | found).values())
    if done.complaints:
        done.scenario = None
    return done


def _reason(complaint: Complaint) -> str:
    """Without the place."""
    return complaint.text.partition(": ")[2] or complaint.text


def _mend(rest: Any, done: Validated, complaints: Iterable[Complaint]) -> bool:
    """Respell what is misspelt in `rest` and in the tree that is meant, and take other keys
    complained about out of `rest`; False when there were none.

    List items stay: the others would change their places.
    """
    changed = False
    for complaint in complaints:
        path = complaint.path
        try:
            if isinstance(complaint, _Misspelt):
                around = path if isinstance(path[-1], int) else path[:-1]
                _respell(_value_at(rest, around), complaint)
                _respell(_value_at(done.tree, around), complaint)
                done.respelt[*around, complaint.right] = complaint.wrong
                changed = True
            elif path and isinstance(holder := _value_at(rest, path[:-1]), dict):
                changed |= holder.pop(path[-1], None) is not None
        except (KeyError, IndexError, TypeError):
            continue  # what it is in has been cut out already
    return changed


def _respell(keys: dict[str, Any], complaint: _Misspelt) -> None:
    value = keys.pop(complaint.wrong)
    keys.setdefault(complaint.right, value)


def _value_at(tree: Any, path: KeyPath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _boolean(path: KeyPath, value: bool) -> Complaint:
    text = say("{where} cannot be {value}; write a number, or quote it if it is text",
               where=where(path), value=sentences.shown(value))  # fmt: skip
    return Complaint(path, text)


def _complaints(error: ValidationError, tree: Any) -> list[Complaint]:
    """Those left out that a misspelt key explains: the key it stands for is missing, others do not
    belong to a step of another kind."""
    all_ = list(_each(error, tree))
    misspelt = [c for c in all_ if isinstance(c, _Misspelt)]
    meant = {(*c.path[:-1], c.right) for c in misspelt}
    kinds = {c.path[:-1] for c in misspelt if c.is_kind}
    return [
        c for c in all_
        if c.path not in meant and (c.path[:-1] not in kinds or isinstance(c, _Misspelt))
    ]  # fmt: skip


def _each(error: ValidationError, tree: Any) -> Iterator[Complaint]:
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
    if kind == "too_long" or (kind == "missing" and isinstance(rest[-1], int)):
        text = sentences.must_be(path, say("a list of two"), value)
    elif kind == "missing":
        path = (*path, rest[-1])
        text = sentences.missing_key(path)
    elif kind == "extra_forbidden":
        return _unknown_key(path, place_at(path[:-1], tree), _value_at(tree, path[:-1]))
    elif kind == "model_type" and place.model is FlowSpec:
        text = sentences.must_be(path, say('a list of steps, or "steps" with init and end'), value)
    elif kind in sentences.KINDS:
        return _no_such_kind(kind, path, value)
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


def _unknown_key(path: KeyPath, around: Place, keys: dict[str, Any]) -> Complaint:
    wrong = str(path[-1])
    valid = list(fields_of(around.model)) if around.model is not None else []
    text = sentences.unknown_key(path, valid, in_step=around.is_step)
    if around.is_step and wrong in STEP_KINDS:
        return Complaint(path, text)
    if (right := nearest(wrong, valid)) is not None:
        return Complaint(path, text) if right in keys else _Misspelt(path, text, wrong, right)
    if around.is_step and (right := nearest(wrong, STEP_KINDS)) is not None:
        text = sentences.no_such_kind("step", path[:-1], {wrong: None})
        return _Misspelt(path, text, wrong, right, is_kind=True)
    return Complaint(path, text)


def _no_such_kind(kind: str, path: KeyPath, value: Any) -> Complaint:
    text = sentences.no_such_kind(kind, path, value)
    for wrong in value if isinstance(value, dict) else ():
        if (right := nearest(wrong, sentences.KINDS[kind])) is not None:
            return _Misspelt(path, text, wrong, right)
    return Complaint(path, text)


def _pointed(path: KeyPath, value: Any, text: str) -> KeyPath:
    """The key that a complaint about a whole mapping is about: the first one that it names."""
    if isinstance(value, dict) and path:
        for key, child in value.items():
            if re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text) or (
                isinstance(child, str) and repr(child) in text
            ):
                return (*path, key)
    return path
