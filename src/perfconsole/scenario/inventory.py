"""What a scenario contains, by name: steps, transactions, rendezvous points, VUs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from perfconsole.model.scenario import (
    Flow,
    PointSpec,
    RendezvousSpec,
    RequestSpec,
    Scenario,
    StepSpec,
    TransactionSpec,
)

_SPARE_DESCRIPTORS = 128
"""For what a process opens besides the connections of its VUs."""


def walk(steps: Iterable[StepSpec]) -> Iterator[StepSpec]:
    """Every step, depth first, transactions before their own steps."""
    for step in steps:
        yield step
        if isinstance(step, TransactionSpec):
            yield from walk(step.steps)


def request_name(step: RequestSpec) -> str:
    """Its own name, or method and path without the query."""
    return step.name or f"{step.method} {step.path.split('?', 1)[0].split('#', 1)[0]}"


def flows_run(scenario: Scenario) -> dict[str, Flow]:
    """The flows that a group runs, by name."""
    names = dict.fromkeys(scenario.flow_of(group) for group in scenario.groups)
    return {name: scenario.flows[name] for name in names}


def points_of(scenario: Scenario) -> dict[str, PointSpec]:
    """The rendezvous points that groups come by; one that is not configured has the defaults."""
    names = dict.fromkeys(
        step.rendezvous
        for flow in flows_run(scenario).values()
        for step in walk(flow)
        if isinstance(step, RendezvousSpec)
    )
    return {name: scenario.rendezvous.get(name, PointSpec()) for name in names}


def groups_of_point(scenario: Scenario, point: str) -> tuple[str, ...]:
    """The groups whose flows come by `point`, in the scenario's order."""
    return tuple(
        group
        for group in scenario.groups
        if any(
            isinstance(step, RendezvousSpec) and step.rendezvous == point
            for step in walk(scenario.flows[scenario.flow_of(group)])
        )
    )


def transactions_of(scenario: Scenario) -> tuple[str, ...]:
    """Names of all transactions that groups do; a request outside any is one of its own name."""
    names: dict[str, None] = {}
    for flow in flows_run(scenario).values():
        for step in flow:
            if isinstance(step, RequestSpec):
                names.setdefault(request_name(step))
        for step in walk(flow):
            if isinstance(step, TransactionSpec):
                names.setdefault(step.transaction)
    return tuple(names)


def planned_vus(scenario: Scenario) -> int:
    """VUs of all groups at the end of their ramps."""
    return sum(group.curve.target for group in scenario.groups.values())


def needed_descriptors(scenario: Scenario, injectors: int = 1) -> int:
    """Open files that each injector needs at the load's height: one a VU, and some to spare."""
    return math.ceil(planned_vus(scenario) / injectors) + _SPARE_DESCRIPTORS


def longest_timeout_s(scenario: Scenario) -> float:
    """The longest that a request of the scenario may take."""
    own = [
        step.timeout
        for flow in flows_run(scenario).values()
        for step in walk(flow)
        if isinstance(step, RequestSpec) and step.timeout is not None
    ]
    return max([scenario.http.timeout, *own])
