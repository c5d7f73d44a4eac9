"""What a scenario contains, by name: steps, transactions, rendezvous points, VUs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from perfconsole.model.point_spec import PointSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import (
    FlowSpec,
    PlaySpec,
    RendezvousSpec,
    RequestSpec,
    StepSpec,
    TransactionSpec,
    inner,
)
from perfconsole.scenario.python_files import python_flows

_SPARE_DESCRIPTORS = 128
"""For what a process opens besides the connections of its VUs."""


def walk(steps: Iterable[StepSpec], flows: Mapping[str, FlowSpec]) -> Iterator[StepSpec]:
    """Every step, depth first, a step before those within it and before the flow it plays."""
    for step in steps:
        yield step
        for within in inner(step):
            yield from walk(within, flows)
        if isinstance(step, PlaySpec):
            yield from walk(flows[step.flow].steps, flows)


def all_steps(scenario: Scenario, flow: FlowSpec) -> Iterator[StepSpec]:
    """Every step of a flow, those of its init and its end too."""
    yield from walk((*(flow.init or ()), *flow.steps, *(flow.end or ())), scenario.flows)


def request_name(step: RequestSpec) -> str:
    """Its own name, or method and path without the query."""
    return step.name or f"{step.method} {step.path.split('?', 1)[0].split('#', 1)[0]}"


def flows_run(scenario: Scenario) -> dict[str, FlowSpec]:
    """The flows that a group runs, by name."""
    names = dict.fromkeys(
        scenario.flow_of(name) for name, group in scenario.groups.items() if group.python is None
    )
    return {name: scenario.flows[name] for name in names}


def points_of(scenario: Scenario) -> dict[str, PointSpec]:
    """The rendezvous points that groups come by; one that is not configured has the defaults."""
    names = dict.fromkeys(
        step.rendezvous
        for flow in flows_run(scenario).values()
        for step in all_steps(scenario, flow)
        if isinstance(step, RendezvousSpec)
    )
    for flow in python_flows(scenario).values():
        names.update(flow.points)
        if flow.is_open:
            names.update(dict.fromkeys(scenario.rendezvous))
    return {name: scenario.rendezvous.get(name, PointSpec()) for name in names}


def groups_of_point(scenario: Scenario, point: str) -> tuple[str, ...]:
    """The groups whose flows come by `point`, in the scenario's order."""
    in_python = python_flows(scenario)
    known = {
        group
        for group in scenario.groups
        if (
            point in in_python[group].points
            if group in in_python
            else any(
                isinstance(step, RendezvousSpec) and step.rendezvous == point
                for step in all_steps(scenario, scenario.flows[scenario.flow_of(group)])
            )
        )
    }
    known = known or {group for group, flow in in_python.items() if flow.is_open}
    return tuple(group for group in scenario.groups if group in known)


def groups_of_transaction(scenario: Scenario, name: str) -> frozenset[str]:
    """The groups that may do it; those in Python may do any that they do not name."""
    in_python = python_flows(scenario)
    return frozenset(
        group
        for group in scenario.groups
        if (
            in_python[group].is_open or name in in_python[group].transactions
            if group in in_python
            else name in _transactions(scenario, scenario.flows[scenario.flow_of(group)])
        )
    )


def _transactions(scenario: Scenario, flow: FlowSpec) -> Iterator[str]:
    for step in all_steps(scenario, flow):
        if isinstance(step, TransactionSpec):
            yield step.transaction
        elif isinstance(step, RequestSpec):
            yield request_name(step)


def planned_vus(scenario: Scenario) -> int:
    """VUs of all groups, each at its highest."""
    return sum(scenario.most_vus_of(name) for name in scenario.groups)


def needed_descriptors(scenario: Scenario, injectors: int = 1) -> int:
    """Open files that each injector needs at the load's height: one a VU, and some to spare."""
    return math.ceil(planned_vus(scenario) / injectors) + _SPARE_DESCRIPTORS


def longest_timeout_s(scenario: Scenario) -> float:
    """The longest that a request of the scenario may take."""
    own = [
        step.timeout
        for flow in flows_run(scenario).values()
        for step in all_steps(scenario, flow)
        if isinstance(step, RequestSpec) and step.timeout is not None
    ]
    return max([scenario.http.timeout, *own])
