"""A request's texts with marks where values go in, and the list of its holes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring
from typing import Any
from urllib.parse import quote_plus

from perfconsole.model.holes import Encoding, Hole, mark
from perfconsole.scenario.interpolation import Reference, pieces


def _as_it_is(text: str) -> str:
    return text


def _in_json(text: str) -> str:
    """`text` within a JSON string."""
    return encode_basestring(text)[1:-1]


class Marker:
    """Marks the texts of one request; `holes` are those there were before and those made since."""

    def __init__(self, holes: Iterable[Hole] = ()) -> None:
        self._holes = list(holes)

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(self._holes)

    def text(self, text: str, encoding: Encoding, written: Callable[[str], str] = _as_it_is) -> str:
        """`text` with marks for its references; what is between them goes through `written`."""
        return "".join(
            self._mark(piece, encoding) if isinstance(piece, Reference) else written(piece)
            for piece in pieces(text)
        )

    def json(self, value: Any) -> str:
        """`value` as compact JSON; references are in its strings, and its keys."""
        if isinstance(value, str):
            return f'"{self.text(value, "json", _in_json)}"'
        if isinstance(value, dict):
            members = (f"{self.json(str(key))}:{self.json(each)}" for key, each in value.items())
            return "{" + ",".join(members) + "}"
        if isinstance(value, list | tuple):
            return "[" + ",".join(self.json(each) for each in value) + "]"
        return json.dumps(value)

    def form(self, fields: dict[str, str | int | float]) -> str:
        """``application/x-www-form-urlencoded``."""
        return "&".join(
            f"{quote_plus(name)}={self.text(str(value), 'form', quote_plus)}"
            for name, value in fields.items()
        )

    def _mark(self, reference: Reference, encoding: Encoding) -> str:
        self._holes.append(Hole(reference.name, encoding))
        return mark(len(self._holes) - 1)
