"""What a person's own probe reads out of a text: one number, by one of several ways."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import msgspec

from perfconsole.injector.jmes import compiled
from perfconsole.model.probe_spec import PlaceSpec, ProbeSpec
from perfconsole.model.sample import is_told
from perfconsole.model.series_selector import parse_selector
from perfconsole.servers.probes.ask import Reading, Unreadable
from perfconsole.servers.probes.number_text import number_in, shown
from perfconsole.servers.probes.prometheus_page import SeriesReader
from perfconsole.texts import say

Find = Callable[[str], float]
"""Raises Unreadable."""


def own_parse(spec: ProbeSpec) -> Callable[[str], Reading]:
    """For a text as it comes to the number in it, which has no name of its own."""
    find = number_in if spec.parse == "number" else _finder(spec.parse)

    def parse(text: str) -> Reading:
        found = {"": find(text)}
        return Reading(counters=found) if spec.kind == "counter" else Reading(found)

    return parse


def _finder(place: PlaceSpec) -> Find:
    if place.regex is not None:
        return _by_regex(place.regex)
    if place.json_path is not None:
        return _by_json(place.json_path)
    if place.prometheus is not None:
        return _by_series(place.prometheus)
    return _by_column(place.column or 1, place.row)


def _by_regex(regex: str) -> Find:
    search = _searching(regex)

    def find(text: str) -> float:
        match = search(text)
        if match is None:
            raise Unreadable(say("nothing matches {regex}", regex=regex))
        found = match[min(1, match.re.groups)]
        if found is None:
            raise Unreadable(say("the first group of {regex} matches nothing", regex=regex))
        return number_in(found)

    return find


def _searching(regex: str) -> Callable[[str], re.Match[str] | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a later Python may read in another way
        return re.compile(regex, re.MULTILINE).search


def _by_json(path: str) -> Find:
    search = compiled(path)

    def find(text: str) -> float:
        try:
            tree = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise Unreadable(say('no JSON: "{text}"', text=shown(text))) from None
        return _json_number(_found(search, tree), path)

    return find


def _found(search: Callable[[Any], Any], tree: Any) -> Any:
    try:
        return search(tree)
    except Exception as error:  # a function of JMESPath that does not fit what is there
        raise Unreadable(say("JMESPath: {why}", why=" ".join(str(error).split()))) from None


def _json_number(found: Any, path: str) -> float:
    if isinstance(found, str):
        return number_in(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        if found is None:
            raise Unreadable(say("there is nothing at {path}", path=path))
        raise Unreadable(say("there is no number at {path}", path=path))
    if not is_told(found):
        raise Unreadable(say("the number at {path} is too large", path=path))
    return float(found)


def _by_column(column: int, row: str) -> Find:
    search = None if row in ("first", "last") else _searching(row)

    def find(text: str) -> float:
        lines = [line for line in text.splitlines() if line.strip()]
        if search is not None:
            lines = [line for line in lines if search(line)][:1]
        if not lines:
            raise Unreadable(
                say("there is no line") if search is None else say("no line has {row}", row=row)
            )
        line = lines[0 if row == "first" else -1]
        words = line.split()
        if len(words) < column:
            raise Unreadable(say('there is no column {n} in "{line}"', n=column, line=shown(line)))
        return number_in(words[column - 1])

    return find


def _by_series(text: str) -> Find:
    reader = SeriesReader((parse_selector(text),))

    def find(page: str) -> float:
        (series,) = reader.read(page)
        if series.value is None:
            raise Unreadable(series.why)
        return series.value

    return find
