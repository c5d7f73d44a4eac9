"""What looks unwise in a valid scenario, for a person to read before it runs."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping

from perfconsole.model.dataset import Table
from perfconsole.model.group import GroupSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.staging import ends
from perfconsole.model.steps import FlowSpec, PacingSpec, PlaySpec, ThinkSpec
from perfconsole.scenario.http_outline import unverified
from perfconsole.scenario.inventory import (
    all_steps,
    flows_run,
    groups_of_point,
    needed_descriptors,
    points_of,
)
from perfconsole.scenario.python_files import python_flows
from perfconsole.texts import say


def has_end(scenario: Scenario) -> bool:
    """Whether the run ends by itself: by its duration, or because every group does."""
    if scenario.duration is not None or any(each.ends_run for each in scenario.steering):
        return True
    return bool(scenario.groups) and all(map(_ends, scenario.groups.values()))


def _ends(group: GroupSpec) -> bool:
    """Whether it ends by itself, once started."""
    if group.load is not None and ends(group.load):
        return True
    return not (group.duration is group.iterations is group.samples is None)


def unwise(
    scenario: Scenario,
    tables: Mapping[str, Table] | None = None,
    hard_limit: int | None = None,
) -> tuple[str, ...]:
    """One line each. `tables` are the data sets as read; `hard_limit` is of open files, this
    process's own when left out."""
    limit = hard_limit if hard_limit is not None else _hard_limit()
    return (*_advice(scenario, limit), *_scarce(scenario, tables or {}))


def _hard_limit() -> int:
    """-1 when there is none."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _advice(scenario: Scenario, hard_limit: int) -> Iterator[str]:
    if not has_end(scenario):
        yield say("it has no end: a hand must stop it, or --duration (needed with --headless)")
    yield from _haste(scenario)
    run = flows_run(scenario)
    prepares = {step.flow for step in (*scenario.before, *scenario.after)}
    played = {step.flow for flow in scenario.flows.values() for step in all_steps(scenario, flow)
              if isinstance(step, PlaySpec)}  # fmt: skip
    for name in scenario.flows:
        if name not in run and name not in prepares | played:
            yield say('no group runs the flow "{flow}"', flow=name)
    yield from _meetings(scenario)
    needed = needed_descriptors(scenario)
    if 0 <= hard_limit < needed:
        yield say("it needs {needed:,} open files, this machine allows {limit:,}: raise ulimit -Hn",
                  needed=needed, limit=hard_limit)  # fmt: skip
    if warning := unverified(scenario.http):
        yield warning


def _haste(scenario: Scenario) -> Iterator[str]:
    """Flows and groups in which nothing ever waits."""
    python = python_flows(scenario)
    told: set[str] = set()
    for name, group in scenario.groups.items():
        flow = scenario.flow_of(name)
        if group.open or group.pacing is not None:
            continue
        if name in python:
            thinks, paced = python[name].thinks or python[name].is_open, False
        else:
            steps = tuple(all_steps(scenario, scenario.flows[flow]))
            thinks = any(isinstance(step, ThinkSpec) for step in steps)
            paced = any(isinstance(step, PacingSpec) for step in steps)
        if not (thinks or paced) and flow not in told:
            told.add(flow)
            yield say('flow "{flow}" has no think time: its VUs ask as fast as they can', flow=flow)
        elif thinks and not (paced or group.thinks):
            yield say("group {group} waits no think time: its VUs ask as fast as they can",
                      group=name)  # fmt: skip


def _scarce(scenario: Scenario, tables: Mapping[str, Table]) -> Iterator[str]:
    """Data sets with fewer rows than VUs that each keep one."""
    run = flows_run(scenario)
    for name, table in tables.items():
        if scenario.data[name].order != "unique_per_vu":
            continue
        takers = {flow for flow, steps in run.items() if _takes(scenario, steps, name)}
        groups = (group for group in scenario.groups if scenario.flow_of(group) in takers)
        vus = sum(scenario.most_vus_of(group) for group in groups)
        if vus > len(table.rows):
            yield say("{data} has {rows:,} rows for {vus:,} VUs that each keep one: the others end",
                      data=name, rows=len(table.rows), vus=vus)  # fmt: skip


def _takes(scenario: Scenario, flow: FlowSpec, data: str) -> bool:
    """Whether a value of a data set goes into any step."""
    reference = f"${{{data}."
    return any(reference in step.model_dump_json() for step in all_steps(scenario, flow))


def _meetings(scenario: Scenario) -> Iterator[str]:
    for name, point in points_of(scenario).items():
        kind, wanted = point.policy
        groups = groups_of_point(scenario, name)
        able = sum(scenario.most_vus_of(group) for group in groups)
        if kind == "count" and wanted > able:
            yield say('rendezvous "{point}" waits for {wanted} VUs, but its groups have {able}',
                      point=name, wanted=wanted, able=able)  # fmt: skip
