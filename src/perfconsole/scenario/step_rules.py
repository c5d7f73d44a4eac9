"""Rules for steps that no step can tell by itself: their order, their depth, flows within flows."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from perfconsole.model.duration import parse_duration
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.step_tree import (
    Keys,
    Listed,
    as_map,
    flows_in,
    lists_within,
    parts_of,
    placed,
    played_by,
    steps_of,
)
from perfconsole.texts import say

DEEPEST = 10
"""Steps within steps, and flows played within flows."""
MOST_STEPS = 100_000
"""Of a flow, with those that it plays."""


def step_complaints(scenario: Keys) -> Iterator[Complaint]:
    flows = flows_in(scenario)
    for name, flow in flows.items():
        for part, listed in parts_of(flow, ("flows", name)):
            yield from _list(listed, flows, 0)
            yield from _pacing(listed, may_pace=part == "steps")
    yield from _nested(flows)


def _list(listed: Listed, flows: Keys, depth: int) -> Iterator[Complaint]:
    """A list of steps and the lists within it."""
    asked: list[Any] | None = None  # of the last request; None when it is not the last step
    for path, step in placed(listed):
        yield from _played(step, path, flows)
        for within in lists_within(step, path):
            if depth < DEEPEST:
                yield from _list(within, flows, depth + 1)
            else:
                yield Complaint(path, say("{where}: steps are nested more than {most} deep",
                                          where=where(path), most=DEEPEST))  # fmt: skip
        if "request" in step:
            asked = []
            yield from _timeout(step.get("timeout"), (*path, "timeout"))
        elif "check" not in step and "extract" not in step:
            asked = None
        if "check" in step or "extract" in step:
            yield from _asking(step, path, asked)


def _asking(step: Keys, path: KeyPath, asked: list[Any] | None) -> Iterator[Complaint]:
    """A check or extract step, or a request with one; `asked` are the status codes before it."""
    if asked is None:
        kind = say("a check") if "check" in step else say("an extract step")
        yield Complaint(path, say("{where}: {kind} stands right after a request",
                                  where=where(path), kind=kind))  # fmt: skip
    elif "check" in step:
        yield from _status(step["check"], (*path, "check"))
        asked.append(as_map(step["check"]).get("status"))
        if not _possible(asked):
            yield Complaint((*path, "check"), say(
                "{where}: no answer has all the status codes asked for", where=where(path)
            ))  # fmt: skip


def _timeout(value: Any, path: KeyPath) -> Iterator[Complaint]:
    try:
        none_at_all = value is not None and parse_duration(value) == 0
    except ValueError:
        return
    if none_at_all:
        yield Complaint(path, say("{where} must be above 0", where=where(path)))


def _possible(asked: list[Any]) -> bool:
    """Whether one status code can satisfy all of `asked`, each a code, a list of them or None."""
    lists = [status if isinstance(status, list) else [status] for status in asked]
    codes = [{code for code in listed if isinstance(code, int)} for listed in lists]
    wanted = [some for some in codes if some]
    return not wanted or bool(set.intersection(*wanted))


def _status(check: Any, path: KeyPath) -> Iterator[Complaint]:
    status = as_map(check).get("status")
    for code in status if isinstance(status, list) else [status]:
        if isinstance(code, int) and not 100 <= code <= 599:
            yield Complaint((*path, "status"), say(
                "{where}: a status code is between 100 and 599, not {code}",
                where=where(path), code=code,
            ))  # fmt: skip


def _pacing(listed: Listed, may_pace: bool) -> Iterator[Complaint]:
    """It spaces whole iterations, so it is no step among others."""
    around, steps = listed
    last = (*around, len(steps) - 1) if may_pace else None
    for path, step in steps_of(steps, around):
        if "pacing" in step and path != last:
            yield Complaint(path, say("{where}: pacing is the last of the steps of a flow",
                                      where=where(path)))  # fmt: skip


# -------------------------------------------------------------------- flows within flows


def _played(step: Keys, path: KeyPath, flows: Keys) -> Iterator[Complaint]:
    name = step.get("flow")
    if not isinstance(name, str) or name in flows:
        return
    if ".py:" in name:
        text = say("{where}: a step cannot play a flow in Python; a group can, with flow: {flow}",
                   where=where(path), flow=name[:80])  # fmt: skip
    else:
        text = say('{where}: there is no flow "{flow}"; {hint}', where=where(path),
                   flow=name[:80], hint=hint(name, flows, say("flows")))  # fmt: skip
    yield Complaint((*path, "flow"), text)


def _nested(flows: Keys) -> Iterator[Complaint]:
    """Flows that play themselves, or too many others: each is played in the place of its step."""
    plays = {name: [each for each in played_by(flow) if each in flows]
             for name, flow in flows.items()}  # fmt: skip
    sizes: dict[str, tuple[int, int]] = {}  # steps with all played ones, and how deep flows go
    try:
        for name in TopologicalSorter(plays).static_order():
            known = [sizes[each] for each in plays[name]]
            own = sum(1 for _ in steps_of(flows[name], ()))
            depth = max((1 + deep for _, deep in known), default=0)
            sizes[name] = own + sum(steps for steps, _ in known), depth
    except CycleError as error:
        yield _circle([str(name) for name in error.args[1][:0:-1]], flows)
        return
    for name, (steps, depth) in sizes.items():
        path: KeyPath = ("flows", name)
        if depth == DEEPEST + 1:
            yield Complaint(path, say("{where}: flows are played within flows more than {most} "
                                      "deep", where=where(path), most=DEEPEST))  # fmt: skip
        elif steps > MOST_STEPS and depth <= DEEPEST:
            yield Complaint(path, say("{where}: more than {most:,} steps, with the flows it plays",
                                      where=where(path), most=MOST_STEPS))  # fmt: skip


def _circle(names: list[str], flows: Keys) -> Complaint:
    """`names` each play the next, and the last plays the first."""
    start = next(n for name in flows for n, each in enumerate(names) if each == name)
    names = [*names[start:], *names[: start + 1]]
    path = next(path for path, step in steps_of(flows[names[0]], ("flows", names[0]))
                if step.get("flow") == names[1])  # fmt: skip
    return Complaint((*path, "flow"), say(
        "{where}: flows play each other in a circle: {circle}", where=where(path),
        circle=" > ".join(names),
    ))  # fmt: skip
