"""pydantic's error types in plain words: what is wrong at a place and what would be right."""

from __future__ import annotations

import json
import re
from typing import Any

from perfconsole.model.stages import STAGE_KINDS
from perfconsole.model.steps import STEP_KINDS
from perfconsole.scenario.places import Place, in_words
from perfconsole.scenario.problems import KeyPath, hint, nearest, where
from perfconsole.scenario.secret_text import is_secret_name, masked_url
from perfconsole.texts import say

KINDS = {"step": STEP_KINDS, "stage": STAGE_KINDS}
"""What there are several kinds of, each told by one of its keys; by pydantic's type of error."""
_EXAMPLES = {
    "name": "name: checkout",
    "limit": "limit: 75",
    "metric": "metric: p95_ms",
    "steps": "steps: and a list of steps",
    "then": "then: and a list of steps",
    "request": "request: GET /home",
    "file": "file: photo.png",
    "at": "at: 5m",
    "do": "do: pause",
    "over": "over: 5m",
    "lasting": "lasting: 30s",
    "period": "period: 5m",
    "every": "every: 10s",
    "pattern": "pattern: ERROR|Exception",
}
_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("string_pattern_mismatch",), 'like "9 of 12"'),
    (("int_",), "a whole number, such as 10"),
    (("float_", "finite_"), "a number, such as 2.5"),
    (("string_type", "string_sub_type"), "text"),
    (("bool_",), "true or false"),
    (("dict_", "mapping_", "model_"), "a set of keys, each with its value"),
    (("tuple_", "list_"), 'a list, each line beginning with "-"'),
)
_CHOICES = {
    "status": "a status code such as 200, or a list such as [200, 302]",
    "body_contains": "a text, or a list of texts",
    "body_lacks": "a text, or a list of texts",
    "body_matches": "a regular expression, or a list of them",
    "size": '"1 KB to 20 KB", "at least 500", "at most 2 MB", or a number of bytes',
    "think": 'a time such as "2s", or "1s to 3s"',
    "repeat": 'a number, "2 to 5", or a variable "${count}"',
    "wait_for": '"100% of all", "50% of running", a number, or manual',
    "thresholds": 'a number such as 75, "off", or limit and breach',
    "vus": 'a number, or a share such as "30%"',
    "multipart": "a text, a number, or a file such as {file: photo.png}",
    "auth": '{basic: "user:password"}, {bearer: TOKEN}, or none in a request',
    "variables": "a text, a number, or value and secret",
    "query": "a text, a number, or a list of them",
    "generate": '"uuid", "counter from 1000", "number 1 to 100", or a list to choose from',
    "pick": "first, last, random, all, or a number from 1",
    "parse": "number, or a set of keys with one of regex, json, column and prometheus",
    "to": 'a number of VUs, or a rate such as "500/s"',
    "curve": "a CSV file, or pairs of time and load",
}
"""What may stand where the models try several types in turn, by key, if there are better words
than the types themselves."""
_BOUNDS = (
    ("greater_than_equal", "ge", "at least {bound}"),
    ("greater_than", "gt", "above {bound}"),
    ("less_than_equal", "le", "at most {bound}"),
    ("less_than", "lt", "below {bound}"),
)
_SECRET = frozenset({"auth", "webhook"})
"""Keys below which secrets are written."""


def shown(value: Any, path: KeyPath = ()) -> str:
    """A wrong value as it may be repeated to a person: short, and never a secret."""
    if _is_secret(value, path):
        return "***"
    if value is None:
        return say("nothing")
    if isinstance(value, dict):
        return say("a set of keys")
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return say("a list")
    if isinstance(value, list | bool):
        return shown_text(json.dumps(value, ensure_ascii=False))
    return shown_text(str(value) if isinstance(value, int | float) else f'"{masked_url(value)}"')


def _is_secret(value: Any, path: KeyPath) -> bool:
    if "receivers" in path[-2:] and isinstance(value, str):  # a webhook without its key
        return True
    return any(isinstance(part, str) and (part in _SECRET or is_secret_name(part)) for part in path)


def shown_text(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def choice_for(place: Place) -> str:
    """What may stand at a place that takes several types."""
    return _CHOICES.get(place.key) or in_words(place.hint)


def must_be(path: KeyPath, right: str, value: Any) -> str:
    if value is None:
        return say("{where} has no value; it must be {right}", where=where(path), right=right)
    return say("{where} must be {right}, not {value}",
               where=where(path), right=right, value=shown(value, path))  # fmt: skip


def unknown_key(path: KeyPath, valid: list[str], in_step: bool) -> str:
    """`path` ends with the key that is not known; `valid` are those that are."""
    key = str(path[-1])
    if in_step and key in STEP_KINDS:
        return say('"{key}" is a step of its own; begin a new line with "- {key}: ..."', key=key)
    return say('unknown key "{key}" in {where}; {hint}',
               key=key, where=where(path[:-1]), hint=hint(key, valid, say("keys")))  # fmt: skip


def missing_key(path: KeyPath) -> str:
    key = str(path[-1])
    return say('{where} needs a "{key}", such as {example}', where=where(path[:-1]), key=key,
               example=_EXAMPLES.get(key, f"{key}: ..."))  # fmt: skip


def no_such_kind(kind: str, path: KeyPath, value: Any) -> str:
    """Of a step or a stage that has none of the keys that would say what it is."""
    kinds = KINDS[kind]
    text = say("a {kind} is one of {names} and {last}", kind=kind, names=", ".join(kinds[:-1]),
               last=kinds[-1])  # fmt: skip
    if kind == "step" and isinstance(value, str) and re.match(r"[A-Z]+ /", value):
        text = say('write "request: {text}"', text=shown_text(value))
    elif isinstance(value, dict):
        meant = [hint(key, kinds, "") for key in value if nearest(key, kinds)]
        text = "; ".join([text, *meant])
    return f"{where(path)}: {text}"


def sentence(kind: str, path: KeyPath, value: Any, context: dict[str, Any]) -> str:
    """The sentence for an error of pydantic's type `kind` at `path`."""
    if kind == "value_error":
        prefix = f"{where(path)}: " if path else ""
        return prefix + str(context.get("error", ""))
    if kind == "literal_error":
        expected = [word for word in re.findall(r"[^\s',]+", context["expected"]) if word != "or"]
        right = hint("" if value is None else str(value), expected, say("choices"))
        return say("{where} cannot be {value}; {hint}",
                   where=where(path), value=shown(value, path), hint=right)  # fmt: skip
    if kind in ("string_too_short", "too_short"):
        return say("{where} must not be empty", where=where(path))
    if kind.startswith("string_") and isinstance(value, int | float):
        return say("{where} must be text; put {value} in quotes",
                   where=where(path), value=shown(value, path))  # fmt: skip
    return _wrong_value(kind, path, value, context)


def _wrong_value(kind: str, path: KeyPath, value: Any, context: dict[str, Any]) -> str:
    for bound, key, template in _BOUNDS:
        if kind == bound:
            return must_be(path, say(template, bound=context[key]), value)
    if kind == "string_too_long":
        return must_be(
            path, say("at most {most} characters long", most=context["max_length"]), value
        )
    if kind == "string_pattern_mismatch" and path[-1:] != ("breach",):
        return say("{where} has characters that no name can have", where=where(path))
    for kinds, right in _KINDS:
        if kind.startswith(kinds):
            return must_be(path, say(right), value)
    return say("{where} cannot be {value}", where=where(path), value=shown(value, path))
