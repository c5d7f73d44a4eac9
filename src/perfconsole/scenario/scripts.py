"""Flows → scripts: what the VUs of a group play, with everything that holds around it folded in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from perfconsole.model import plan
from perfconsole.model.condition import Condition
from perfconsole.model.group import GroupSpec
from perfconsole.model.http_spec import HttpSpec
from perfconsole.model.scalars import OnError
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
    RendezvousSpec,
    RepeatSpec,
    RequestSpec,
    SetSpec,
    StepSpec,
    ThinkSpec,
    TransactionSpec,
    WhileSpec,
)
from perfconsole.model.wait import parse_pacing
from perfconsole.scenario.marking import Marker
from perfconsole.scenario.request_plans import checked, extracting, request_plan


@dataclass(frozen=True, slots=True)
class Around:
    """What holds around a step."""

    http: HttpSpec
    headers: dict[str, str]
    """The group's own."""
    flows: dict[str, FlowSpec]
    on_error: OnError
    values: Mapping[str, str]
    """Of the scenario's variables, for what is made ready before a run."""


def script_of(
    scenario: Scenario,
    flow: FlowSpec,
    group: GroupSpec | None = None,
    values: Mapping[str, str] | None = None,
) -> plan.Script:
    """What the VUs of `group` play of `flow`; `values` are those of the variables."""
    headers = group.headers if group is not None else {}
    own = group.on_error if group is not None else None
    on_error = own or flow.on_error or scenario.on_error
    around = Around(scenario.http, headers, scenario.flows, on_error, values or {})
    pacing = group.pacing if group is not None else None
    last = flow.steps[-1]
    if pacing is None and isinstance(last, PacingSpec):
        pacing = last.pacing
    return plan.Script(
        planned(flow.steps, around),
        planned(flow.init or (), around),
        planned(flow.end or (), around),
        None if pacing is None else parse_pacing(pacing),
    )


def planned(steps: Iterable[StepSpec], around: Around) -> tuple[plan.Step, ...]:
    """The steps of a plan; a check or extract step is folded into the request before it."""
    made: list[plan.Step] = []
    for step in steps:
        match step:
            case CheckStepSpec():
                made.append(checked(_last_request(made), step.check))
            case ExtractStepSpec():
                made.append(extracting(_last_request(made), step.extract))
            case PlaySpec():
                flow = around.flows[step.flow]
                inside = replace(around, on_error=flow.on_error or around.on_error)
                made.extend(planned(flow.steps, inside))
            case PacingSpec():
                pass  # of the flow, not of its place in it
            case _:
                made.append(_planned(step, around))
    return tuple(made)


def _planned(step: StepSpec, around: Around) -> plan.Step:  # noqa: PLR0911 - one return per kind
    match step:
        case RequestSpec():
            request = request_plan(step, around.http, around.headers, around.values)
            return msgspec.structs.replace(request, on_error=step.on_error or around.on_error)
        case ThinkSpec():
            return plan.ThinkStep(step.wait)
        case RendezvousSpec():
            return plan.RendezvousStep(step.rendezvous)
        case TransactionSpec():
            inside = replace(around, on_error=step.on_error or around.on_error)
            return plan.TransactionStep(step.transaction, planned(step.steps, inside))
        case SetSpec():
            values = ((name, text_plan(str(value))) for name, value in step.set_.items())
            return plan.SetStep(tuple(values), around.on_error)
        case IfSpec():
            otherwise = planned(step.else_ or (), around)
            return plan.IfStep(
                _asking(step.condition, step.if_), planned(step.then, around), otherwise
            )
        case RepeatSpec():
            times = step.times
            planned_times = text_plan(times) if isinstance(times, str) else times
            return plan.RepeatStep(planned_times, planned(step.steps, around), around.on_error)
        case WhileSpec():
            asking = _asking(step.condition, step.while_)
            return plan.WhileStep(asking, planned(step.steps, around), step.limit, around.on_error)
        case ChooseSpec():
            return plan.ChooseStep(
                tuple(way.weight for way in step.choose),
                tuple(planned(way.steps, around) for way in step.choose),
            )
        case OneOfSpec():
            return plan.OneOfStep(tuple(planned(way.steps, around) for way in step.one_of))
        case _:
            raise TypeError(f"{type(step).__name__} is no step by itself")


def text_plan(text: str) -> plan.Text:
    """A text that values go into as they are."""
    marker = Marker()
    marked = marker.text(text, "text")
    return plan.Text(marked, marker.holes)


def _asking(condition: Condition, shown: str) -> plan.Asking:
    comparisons = tuple(
        plan.Comparing(text_plan(each.left), each.operator, text_plan(each.right))
        for each in condition.comparisons
    )
    return plan.Asking(comparisons, condition.join, shown)


def _last_request(made: list[plan.Step]) -> plan.RequestStep:
    before = made.pop()
    if not isinstance(before, plan.RequestStep):
        raise ValueError("a check or extract step stands right after a request")
    return before
