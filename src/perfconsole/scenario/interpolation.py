"""The one way in which a scenario's texts refer to values: ``${name}``, ``$${`` for a literal one.

A name is looked up and its value put in; there is nothing to evaluate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

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


def only_references(text: str) -> bool:
    """Whether there is nothing in `text` but references."""
    try:
        return all(isinstance(piece, Reference) for piece in pieces(text))
    except Unclosed:
        return False


def literal(text: str) -> str:
    """A text that stands for `text` itself, whatever is in it."""
    return text.replace("${", "$${")


def put_in(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values in it as they are. Raises Unclosed, and KeyError for an unknown."""
    parts = list(pieces(text))
    return "".join(values[part.name] if isinstance(part, Reference) else part for part in parts)


def put_in_url(text: str, values: Mapping[str, str]) -> str:
    """The same for a URL: a value for its user or password is percent-encoded."""
    parts = list(pieces(text))
    last = max((n for n, part in enumerate(parts) if isinstance(part, str) and "@" in part),
               default=0)  # fmt: skip
    return "".join(
        part
        if isinstance(part, str)
        else quote(values[part.name], safe="")
        if n < last
        else values[part.name]
        for n, part in enumerate(parts)
    )


def with_marks(text: str, placeholder: str) -> tuple[str, list[str]]:
    """A query with placeholders for its references, and their names in order.

    Where ``%s`` is one, a query that has any writes its other ``%`` twice.
    """
    parts = list(pieces(text))
    names = [part.name for part in parts if isinstance(part, Reference)]
    doubled = bool(names) and placeholder == "%s"
    marked = (
        placeholder if isinstance(part, Reference) else part.replace("%", "%%") if doubled else part
        for part in parts
    )
    return "".join(marked), names
