"""Which texts of a scenario take values, and when: at load, at the start, or in each request."""

from __future__ import annotations

from enum import Enum, auto

from perfconsole.scenario.problems import KeyPath


class Zone(Enum):
    """When ``${name}`` in a text is put in."""

    NEVER = auto()
    AT_LOAD = auto()
    AT_START = auto()
    """What no person may see may stand there."""
    IN_RUN = auto()


_WITHIN_FLOWS = frozenset({"init", "steps", "end", "then", "else", "choose", "one_of"})
_IN_RUN = frozenset(
    {"request", "headers", "query", "body", "json", "form", "multipart", "set", "if", "while",
     "repeat", "auth"}
)  # fmt: skip
"""Keys of steps below which values are put in anew each time."""
_OF_CHECKS = {
    "body_matches": Zone.NEVER,
    "status": Zone.AT_LOAD,
    "max_time": Zone.AT_LOAD,
    "size": Zone.AT_LOAD,
}
_OF_FILES = frozenset({"file", "type", "name"})


def zone_of(path: KeyPath) -> Zone:
    """Where a text of the plain tree belongs."""
    match path:
        case ("flows", _, *rest):
            return _zone_in_flow([part for part in rest if isinstance(part, str)])
        case ("http", "headers", _) | ("groups", _, "headers", _) | ("http", "auth", "bearer"):
            zone = Zone.IN_RUN
        case (
            ("http", "auth", "basic")
            | ("http", "proxy")
            | ("groups", _, "http", "proxy")
            | ("data", _, "database" | "sql")
            | ("alarms", "receivers", _, "webhook")
            | ("servers", _, "password")
            | ("servers", _, "probes", _, "environment" | "headers" | "auth", _)
            | ("servers", _, "probes", _, "password")
        ):
            zone = Zone.AT_START
        case (
            ("before" | "after", _, "command")
            | ("alarms", "receivers", _, "command")
            | ("extends" | "include" | "variables", *_)
            | ("groups", _, "variables", *_)
        ):
            zone = Zone.NEVER
        case _:
            zone = Zone.AT_LOAD
    return zone


def _zone_in_flow(keys: list[str]) -> Zone:
    """`keys` lead from a flow to the text."""
    while keys and keys[0] in _WITHIN_FLOWS:
        keys = keys[1:]
    match keys:
        case ["extract", *_]:
            zone = Zone.NEVER
        case ["check", what, *_]:
            zone = _OF_CHECKS.get(what, Zone.IN_RUN)
        case ["auth", "basic"]:
            zone = Zone.AT_START
        case ["multipart", _, what] if what in _OF_FILES:
            zone = Zone.AT_LOAD
        case [first, *_] if first in _IN_RUN:
            zone = Zone.IN_RUN
        case _:
            zone = Zone.AT_LOAD
    return zone
