"""Misspelt keys of a plain tree, understood as the ones that were meant.

So that one mistake is one line: a step whose kind is misspelt, say, would else be none at all to
every rule that comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from perfconsole.model.steps import STEP_KINDS
from perfconsole.scenario import sentences
from perfconsole.scenario.places import ROOT, Place, fields_of, inside, meant
from perfconsole.scenario.problems import Complaint, KeyPath, nearest


@dataclass(slots=True)
class Respelt:
    """A tree as it was meant."""

    complaints: list[Complaint] = field(default_factory=list)
    keys: dict[KeyPath, str] = field(default_factory=dict)
    """By a place of the tree, its key as written."""

    def written(self, path: KeyPath) -> KeyPath:
        """Where a place of the tree is in the file."""
        return tuple(self.keys.get(path[: n + 1], part) for n, part in enumerate(path))


def respelt(tree: Any) -> Respelt:
    """What was misspelt in `tree`, where it is put right."""
    done = Respelt()
    _within(tree, ROOT, (), done)
    return done


def _within(value: Any, place: Place, path: KeyPath, done: Respelt) -> None:
    if isinstance(value, dict):
        _kind(value, place, path, done)
        _keys(value, place, path, done)
    for part, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(each, dict | list):
            there = inside(place, value, part)
            if there.hint not in (None, Any):
                _within(each, there, (*path, part), done)


def _kind(value: dict[str, Any], place: Place, path: KeyPath, done: Respelt) -> None:
    """Of a step or a stage that has none, or seems to have another because of a key beside it."""
    model = Place(meant(place.hint, value)).model
    known = fields_of(model) if model is not None else {}
    for wrong in [key for key in value if key not in known and not nearest(key, known)]:
        for kind, names in sentences.KINDS.items():
            right = nearest(wrong, names) if place.takes(names) else None
            if right is not None and right not in value:
                text = sentences.no_such_kind(kind, path, {wrong: None})
                _respell(value, wrong, right, Complaint((*path, right), text), done)
                return


def _keys(value: dict[str, Any], place: Place, path: KeyPath, done: Respelt) -> None:
    there = Place(meant(place.hint, value))
    known = fields_of(there.model) if there.model is not None else {}
    for wrong in [key for key in value if key not in known] if known else ():
        right = None if there.is_step and wrong in STEP_KINDS else nearest(wrong, known)
        if right is not None and right not in value:
            text = sentences.unknown_key((*path, wrong), list(known), in_step=there.is_step)
            _respell(value, wrong, right, Complaint((*path, right), text), done)


def _respell(
    value: dict[str, Any], wrong: str, right: str, complaint: Complaint, done: Respelt
) -> None:
    value[right] = value.pop(wrong)
    done.keys[complaint.path] = wrong
    done.complaints.append(complaint)
