"""What a scenario would do, as a person reads it. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from perfconsole.model.dataset import Table
from perfconsole.model.duration import short
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.advice import has_end, unwise
from perfconsole.scenario.flow_outline import step_lines
from perfconsole.scenario.group_outline import group_lines
from perfconsole.scenario.http_outline import connection_lines
from perfconsole.scenario.inventory import (
    flows_run,
    groups_of_point,
    planned_vus,
    points_of,
)
from perfconsole.scenario.python_files import python_flows
from perfconsole.scenario.secret_text import masked_text, masked_webhook
from perfconsole.scenario.server_outline import server_lines
from perfconsole.scenario.steering_outline import steering_lines
from perfconsole.scenario.value_words import data_words, variable_words
from perfconsole.texts import say


def outline(
    scenario: Scenario,
    tables: Mapping[str, Table] | None = None,
    given: Mapping[str, str] | None = None,
    load: Iterable[str] = (),
) -> str:
    """Many lines, the last one without a line break; `tables` are the data sets as read, `given`
    the values of ``--var``, `load` lines that tell more of the groups' load."""
    parts: tuple[Callable[[Scenario], Iterator[str]], ...] = (
        _head, _preparations, group_lines, lambda _: iter(load), steering_lines,
        partial(_data, tables=tables or {}), partial(_variables, given=given or {}),
        _flows, _points, server_lines, _objectives, _alarms,
        partial(_unwise, tables=tables or {}),
    )  # fmt: skip
    return "\n".join(line for part in parts for line in part(scenario))


def _head(scenario: Scenario) -> Iterator[str]:
    yield scenario.name
    if scenario.target is not None:
        demo = say("the built-in target, started with the run")
        target = demo if scenario.target == "demo" else scenario.target
        yield say("  target     {target}", target=target)
        if scenario.hosts:
            yield say("  hosts      {hosts}", hosts=", ".join(scenario.hosts))
        yield from connection_lines(scenario)
    yield say("  ends       {end}", end=_end(scenario))
    if scenario.warmup:
        yield say("  warm-up    {time}, left out of the objectives", time=short(scenario.warmup))
    if scenario.groups:
        vus = say("  VUs        {vus:,}", vus=planned_vus(scenario))
        ceiling = scenario.max_vus
        yield vus if ceiling is None else say("{vus}; hands are asked for more than {most:,}",
                                              vus=vus, most=ceiling)  # fmt: skip
    if scenario.initialize_all:
        yield say("  begins     when every VU has been initialized")


def _end(scenario: Scenario) -> str:
    if scenario.duration is not None:
        return say("after {time}", time=short(scenario.duration))
    for each in scenario.steering:
        if each.do == "stop_run":
            return say("after {time}, as it steers itself", time=short(round(each.at, 3)))
    return say("when every group has ended") if has_end(scenario) else say("by hand")


def _preparations(scenario: Scenario) -> Iterator[str]:
    """They run with the rights of whoever starts the run: each is to be seen before."""
    for when, steps in ((say("before"), scenario.before), (say("after"), scenario.after)):
        if steps:
            yield say("{when} the test", when=when)
        for step in steps:
            command = masked_text(step.command or "")
            lines = [say('flow "{name}"', name=step.flow)] if step.flow else command.splitlines()
            yield from (f"  {line}" for line in lines)


def _data(scenario: Scenario, tables: Mapping[str, Table]) -> Iterator[str]:
    if scenario.data:
        yield say("data")
    for name, spec in scenario.data.items():
        yield f"  {name}: {data_words(spec, tables.get(name))}"


def _variables(scenario: Scenario, given: Mapping[str, str]) -> Iterator[str]:
    if scenario.variables:
        yield say("variables")
    for name, entry in scenario.variables.items():
        yield f"  {name}: {variable_words(name, entry, given.get(name))}"
    for group, spec in scenario.groups.items():
        if spec.variables:
            yield say("variables of {group}", group=group)
        for name, entry in spec.variables.items():
            yield f"  {name}: {variable_words(name, entry)}"


def _flows(scenario: Scenario) -> Iterator[str]:
    for name, flow in flows_run(scenario).items():
        for title, steps in (
            (say('before the first iteration of "{flow}"', flow=name), flow.init),
            (say('flow "{flow}"', flow=name), flow.steps),
            (say('after the last iteration of "{flow}"', flow=name), flow.end),
        ):
            if steps:
                yield title
                yield from step_lines(steps, "  ")
    yield from _python(scenario)


def _python(scenario: Scenario) -> Iterator[str]:
    """What can be told of flows in Python without running them."""
    flows = python_flows(scenario)
    for name, flow in {scenario.flow_of(group): flow for group, flow in flows.items()}.items():
        yield say('flow "{flow}" in Python', flow=name)
        if flow.transactions:
            yield say("  transactions and requests: {names}", names=", ".join(flow.transactions))
        if flow.is_open:
            yield say("  and what it names while it runs")


def _points(scenario: Scenario) -> Iterator[str]:
    for name, point in points_of(scenario).items():
        groups = ", ".join(groups_of_point(scenario, name))
        text = say('rendezvous "{point}" of {groups}: waits for {policy}',
                   point=name, groups=groups, policy=point.wait_for)  # fmt: skip
        if point.policy[0] != "manual":
            text += say(", at most {time} between arrivals", time=short(point.timeout))
        yield text if point.on else text + say(", off until a hand turns it on")


def _objectives(scenario: Scenario) -> Iterator[str]:
    if not scenario.loads and not scenario.objectives:
        return
    yield say("objectives")
    for objective in scenario.objectives:
        yield f"  {_objective(objective)}"
    if not scenario.objectives:
        yield say("  pass_rate of all at least 99 (the default)")


def _objective(objective: ObjectiveSpec) -> str:
    of = objective.of or say("all")
    if objective.metric == "server":
        subject = say("mean of {of}", of=of)
    else:
        subject = say("{metric} of {of}", metric=objective.metric, of=of)
    if objective.max is not None:
        return say("{subject} at most {limit:g}", subject=subject, limit=objective.max)
    return say("{subject} at least {limit:g}", subject=subject, limit=objective.min)


def _alarms(scenario: Scenario) -> Iterator[str]:
    """Commands run with the rights of whoever starts the run, as those before it do."""
    if "alarms" not in scenario.model_fields_set:
        return
    yield say("alarms")
    yield say(
        "  errors: {limit} of all transactions in the last 10 s", limit=scenario.alarms.errors
    )
    for receiver in scenario.alarms.receivers:
        kind = say("command") if receiver.command else say("webhook")
        where = receiver.webhook and masked_webhook(receiver.webhook)
        yield say("  {kind}, from {level} on: {where}", kind=kind, level=receiver.level,
                  where=where or masked_text(receiver.command or ""))  # fmt: skip


def _unwise(scenario: Scenario, tables: Mapping[str, Table]) -> Iterator[str]:
    lines = unwise(scenario, tables)
    if lines:
        yield say("worth a thought")
    for line in lines:
        yield f"  {line}"
