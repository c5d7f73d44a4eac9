"""What ``if`` and ``while`` ask: comparisons of texts and numbers, and no code.

``${role} == admin and ${left} > 0``: comparisons joined by ``and`` alone or by ``or`` alone. Sides
are texts with ``${name}`` in them; quotes around one keep spaces, operators and words such as
``and``.
"""

from __future__ import annotations

import re
import warnings
from typing import Literal, cast

import msgspec

from perfconsole.texts import say

Operator = Literal[
    "==", "!=", "<", "<=", ">", ">=", "contains", "lacks", "matches", "is set", "is empty"
]
SYMBOLS: tuple[Operator, ...] = ("==", "!=", "<=", ">=", "<", ">")
UNARY: tuple[Operator, ...] = ("is set", "is empty")
CONDITION_FORMS = '"${role} == admin", "${left} > 0 and ${id} is set" or "${page} matches ^A"'

_TOKEN = re.compile(
    r"""\s+
    | (?P<symbol> [=!<>]= | [<>])
    | (?P<word> (?<!\S) (?: and | or | contains | lacks | matches | is\s+set | is\s+empty) (?!\S))
    | (?P<quoted> (?<![^\s=<>]) (?: "[^"]*" | '[^']*'))
    | (?P<open> (?<![^\s=<>]) ["'])
    | \$\{[^{}]*\}
    | .""",
    re.VERBOSE | re.DOTALL,
)
"""One character at a time where nothing else begins."""


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
    if text.encode("utf-8", "replace").decode() != text:
        raise ValueError(say("{text!r} has characters that no text can have", text=text[:80]))
    parts: list[list[re.Match[str]]] = [[]]
    joins: set[str] = set()
    for token in _TOKEN.finditer(text):
        if token["open"]:
            raise ValueError(say("a quote is not closed in {text!r}", text=text[:80]))
        if token["word"] in ("and", "or"):
            joins.add(token["word"])
            parts.append([])
        else:
            parts[-1].append(token)
    if len(joins) > 1:
        raise ValueError(say("join comparisons by and alone, or by or alone"))
    comparisons = tuple(_comparison(tokens, text) for tokens in parts)
    return Condition(comparisons, "or" if "or" in joins else "and")


def _comparison(tokens: list[re.Match[str]], text: str) -> Comparison:
    """`text` is the whole condition."""
    at = next((n for n, token in enumerate(tokens) if token["symbol"] or token["word"]), None)
    if at is None:
        raise _no_comparison(text)
    operator = cast("Operator", " ".join(tokens[at][0].split()))
    before, after = tokens[:at], tokens[at + 1 :]
    if _is_blank(before) or _is_blank(after) != (operator in UNARY):
        raise _no_comparison(text)
    if operator in SYMBOLS and any(token["symbol"] or token["word"] for token in after):
        raise ValueError(
            say("{text!r} compares twice in one; join comparisons by and, or quote a side",
                text=text[:80])
        )  # fmt: skip
    right = _side(after)
    if operator == "matches" and "${" not in right:
        _check_regex(right)
    return Comparison(_side(before), operator, right)


def _is_blank(tokens: list[re.Match[str]]) -> bool:
    return all(token[0].isspace() for token in tokens)


def _no_comparison(text: str) -> ValueError:
    return ValueError(
        say("{text!r} compares nothing; write {forms}", text=text[:80], forms=CONDITION_FORMS)
    )


def _side(tokens: list[re.Match[str]]) -> str:
    """As it stands between operators; of a side quoted as a whole, what is in the quotes."""
    seen = [token for token in tokens if not token[0].isspace()]
    if len(seen) == 1 and seen[0]["quoted"]:
        return seen[0][0][1:-1]
    return "".join(token[0] for token in tokens).strip()


def _check_regex(pattern: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Python may come to read in another way
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            say("{pattern!r} is no regular expression: {why}", pattern=pattern[:80], why=error)
        ) from None
