"""What a scenario steers by itself, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perfconsole.model.duration import short
from perfconsole.model.scenario import Scenario
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.scenario.stage_words import stage_lines
from perfconsole.texts import say

_SUBJECTS = ("groups", "group", "point", "server")
_TIMES = ("over_s", "every_s", "to_s", "timeout")
_WIDTH = 74


def steering_lines(scenario: Scenario) -> Iterator[str]:
    """A line for each command, with its time."""
    if not scenario.steering:
        return
    yield say("steered by itself")
    times = [short(round(each.at, 3)) for each in scenario.steering]
    width = max(map(len, times))
    for time, each in zip(times, scenario.steering, strict=True):
        yield f"  {time:>{width}}  {_words(each)}"
        for line in stage_lines(each.load or (), _WIDTH - width):
            yield f"  {'':{width}}    {line}"


def _words(each: SteeringSpec) -> str:
    """``vus browse, to 300, over 1m``."""
    given: dict[str, Any] = {
        key: value
        for key in type(each).model_fields
        if key in each.model_fields_set
        and (value := getattr(each, key)) is not None
        and (key != "on" or not value or each.do == "rendezvous")
    }
    subjects = (given[key] for key in _SUBJECTS if key in given)
    names = [", ".join(one) if isinstance(one, tuple) else str(one) for one in subjects]
    head = " ".join([each.do.replace("_", " "), *names])
    rest = (_word(key, value) for key, value in given.items()
            if key not in ("at", "do", "load", *_SUBJECTS))  # fmt: skip
    return ", ".join([head, *rest])


def _word(key: str, value: Any) -> str:
    name = key.removesuffix("_s").replace("_", " ")
    if isinstance(value, bool):
        return say("off") if key == "on" and not value else name
    if isinstance(value, float):
        return f"{name} {short(value) if key in _TIMES else f'{value:g}'}"
    return f"{name} {value}"
