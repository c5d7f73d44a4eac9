"""Values that an answer brought and a later request sent back: what a script must carry over.

Found as the correlation of LoadRunner and JMeter does: by comparing, whatever they are called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from perfconsole.scenario.secret_text import MASK
from perfconsole.texts import say

LEAST_CHARS = 6
MOST_ANSWER_CHARS = 2_000_000
_WORDLIKE = re.compile(r"^(?:true|false|null|undefined|[a-z]+|[A-Z]+|\d{1,5})$")
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(name|value)\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value that must be carried over."""

    text: str
    """For the request that sends it, as a comment."""


Exchange = tuple[str, Sequence[tuple[str, str]], str, str, str]
"""URL, headers and body of a request, text and type of its answer."""


def sightings(exchanges: Sequence[Exchange]) -> dict[int, list[Sighting]]:
    """By the number of a request, what in it came out of an earlier answer."""
    found: dict[int, list[Sighting]] = {}
    brought: dict[str, tuple[int, str]] = {}
    for number, (url, headers, body, answer, answer_type) in enumerate(exchanges):
        for where, value in _sent(url, headers, body):
            if value in brought:
                source, place = brought[value]
                text = say(
                    "correlate: {where} is a value ({shown}) out of the answer to request {n}: "
                    "extract it there by {place}, and send the variable",
                    where=where, shown=_shown(value), n=source + 1, place=place,
                )  # fmt: skip
                found.setdefault(number, []).append(Sighting(text))
        for value, place in _brought(answer[:MOST_ANSWER_CHARS], answer_type):
            brought.setdefault(value, (number, place))
    return found


def _sent(url: str, headers: Iterable[tuple[str, str]], body: str) -> Iterator[tuple[str, str]]:
    """Where a request has values of its own, and what they are."""
    yield from _in_url(url)
    for name, value in headers:
        credential = value.rpartition(" ")[2]
        if name.lower().startswith(("x-", "authorization")) and _carried(credential):
            yield say("the header {name}", name=name), credential
    if body[:1] in ("{", "["):
        for path, value in _leaves(_json(body)):
            yield say("the member {path}", path=path), value
        return
    for name, value in parse_qsl(body):
        if _carried(value):
            yield say("the field {name}", name=name), value


def _in_url(url: str) -> Iterator[tuple[str, str]]:
    parts = urlsplit(url)
    for segment in parts.path.split("/"):
        if _carried(segment):
            yield say("a part of the path"), segment
    for name, value in parse_qsl(parts.query):
        if _carried(value):
            yield say("the query's {name}", name=name), value


def _json(text: str) -> Any:
    """None when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _brought(answer: str, answer_type: str) -> Iterator[tuple[str, str]]:
    """Values in an answer, each with how to extract it."""
    if "json" in answer_type or answer[:1] in ("{", "["):
        for path, value in _leaves(_json(answer)):
            yield value, f"json: {path}"
    elif "html" in answer_type:
        for tag in _INPUT.findall(answer):
            attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(tag)}
            if "name" in attributes and _carried(attributes.get("value", "")):
                place = say('css: input[name="{name}"], attribute: value', name=attributes["name"])
                yield attributes["value"], place


def _leaves(tree: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """JMESPath and text of the values of a JSON tree that may be carried over."""
    if depth > 20:
        return
    if isinstance(tree, dict):
        for key, value in tree.items():
            step = key if re.fullmatch(r"[A-Za-z_]\w*", str(key)) else json.dumps(key)
            yield from _leaves(value, f"{path}.{step}" if path else step, depth + 1)
    elif isinstance(tree, list):
        for n, value in enumerate(tree[:50]):
            yield from _leaves(value, f"{path}[{n}]", depth + 1)
    elif isinstance(tree, str | int) and not isinstance(tree, bool) and _carried(str(tree)):
        yield path, str(tree)


def _carried(value: str) -> bool:
    """Whether a value looks like one that a server made up."""
    return len(value) >= LEAST_CHARS and not _WORDLIKE.match(value)


def _shown(value: str) -> str:
    """Its first letters: enough to find it, too few to be one."""
    return f"{value[:4]}{MASK}"
