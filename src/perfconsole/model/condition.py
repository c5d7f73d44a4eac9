"""What ``if`` and ``while`` ask: comparisons of texts and numbers, and no code.

``${role} == admin and ${left} > 0``: comparisons joined by ``and`` alone or by ``or`` alone. Sides
are texts with ``${name}`` in them; quotes around one keep spaces and words such as ``and``.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from perfconsole.texts import say

Operator = Literal[
    "==", "!=", "<", "<=", ">", ">=", "contains", "lacks", "matches", "is set", "is empty"
]
OPERATORS: tuple[Operator, ...] = (
    "==", "!=", "<=", ">=", "<", ">", "contains", "lacks", "matches", "is set", "is empty",
)  # fmt: skip
UNARY = ("is set", "is empty")
CONDITION_FORMS = '"${role} == admin", "${left} > 0 and ${id} is set" or "${page} matches ^A"'

_QUOTED = r"\"[^\"]*\"|'[^']*'"
_WORD = re.compile(
    rf"{_QUOTED}|\$\{{[^{{}}]*\}}|\bis set\b|\bis empty\b|[=!<>]=|[<>]|[^\s\"'$=!<>]+|\$|[=!]"
)


class Comparison(msgspec.Struct, frozen=True, array_like=True):
    left: str
    """As written, references and all, quotes undone."""
    operator: Operator
    right: str = ""


class Condition(msgspec.Struct, frozen=True, array_like=True):
    """All of the comparisons hold (``and``), or any of them does (``or``)."""

    comparisons: tuple[Comparison, ...]
    join: Literal["and", "or"] = "and"


def parse_condition(text: str) -> Condition:
    """Raises ValueError with what is right."""
    groups: list[list[str]] = [[]]
    joins: set[str] = set()
    for word in _WORD.findall(text):
        if word in ("and", "or"):
            joins.add(word)
            groups.append([])
        else:
            groups[-1].append(word)
    if len(joins) > 1:
        raise ValueError(say("join comparisons by and alone, or by or alone"))
    comparisons = tuple(_comparison(words, text) for words in groups)
    return Condition(comparisons, "or" if "or" in joins else "and")


def _comparison(words: list[str], text: str) -> Comparison:
    at = next((n for n, word in enumerate(words) if word in OPERATORS), 0)
    operator = next((each for each in OPERATORS if at and words[at] == each), None)
    left, right = words[:at], words[at + 1 :]
    if operator is None or bool(right) == (operator in UNARY):
        raise ValueError(
            say("{text!r} compares nothing; write {forms}", text=text[:80], forms=CONDITION_FORMS)
        )
    return Comparison(_side(left), operator, _side(right))


def _side(words: list[str]) -> str:
    return " ".join(word[1:-1] if word[0] in "\"'" and len(word) > 1 else word for word in words)
