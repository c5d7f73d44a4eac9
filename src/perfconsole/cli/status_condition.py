"""A condition on what ``ctl status --json`` tells: ``vus>=200 and state==running``.

It is written and compared as the conditions of a scenario are, but names stand bare, by their way
through the status: ``groups.browse.vus``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from perfconsole.injector.questions import question
from perfconsole.model import plan
from perfconsole.model.condition import CONDITION_FORMS, Condition, parse_condition
from perfconsole.model.holes import Hole, mark
from perfconsole.texts import say

FORMS = '"vus>=200" or "state==running and groups.browse.vus<10"'
ARRIVALS = ("rate", "offered_per_s", "due", "offered", "waiting", "dropped")
"""What is told of a group with a rate once it has one."""
_SHOWN = 12
"""Names shown to somebody who wrote another."""


def parse(text: str) -> Condition:
    """Raises ValueError with what is right."""
    try:
        return parse_condition(text)
    except ValueError as error:
        raise ValueError(str(error).replace(CONDITION_FORMS, FORMS)) from None


def unknown(condition: Condition, status: Mapping[str, Any]) -> str | None:
    """What is wrong with its names, if something is. Measures and alarms may come later."""
    values = dict(_flat(status))
    for each in condition.comparisons:
        if not any(_is_name(side, values, status) for side in (each.left, each.right)):
            near = _nearest(each.left, values)
            return say("there is no {name!r}; there are {names}", name=each.left, names=near)
    return None


def holds(condition: Condition, status: Mapping[str, Any]) -> bool:
    """What is null or missing compares to nothing."""
    values = dict(_flat(status))

    def side(text: str, *, name: bool) -> plan.Text:
        return plan.Text(mark(0), (Hole(text, "text"),)) if name else plan.Text(text)

    comparing = tuple(
        plan.Comparing(
            side(each.left, name=each.left in values or each.right not in values),
            each.operator,
            side(each.right, name=each.right in values),
        )
        for each in condition.comparisons
    )
    known = {name: value for name, value in values.items() if value is not None}
    return question(plan.Asking(comparing, condition.join, ""))(known)


def _is_name(side: str, values: Mapping[str, str | None], status: Mapping[str, Any]) -> bool:
    servers = tuple(f"servers.{server}." for server in status.get("servers", {}))
    rates = {f"groups.{group}.{name}" for group in status.get("groups", {}) for name in ARRIVALS}
    to_come = side.startswith((*servers, "alarms.")) and not side.endswith(".")
    return side in values or side in rates or to_come


def _flat(value: Any, at: str = "") -> Iterator[tuple[str, str | None]]:
    """Every single value by its way there, dots between, as text; None where it is null."""
    members = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, each in members:
        if isinstance(each, Mapping | list):
            yield from _flat(each, f"{at}{key}.")
        elif isinstance(each, bool):
            yield f"{at}{key}", "true" if each else "false"
        else:
            yield f"{at}{key}", None if each is None else str(each)


def _nearest(name: str, values: Mapping[str, str | None]) -> str:
    """The names that begin as it does, up to a dot; else those without one."""
    begun = name
    while (begun := begun.rpartition(".")[0]) and not any(
        v.startswith(f"{begun}.") for v in values
    ):
        pass
    near = [value for value in values if re.fullmatch(rf"{re.escape(begun)}\.[^.]+", value)]
    near = near or [value for value in values if "." not in value]
    return ", ".join(near[:_SHOWN]) + (", ..." if len(near) > _SHOWN else "")
