"""Variables and functions in the texts of a test plan → references, variables and data sets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from perfconsole.texts import say

_REFERENCE = re.compile(r"\$\{(__)?([^{}]*)\}")
_STEP = r"[\w$*-]+(?:\[(?:\d+|\*)\])*"
_PLAIN_PATH = re.compile(rf"(?:{_STEP}|(?:\[(?:\d+|\*)\])+)(?:\.{_STEP})*")
_DEEPEST = 5
_CALL = re.compile(r"^(\w+)(?:\((.*)\))?$", re.DOTALL)


@dataclass(slots=True)
class Names:
    """What the plan's own names have become."""

    columns: dict[str, str] = field(default_factory=dict)
    """A CSV column's variable → ``users.name``."""
    variables: dict[str, Any] = field(default_factory=dict)
    generated: dict[str, Any] = field(default_factory=dict)
    """Columns of the data set ``made``, which stands for functions."""
    unknown: dict[str, None] = field(default_factory=dict)
    """Functions that nothing stands for."""

    def text(self, text: str) -> str:
        """`text` with its references as a scenario writes them."""
        return _REFERENCE.sub(self._reference, text)

    def settled(self, text: str) -> str:
        """`text` with the values that its references begin with, for what a scenario wants said."""
        for _ in range(_DEEPEST):
            made = _REFERENCE.sub(self._value, text)
            if made == text:
                break
            text = made
        return text

    def _value(self, match: re.Match[str]) -> str:
        if match[1] is None:
            name = plain_name(match[2].strip())
            known = self.variables.get(name)
            return known if isinstance(known, str) and known != f"${{{name}}}" else match[0]
        call = _CALL.match(match[2])
        arguments = (call[2] or "").split(",") if call else []
        given = call is not None and call[1] in ("P", "property") and len(arguments) > 1
        return arguments[-1].strip() if given else match[0]

    def _reference(self, match: re.Match[str]) -> str:
        if match[1] is None:
            name = match[2].strip()
            return f"${{{self.columns.get(name, plain_name(name))}}}"
        return self._function(match)

    def _function(self, match: re.Match[str]) -> str:
        call = _CALL.match(match[2])
        name, given = (call[1], call[2] or "") if call else (match[2], "")
        arguments = [part.strip() for part in given.split(",")]
        if name in ("P", "property"):
            variable = plain_name(arguments[0])
            default = arguments[-1] if len(arguments) > 1 else ""
            self.variables.setdefault(variable, default or {"secret": False})
            return f"${{{variable}}}"
        if name == "UUID":
            return self._made("uuid", "uuid")
        if name == "Random" and len(arguments) >= 2 and all(a.isdigit() for a in arguments[:2]):
            low, high = arguments[:2]
            return self._made(f"number_{low}_{high}", f"number {low} to {high}")
        if name == "counter":
            return self._made("counter", "counter from 1")
        if name == "RandomString" and arguments[0].isdigit():
            return self._made(f"text_{arguments[0]}", f"text {arguments[0]}")
        self.unknown.setdefault(f"${{__{match[2]}}}")
        return f"$${{__{match[2]}}}"

    def _made(self, column: str, how: str) -> str:
        self.generated[column] = how
        return f"${{made.{column}}}"

    def notes(self) -> list[str]:
        return [
            say("the function {call} is not carried over: it is sent as it stands", call=call)
            for call in self.unknown
        ]


def label(name: str) -> str:
    """A request's or a transaction's name, in which no value of an iteration can stand."""
    return re.sub(r"\$\{([^{}]*)\}", r"{\1}", name)[:80]


def plain_name(name: str) -> str:
    """A variable's name as a scenario allows it."""
    made = re.sub(r"[^\w-]", "_", name) or "v"
    return made if made[0].isalpha() else f"v_{made}"


def jmespath_of(json_path: str) -> str | None:
    """The JMESPath for a plain JSONPath, None for what has filters, slices or descents."""
    if not json_path.startswith("$") or ".." in json_path or "?" in json_path:
        return None
    rest = re.sub(r"\[['\"]([^'\"]+)['\"]\]", r".\1", json_path[1:]).lstrip(".")
    if not _PLAIN_PATH.fullmatch(rest):
        return None
    return re.sub(r"(?<![\w\"])([\w$]*-[\w$-]*)", r'"\1"', rest)
