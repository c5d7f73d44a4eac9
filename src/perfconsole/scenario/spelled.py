"""A scenario's plain data as a person writes it: ``5m`` and ``500/s`` where there are numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BeforeValidator

from perfconsole.model.duration import exact, parse_duration
from perfconsole.model.rate import parse_rate
from perfconsole.scenario.places import ROOT, Place, inside, meant, members


def spelled(tree: dict[str, Any]) -> dict[str, Any]:
    """`tree`, the dump of a valid scenario, with the same meaning."""
    written: dict[str, Any] = _spelled(tree, ROOT)
    return written


def _spelled(value: Any, place: Place) -> Any:
    if isinstance(value, dict):
        is_model = Place(meant(place.hint, value)).model is not None
        return {
            key: _spelled(each, inside(place, value, key))
            for key, each in value.items()
            if each is not None or not is_model
        }
    if isinstance(value, list | tuple):
        return [_spelled(each, inside(place, value, n)) for n, each in enumerate(value)]
    if isinstance(value, float) and place.hint is not Any:
        write = _WRITERS.get(_reader(meant(place.hint, value)), _number)
        return write(value)
    return value


@cache
def _reader(hint: Any) -> Any:
    """The function that reads what stands at a place from a person's text."""
    if get_origin(hint) is Annotated:
        within, *notes = get_args(hint)
        readers = [note.func for note in notes if isinstance(note, BeforeValidator)]
        return readers[0] if readers else _reader(within)
    found = [reader for member in members(hint) if (reader := _reader(member)) is not None]
    return found[0] if found else None


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value


def _rate(value: float) -> str | float:
    text = f"{_number(value)!r}/s"
    return text if "e" not in text else value


_WRITERS: dict[Any, Callable[[float], Any]] = {parse_duration: exact, parse_rate: _rate}
