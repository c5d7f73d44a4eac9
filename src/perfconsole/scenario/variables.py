"""What the scenario's variables stand for in a run, and which of them nobody may see.

A variable has the value that ``--var`` gives it, or its default, in which ``${other}`` and
``${env:NAME}`` are put in, once. A secret is what is marked as one, what is called like one, what
comes from the environment, and what is made of any of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfconsole.model.variable_spec import VariableSpec
from perfconsole.scenario.interpolation import Unclosed, names_in, put_in
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.secret_text import is_secret_name
from perfconsole.texts import say

ENVIRONMENT = "env:"
"""Before the names of environment variables, which are secrets."""
_DEEPEST = 50

Entries = Mapping[str, Any]
"""Variables as a person writes them: texts and numbers, or sets of ``value`` and ``secret``, plain
or validated."""


@dataclass(slots=True)
class Known:
    """Values by name, those of the environment as ``env:NAME``."""

    texts: dict[str, str] = field(default_factory=dict)
    secret: set[str] = field(default_factory=set)
    complaints: list[Complaint] = field(default_factory=list)
    unsettled: set[str] = field(default_factory=set)
    """Names about which there is a complaint."""

    def is_secret(self, names: Iterable[str]) -> bool:
        """Whether a text with these references is one that nobody may see."""
        return not self.secret.isdisjoint(names)


def known_values(entries: Entries, given: Mapping[str, str]) -> Known:
    """The scenario's `entries` with the values `given` for the run, ``env:NAME`` among them."""
    known = Known({name: text for name, text in given.items() if name.startswith(ENVIRONMENT)})
    known.secret.update(known.texts)
    under_way: list[str] = []

    def settle(name: str) -> None:
        entry, path = entries[name], ("variables", name)
        if name in under_way:
            shown = " → ".join([*under_way[under_way.index(name) :], name])
            known.complaints.append(Complaint(path, say(
                "{where}: its value needs itself: {round}", where=where(path), round=shown
            )))  # fmt: skip
            known.texts[name] = ""
            known.unsettled.add(name)
        elif len(under_way) >= _DEEPEST:
            known.complaints.append(Complaint(path, say(
                "{where}: values are made of values more than {most} deep", where=where(path),
                most=_DEEPEST,
            )))  # fmt: skip
            known.texts[name] = ""
            known.unsettled.add(name)
        if name in known.texts:
            return
        under_way.append(name)
        for other in _needed(entry, name, given):
            if other in entries:
                settle(other)
        under_way.pop()
        known.texts.setdefault(name, _settled(name, entry, given, known, path, entries))

    for name in entries:
        settle(name)
    return known


def over(known: Known, entries: Entries, given: Mapping[str, str], around: KeyPath) -> Known:
    """The same with a group's own `entries` over it; those refer to the scenario's alone."""
    own = Known(dict(known.texts), set(known.secret))
    for name, entry in entries.items():
        if value_of(entry) is None and name in known.texts:
            own.secret |= {name} if is_flagged(entry) else set()
        else:
            base = Known(known.texts, known.secret)
            # What --var gives is for the scenario's variable; a group's own default stays.
            mine = given if value_of(entry) is None else {}
            own.texts[name] = _settled(name, entry, mine, base, (*around, name), known.texts)
            own.complaints += base.complaints
            own.secret |= base.secret
    return own


def value_of(entry: Any) -> Any:
    """A variable's default as written, None where it has none."""
    if isinstance(entry, VariableSpec):
        return entry.value
    return entry.get("value") if isinstance(entry, dict) else entry


def is_flagged(entry: Any) -> bool:
    """Whether it is marked as a secret."""
    if isinstance(entry, VariableSpec):
        return entry.secret
    return isinstance(entry, dict) and entry.get("secret") is True


def _settled(
    name: str,
    entry: Any,
    given: Mapping[str, str],
    known: Known,
    path: KeyPath,
    right: Iterable[str],
) -> str:
    """The text of one variable; what is wrong and what is secret is added to `known`.

    `right` are the names that it may refer to.
    """
    names = list(_needed(entry, name, given))
    if is_flagged(entry) or is_secret_name(name) or known.is_secret(names):
        known.secret.add(name)
    if name in given:
        return given[name]
    value = value_of(entry)
    known.unsettled.add(name)
    if entry is None:
        return ""  # the model says it
    if value is None:
        known.complaints.append(Complaint(path, say(
            "{where} has no value; give it one with --var {name}=...", where=where(path), name=name
        )))  # fmt: skip
        return ""
    strange = [each for each in names if each not in known.texts]
    known.complaints += [unknown(each, right, path) for each in strange]
    if strange:
        return ""
    try:
        text = put_in(str(value), known.texts)
    except Unclosed:
        known.complaints.append(unclosed(path))
        return ""
    if known.unsettled.isdisjoint(names):
        known.unsettled.discard(name)
    return text


def _needed(entry: Any, name: str, given: Mapping[str, str]) -> Iterator[str]:
    """What a variable's default refers to, when that is what counts."""
    value = value_of(entry)
    if name not in given and isinstance(value, str):
        try:
            yield from names_in(value)
        except Unclosed:
            return


def unknown(name: str, known: Iterable[str], path: KeyPath) -> Complaint:
    """There is no such variable."""
    return Complaint(path, say(
        '{where}: there is no variable "{name}"; {hint}', where=where(path), name=name,
        hint=hint(name, sorted(n for n in known if not n.startswith(ENVIRONMENT)),
                  say("variables")),
    ))  # fmt: skip


def unclosed(path: KeyPath) -> Complaint:
    return Complaint(path, say('{where}: a "${{" without its "}}"; "$${{" stands for itself',
                               where=where(path)))  # fmt: skip
