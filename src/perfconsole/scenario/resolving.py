"""``${name}`` where a scenario is loaded: variables put into all that does not change in a run.

In what requests send, values are put in by who sends them, for each anew; here only the names are
looked at. In logins, proxies and databases secrets may stand: their texts stay as written until a
run starts. Anywhere else a variable's value comes in now, as if it had been typed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from perfconsole.model.alarm_spec import WebhookUrl
from perfconsole.model.data import DatabaseUrl
from perfconsole.model.http_spec import ProxyUrl
from perfconsole.model.scenario import Scenario
from perfconsole.model.sent import BasicLogin, NoBreaks
from perfconsole.scenario.document import DocumentError
from perfconsole.scenario.document import resolved as scalar
from perfconsole.scenario.interpolation import (
    Unclosed,
    literal,
    names_in,
    put_in,
    put_in_url,
)
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.variables import (
    ENVIRONMENT,
    Known,
    known_values,
    over,
    unclosed,
    unknown,
    value_of,
)
from perfconsole.scenario.zones import Zone, zone_of
from perfconsole.texts import say

_BASIC: TypeAdapter[str] = TypeAdapter(BasicLogin)
_PROXY: TypeAdapter[str] = TypeAdapter(ProxyUrl)
_DATABASE: TypeAdapter[str] = TypeAdapter(DatabaseUrl)
_TEXT: TypeAdapter[str] = TypeAdapter(str)
_PASSWORD: TypeAdapter[str] = TypeAdapter(NoBreaks)
_WEBHOOK: TypeAdapter[str] = TypeAdapter(WebhookUrl)


def resolved(
    tree: Any, given: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[Any, list[Complaint], set[KeyPath]]:
    """`tree` with what is put in at load; what is wrong with its variables; where nothing could be
    put in, so that nothing more is to be said of these places.

    `tree` is a scenario's plain data, `given` the values of ``--var``, `environ` the environment.
    """
    if not isinstance(tree, dict):
        return tree, [], set()
    texts, complaints = _environment(tree, environ)
    entries = _map(tree.get("variables"))
    known = known_values(entries, {**given, **texts})
    known.unsettled |= {name for name in texts if name.removeprefix(ENVIRONMENT) not in environ}
    complaints += known.complaints
    complaints += _groups(tree, known, given)
    complaints += _strays(tree, given)
    unsaid: set[KeyPath] = set()
    for holder, key, path in list(_texts(tree, ())):
        zone, value = zone_of(path), holder[key]
        if zone in (Zone.AT_LOAD, Zone.AT_START) and not known.unsettled.isdisjoint(_names(value)):
            unsaid.add(path)
        elif zone is Zone.AT_LOAD:
            holder[key] = _at_load(value, path, known, tree, complaints)
        elif zone is Zone.AT_START:
            holder[key] = _at_start(value, path, known, complaints)
    return tree, complaints, unsaid.union(complaint.path for complaint in complaints)


def start_values(
    scenario: Scenario, given: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """What a valid scenario needs for a run: `given`, and ``env:NAME`` for each that it names."""
    tree = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {**given, **_environment(tree, environ)[0]}


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(tree: Any, path: KeyPath) -> Iterator[tuple[Any, Any, KeyPath]]:
    """Every text with a ``${`` in it: what holds it, under which key, and its path."""
    members = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in members:
        if isinstance(value, dict | list):
            yield from _texts(value, (*path, key))
        elif isinstance(value, str) and "${" in value:
            yield tree, key, (*path, key)


# ---------------------------------------------------------------- the names there are


def _environment(
    tree: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, str], list[Complaint]]:
    """Values of the environment that the tree names, and those that are not there."""
    texts: dict[str, str] = {}
    complaints: list[Complaint] = []
    for holder, key, path in _texts(tree, ()):
        is_variable = path[0] == "variables" or (path[0] == "groups" and "variables" in path[2:3])
        if zone_of(path) is Zone.NEVER and not is_variable:
            continue
        for name in _names(holder[key]):
            if not name.startswith(ENVIRONMENT):
                continue
            value = environ.get(name.removeprefix(ENVIRONMENT))
            if value is None or not _sendable(value):
                complaints.append(_missing(name, value, path))
            texts[name] = value if value is not None and _sendable(value) else ""
    return texts, complaints


def _missing(name: str, value: str | None, path: KeyPath) -> Complaint:
    text = say('{where}: the environment has no "{name}"; set it where perfconsole is started',
               where=where(path), name=name.removeprefix(ENVIRONMENT))  # fmt: skip
    if value is not None:
        text = say('{where}: "{name}" of the environment is no UTF-8 text', where=where(path),
                   name=name.removeprefix(ENVIRONMENT))  # fmt: skip
    return Complaint(path, text)


def _sendable(value: str) -> bool:
    return value.encode("utf-8", "replace").decode() == value


def _names(text: str) -> list[str]:
    try:
        return names_in(text)
    except Unclosed:
        return []


def _groups(tree: dict[str, Any], known: Known, given: Mapping[str, str]) -> Iterator[Complaint]:
    for name, group in _map(tree.get("groups")).items():
        entries = _map(_map(group).get("variables"))
        yield from over(known, entries, given, ("groups", name, "variables")).complaints


def _strays(tree: dict[str, Any], given: Mapping[str, str]) -> Iterator[Complaint]:
    """Values for variables that nobody knows."""
    named = set(_map(tree.get("variables")))
    for group in _map(tree.get("groups")).values():
        own = _map(_map(group).get("variables"))
        named |= {name for name, entry in own.items() if value_of(entry) is None}
    for name in given:
        if name not in named:
            yield Complaint(("variables",), say(
                '--var {name}: the scenario has no variable "{name}"; {hint}', name=name,
                hint=hint(name, sorted(named), say("variables")),
            ))  # fmt: skip


# ---------------------------------------------------------------- putting in


def _at_load(
    text: str, path: KeyPath, known: Known, tree: dict[str, Any], complaints: list[Complaint]
) -> Any:
    """What `text` comes to, a number where it reads as one; itself when something is wrong."""
    try:
        names = names_in(text)
    except Unclosed:
        complaints.append(unclosed(path))
        return text
    wrong = [_unfit(name, path, known, tree) for name in dict.fromkeys(names)]
    complaints += (found := [complaint for complaint in wrong if complaint is not None])
    if found:
        return text
    filled = put_in(text, known.texts)
    try:
        return scalar(filled, 0) if names else filled
    except DocumentError:
        return filled


def _unfit(name: str, path: KeyPath, known: Known, tree: dict[str, Any]) -> Complaint | None:
    """Why the value `name` cannot stand at a place that everybody sees."""
    if name in known.secret:
        bare = name.removeprefix(ENVIRONMENT)
        return Complaint(path, say(
            '{where}: "{name}" is a secret, and everybody can see what stands here; for a value '
            'that is none, use a variable and --var {bare}="${bare}"',
            where=where(path), name=name, bare=bare,
        ))  # fmt: skip
    if name in known.texts:
        return None
    if name.partition(".")[0] in _map(tree.get("data")):
        return Complaint(path, say(
            '{where}: "{name}" is another for each iteration; here only variables of the '
            'scenario can stand', where=where(path), name=name,
        ))  # fmt: skip
    return unknown(name, known.texts, path)


def _at_start(text: str, path: KeyPath, known: Known, complaints: list[Complaint]) -> str:
    """As written, when it has a secret in it, else with the values put in."""
    try:
        names = names_in(text)
    except Unclosed:
        complaints.append(unclosed(path))
        return text
    strange = [name for name in dict.fromkeys(names) if name not in known.texts]
    complaints += [
        Complaint(path, say(
            '{where}: "{name}" is none of the scenario\'s variables; only they and "env:NAME" can '
            'stand here', where=where(path), name=name,
        ))
        for name in strange
    ]  # fmt: skip
    if strange or path[-1] == "sql":  # whose values are its parameters
        return text
    kind, put = (_BASIC, put_in) if path[-1] == "basic" else (_PROXY, put_in_url)
    if path[0] == "servers" and path[-1] != "basic":
        kind, put = (_PASSWORD if len(path) == 3 else _TEXT), put_in
    elif path[-1] in ("database", "webhook"):
        kind = _DATABASE if path[-1] == "database" else _WEBHOOK
    filled = put(text, known.texts)
    try:
        kind.validate_python(filled)
    except ValidationError as error:
        why = str(error.errors()[0].get("ctx", {}).get("error", ""))
        complaints.append(Complaint(path, say("{where}: with its values put in: {why}",
                                              where=where(path), why=why)))  # fmt: skip
        return text
    return text if known.is_secret(names) else literal(filled)
