"""Steps and checks in words, for a rehearsal: values that go into them by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from perfconsole.model import plan
from perfconsole.model.duration import short
from perfconsole.model.holes import MARK, Hole
from perfconsole.texts import say

_MARK = re.compile(MARK.pattern.decode())


def named(marked: str, holes: Sequence[Hole]) -> str:
    """A text with ``${name}`` where its values go."""
    return _MARK.sub(lambda match: f"${{{holes[int(match[1])].name}}}", marked)


def step_words(step: plan.Step) -> tuple[str, str]:  # noqa: PLR0911 - one return per kind
    """The key that it stands under in the file, and what stands behind it."""
    match step:
        case plan.RequestStep():
            return "request", step.name
        case plan.ThinkStep():
            return "think", step.wait.text
        case plan.RendezvousStep():
            return "rendezvous", step.point
        case plan.TransactionStep():
            return "transaction", step.name
        case plan.SetStep():
            return "set", ", ".join(name for name, _ in step.values)
        case plan.IfStep():
            return "if", step.asking.shown
        case plan.WhileStep():
            return "while", step.asking.shown
        case plan.RepeatStep():
            return "repeat", _times(step.times)
        case plan.ChooseStep():
            return "choose", say("one of {n}", n=len(step.ways))
        case plan.OneOfStep():
            return "one_of", say("one of {n}", n=len(step.ways))


def _times(times: tuple[int, int] | plan.Text) -> str:
    if isinstance(times, plan.Text):
        return named(times.marked, times.holes)
    low, high = times
    return str(low) if low == high else say("{low} to {high}", low=low, high=high)


def check_words(step: plan.RequestStep) -> Iterator[str]:
    """Each thing asked of its answer."""
    check = step.check
    codes = say(" or ").join(map(str, check.statuses))
    yield say("status {codes}", codes=codes) if codes else say("status below 400")
    for name, text in check.headers:
        holds = say(' contains "{text}"', text=named(text, step.holes)) if text else ""
        yield say("header {name}{holds}", name=name, holds=holds)
    for text in check.body_contains:
        yield say('body contains "{text}"', text=named(text, step.holes))
    for text in check.body_lacks:
        yield say('body lacks "{text}"', text=named(text, step.holes))
    for regex in check.body_matches:
        yield say("body matches {regex}", regex=regex)
    for path, value in check.json_values:
        wanted = named(value, step.holes) if isinstance(value, str) else value
        yield say("json {path} is {value}", path=path, value=wanted)
    if check.least_bytes is not None:
        yield say("at least {n:,} bytes", n=check.least_bytes)
    if check.most_bytes is not None:
        yield say("at most {n:,} bytes", n=check.most_bytes)
    if check.max_s is not None:
        yield say("within {time}", time=short(check.max_s))
