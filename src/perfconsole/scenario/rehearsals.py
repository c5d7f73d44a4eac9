"""A flow of a scenario → the rehearsal of it: one group, one VU, one iteration."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from perfconsole.model import plan
from perfconsole.model.dataset import Table
from perfconsole.model.group import GroupSpec
from perfconsole.model.rehearsing import Rehearsal
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import (
    CheckStepSpec,
    ChooseSpec,
    ExtractStepSpec,
    FlowSpec,
    IfSpec,
    OneOfSpec,
    PacingSpec,
    PlaySpec,
    StepSpec,
    inner,
)
from perfconsole.scenario.planning import plan_for
from perfconsole.texts import say

SPARE_S = 60.0
"""A rehearsal that nobody ended lives so much longer than it may take."""
_PYTHON = re.compile(r".+\.py:\w+")
_PLAIN = {"vus": 1, "iterations": 1, "rate": None, "ramp": None, "load": None, "samples": None,
          "start_after": 0.0, "after_group": None, "duration": None, "pacing": None}  # fmt: skip
"""What a group has in a rehearsal instead of its load."""


class NoSuchFlow(Exception):
    """str() is one line for a person."""


def playable(scenario: Scenario) -> tuple[str, ...]:
    """Names of what can be rehearsed: flows, functions in Python, and groups of other names."""
    python = (group.flow for group in scenario.groups.values() if group.python and group.flow)
    return tuple(dict.fromkeys([*scenario.flows, *python]))


def rehearsal_of(
    scenario: Scenario,
    target_url: str,
    flow: str,
    *,
    seed: int,
    timeout_s: float,
    think: bool = False,
    tables: Mapping[str, Table] | None = None,
    values: Mapping[str, str] | None = None,
    base: str = "",
) -> Rehearsal:
    """`flow` is a flow's name, a group's, or ``file.py:function``, relative to `base`.

    A flow is played as the first group that runs it would. `values` were given to the scenario's
    variables, or are ``env:NAME``. Raises NoSuchFlow.
    """
    name, group = _group(scenario, flow, base)
    alone = scenario.model_copy(
        update={"groups": {name: group.model_copy(update=_PLAIN)}, "vus": None}
    )
    whole = plan_for(
        alone, target_url, injector=0, started_at=time.time(), seed=seed,
        lease_s=timeout_s + SPARE_S, tables=tables, values=values,
    )  # fmt: skip
    (made,) = whole.groups
    script = msgspec.structs.replace(made.script, pacing=None)
    thinking = made.think if think else plan.ThinkPlan(ignore=True)
    made = msgspec.structs.replace(made, script=script, think=thinking, arrivals=None)
    return Rehearsal(
        msgspec.structs.replace(
            whole,
            groups=(made,),
            rendezvous_off=whole.rendezvous,
        ),
        () if group.python else tuple(labels(alone, alone.flows[alone.flow_of(name)])),
        think,
    )


def _group(scenario: Scenario, flow: str, base: str) -> tuple[str, GroupSpec]:
    """The group that plays it, and its name; one is made up for a flow that no group runs."""
    if flow in scenario.groups and flow not in scenario.flows:
        return flow, scenario.groups[flow]
    for name, group in scenario.groups.items():
        if scenario.flow_of(name) in (flow, os.path.join(base, flow)):
            return name, group
    if flow in scenario.flows:
        return flow, GroupSpec(flow=flow)
    if _PYTHON.fullmatch(flow):
        path = os.path.abspath(os.path.join(base, flow))
        return flow.rpartition(":")[2][:80], GroupSpec(flow=path)
    known = ", ".join(playable(scenario)) or say("none")
    raise NoSuchFlow(say("there is no flow {flow!r}; there are: {known}", flow=flow, known=known))


def labels(scenario: Scenario, flow: FlowSpec) -> Iterator[str]:
    """Where each step of the flow's script stands in the file, in the script's own order."""
    for prefix, steps in ((say("init "), flow.init), ("", flow.steps), (say("end "), flow.end)):
        yield from _labels(steps or (), scenario.flows, prefix)


def _labels(steps: Iterable[StepSpec], flows: Mapping[str, FlowSpec], prefix: str) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        at = f"{prefix}{number}"
        match step:
            case CheckStepSpec() | ExtractStepSpec() | PacingSpec():
                continue  # of the request before it, or of the flow
            case PlaySpec():
                yield from _labels(flows[step.flow].steps, flows, f"{at}.")
                continue
        yield at
        for way, within in enumerate(inner(step), 1):
            yield from _labels(within, flows, f"{at}.{_way(step, way)}")


def _way(step: StepSpec, number: int) -> str:
    """What tells one list of steps within a step from the others."""
    match step:
        case IfSpec():
            return "" if number == 1 else say("else.")
        case ChooseSpec() | OneOfSpec():
            return f"{number}."
        case _:
            return ""
