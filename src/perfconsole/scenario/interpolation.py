"""The one way in which a scenario's texts refer to values: ``${name}``, ``$${`` for a literal one.

A name is looked up and its value put in; there is nothing to evaluate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SYNTAX = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")


@dataclass(frozen=True, slots=True)
class Reference:
    name: str
    """A variable's, or ``users.name``."""


class Unclosed(ValueError):
    """A ``${`` without its ``}``."""


def pieces(text: str) -> Iterator[str | Reference]:
    """`text` as literal stretches, escapes undone, and references. Raises Unclosed."""
    at = 0
    for match in _SYNTAX.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        at = match.end()
        if match[0] == "$${":
            yield "${"
        elif match[1] is None:
            raise Unclosed(text)
        else:
            yield Reference(match[1].strip())
    if at < len(text):
        yield text[at:]


def names_in(text: str) -> list[str]:
    """The names that `text` refers to, in order. Raises Unclosed."""
    return [piece.name for piece in pieces(text) if isinstance(piece, Reference)]


def literal(text: str) -> str:
    """A text that stands for `text` itself, whatever is in it."""
    return text.replace("${", "$${")
