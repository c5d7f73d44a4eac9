"""What the models say of a place in a scenario's plain tree: which type stands there, which keys.

Everything is read off the models' own annotations, so that no table of them has to be kept.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, Tag

from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import FlowSpec, StepSpec
from perfconsole.scenario.problems import KeyPath
from perfconsole.texts import say

Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand somewhere."""

    hint: Any
    """As annotated; None where the models know of no such place."""
    key: str = ""
    """Of the innermost model around it, none that a person made up: ``headers`` for each header."""

    @property
    def model(self) -> Model | None:
        """Whose keys may stand here."""
        hint = _mapping(self.hint)
        return hint if _is_model(hint) else None

    @property
    def is_step(self) -> bool:
        return self.model in step_models()

    def takes(self, kinds: tuple[str, ...]) -> bool:
        """Whether one of things of these kinds may stand here, such as any step."""
        found = _rule(self.hint)
        return found is not None and _tags(found[1]) == kinds


ROOT = Place(Scenario)
NOWHERE = Place(None)


@cache
def fields_of(model: Model) -> dict[str, Any]:
    """The annotations of a model's fields, by the keys of a file."""
    model.model_rebuild()  # one that refers to itself knows its aliases only then
    hints = typing.get_type_hints(model, include_extras=True)
    return {field.alias or name: hints[name] for name, field in model.model_fields.items()}


@cache
def step_models() -> frozenset[Model]:
    return frozenset(bare(member) for member in members(StepSpec))


# -------------------------------------------------------------------- types


@cache
def bare(hint: Any) -> Any:
    """Without annotations, and without the None of what may be left out."""
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif len(some := members(hint)) == 1:
            (hint,) = some
        else:
            return hint


@cache
def members(hint: Any) -> tuple[Any, ...]:
    """Of a union, None left out; none of any other type."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) not in (Union, UnionType):
        return ()
    return tuple(member for member in get_args(hint) if member is not NoneType)


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _is_mapping(hint: Any) -> bool:
    return _is_model(hint) or get_origin(hint) is dict


@cache
def _mapping(hint: Any) -> Any:
    """The model or dict among the types that may stand here; any of them where there is none."""
    hint = bare(hint)
    kinds = [_mapping(member) for member in members(hint)]
    return next((kind for kind in kinds if _is_mapping(kind)), hint)


def _sequence(hint: Any) -> Any:
    """The same for a list."""
    hint = bare(hint)
    if hint is FlowSpec:
        return _sequence(fields_of(FlowSpec)["steps"])
    kinds = [_sequence(member) for member in members(hint)]
    return next((kind for kind in kinds if get_origin(kind) is tuple), hint)


@cache
def _rule(hint: Any) -> tuple[Discriminator, Any] | None:
    """What tells apart the members of a union, and the union."""
    while get_origin(hint) is Annotated or len(members(hint)) == 1:
        if get_origin(hint) is Annotated:
            hint, *notes = get_args(hint)
            if rules := [note for note in notes if isinstance(note, Discriminator)]:
                return rules[0], hint
        else:
            (hint,) = members(hint)
    return None


def _tags(union: Any) -> tuple[str, ...]:
    return tuple(note.tag for each in members(union) for note in get_args(each)
                 if isinstance(note, Tag))  # fmt: skip


def meant(hint: Any, value: Any) -> Any:
    """The member that a union's own rule takes for `value`, None where it takes none; a type
    without such a rule as it is."""
    if (found := _rule(hint)) is None:
        return hint
    rule, union = found
    tag = rule.discriminator(value) if callable(rule.discriminator) else None
    return next((each for each in members(union) if Tag(str(tag)) in get_args(each)), None)


# -------------------------------------------------------------------- places


def inside(place: Place, value: Any, part: str | int) -> Place:
    """The place at `part` of `value`, which stands at `place`."""
    hint = meant(place.hint, value)
    if hint is Any:
        return Place(Any, place.key)
    if isinstance(part, int):
        types = get_args(hint) if get_origin(hint := _sequence(hint)) is tuple else ()
        if types[1:] == (Ellipsis,):
            return Place(types[0], place.key)
        return Place(types[part], place.key) if part < len(types) else NOWHERE
    hint = _mapping(hint)
    if get_origin(hint) is dict:
        return Place(get_args(hint)[1], place.key)
    if _is_model(hint) and part in fields_of(hint):
        return Place(fields_of(hint)[part], part)
    return NOWHERE


def place_at(path: KeyPath, tree: Any) -> Place:
    """The place at `path` of a whole tree."""
    place = ROOT
    for part in path:
        place, tree = inside(place, tree, part), tree[part]
    return Place(meant(place.hint, tree), place.key)


def located(loc: KeyPath, tree: Any) -> tuple[KeyPath, KeyPath, Place]:
    """Where in `tree` the place of a pydantic error is; what of `loc` is no part of the tree.

    pydantic puts the names of union members between keys and positions. A member that is no
    mapping of keys ends the path: what is wrong is wrong with the value as a whole.
    """
    path: KeyPath = ()
    place = ROOT
    for n, part in enumerate(loc):
        hint = bare(meant(place.hint, tree))
        if _rule(place.hint) is not None or members(hint):
            model = _mapping(hint)
            known = _is_model(model) and isinstance(tree, dict)
            if not known or (members(hint) and model.__name__ not in str(part)):
                return path, loc[n:], place
            place = Place(model, place.key)
        elif hint is FlowSpec and isinstance(tree, list) and part == "steps":
            continue
        elif not _has(tree, part):
            return path, loc[n:], place
        else:
            place, tree, path = inside(place, tree, part), tree[part], (*path, part)
    return path, (), place


def _has(tree: Any, part: str | int) -> bool:
    if isinstance(tree, list):
        return isinstance(part, int) and part < len(tree)
    return isinstance(tree, dict) and part in tree


def stray_booleans(tree: Any) -> Iterator[KeyPath]:
    """Where there is true or false and no model says so: one would take ``vus: true`` for 1."""
    for path in _booleans(tree, ()):
        place = place_at(path, tree)
        if place.hint is not None and not _takes_boolean(place.hint):
            yield path


def _booleans(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(value, bool):
        yield path
    elif isinstance(value, dict | list):
        for part, each in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(each, bool | dict | list):
                yield from _booleans(each, (*path, part))


def _takes_boolean(hint: Any) -> bool:
    hint = bare(hint)
    return hint in (bool, Any) or any(_takes_boolean(member) for member in members(hint))


def in_words(hint: Any) -> str:
    """The types that may stand somewhere: ``a text, a number or a list``."""
    *some, last = dict.fromkeys(_words(hint))
    return say("{some} or {last}", some=", ".join(some), last=last) if some else last


def _words(hint: Any) -> Iterator[str]:
    hint = bare(hint)
    if some := members(hint):
        for member in some:
            yield from _words(member)
    elif get_origin(hint) is Literal:
        yield from (str(value) for value in get_args(hint))
    elif get_origin(hint) is tuple:
        yield say("a list")
    elif _is_mapping(hint):
        yield say("a set of keys")
    else:
        yield {str: say("a text"), bool: say("true or false")}.get(hint, say("a number"))
