"""What a scenario would do, as a person reads it. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from perfconsole.model.checking import CheckSpec
from perfconsole.model.dataset import Table
from perfconsole.model.duration import short
from perfconsole.model.extracting import Extracts, ExtractSpec
from perfconsole.model.group import GroupSpec
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.rate import rate_text
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import (
    CheckStepSpec,
    ChooseSpec,
    ExtractStepSpec,
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
from perfconsole.scenario.advice import has_end, unwise
from perfconsole.scenario.http_outline import connection_lines, sent_with
from perfconsole.scenario.inventory import (
    flows_run,
    groups_of_point,
    planned_vus,
    points_of,
    request_name,
)
from perfconsole.scenario.python_files import python_flows
from perfconsole.scenario.secret_text import MASK, is_secret_name, masked_text, masked_url
from perfconsole.scenario.sentences import shown
from perfconsole.scenario.value_words import data_words, variable_words
from perfconsole.texts import say

SECOND_ENGINE_TIMES = 35
"""CPU a request against the first engine, keep-alive GET over TLS, measured with nginx."""


def outline(
    scenario: Scenario,
    tables: Mapping[str, Table] | None = None,
    given: Mapping[str, str] | None = None,
    load: Iterable[str] = (),
) -> str:
    """Many lines, the last one without a line break; `tables` are the data sets as read, `given`
    the values of ``--var``, `load` lines that tell more of the groups' load."""
    parts: tuple[Callable[[Scenario], Iterator[str]], ...] = (
        _head, _preparations, _groups, lambda _: iter(load), partial(_data, tables=tables or {}),
        partial(_variables, given=given or {}), _flows, _points, _servers, _objectives, _unwise,
    )  # fmt: skip
    return "\n".join(line for part in parts for line in part(scenario))


def _head(scenario: Scenario) -> Iterator[str]:
    yield scenario.name
    if scenario.target is not None:
        demo = say("the built-in target, started with the run")
        target = demo if scenario.target == "demo" else scenario.target
        yield say("  target     {target}", target=target)
        yield from connection_lines(scenario)
    yield say("  ends       {end}", end=_end(scenario))
    if scenario.groups:
        yield say("  VUs        {vus:,}", vus=planned_vus(scenario))


def _end(scenario: Scenario) -> str:
    if scenario.duration is not None:
        return say("after {time}", time=short(scenario.duration))
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


def _groups(scenario: Scenario) -> Iterator[str]:
    if scenario.groups:
        yield say("groups")
    for name in scenario.groups:
        flow = scenario.flow_of(name)
        runs = "" if flow == name else say(', flow "{flow}"', flow=flow)
        yield f"  {name}: {_load(scenario, name)}{runs}"
        yield from _route(scenario, name)


def _route(scenario: Scenario, group: str) -> Iterator[str]:
    """Where a group is not on the first engine."""
    version, proxy = scenario.http_version_of(group), scenario.proxy_of(group)
    if version == "1.1" and proxy is None:
        return
    through = "" if proxy is None else say(" through {proxy}", proxy=masked_url(proxy))
    yield say("    HTTP/{version}{through}: on the second engine (httpx), "
              "about {times} times the CPU a request",
              version=version, through=through, times=SECOND_ENGINE_TIMES)  # fmt: skip


def _load(scenario: Scenario, name: str) -> str:
    group, vus = scenario.groups[name], scenario.most_vus_of(name)
    if group.open:
        text = _arrivals(group, vus)
    elif group.load is not None:
        text = say("at most {vus:,} VUs", vus=vus)
    else:
        text = say("1 VU") if vus == 1 else say("{vus:,} VUs", vus=vus)
        text += say(" ({share:g} %)", share=group.share) if group.share is not None else ""
    curve = scenario.rate_curve_of(name) or scenario.curve_of(name)
    if group.load is not None:
        text += say(", {count} stages in {time}", count=len(group.load),
                    time=short(curve.length_s))  # fmt: skip
    elif curve.length_s:
        text += say(", {ramp}, complete after {time}",
                    ramp=group.ramp, time=short(group.start_after + curve.length_s))  # fmt: skip
    elif not group.open:
        text += say(", all at once")
    if group.start_after:
        text += say(", starts after {time}", time=short(group.start_after))
    if group.iterations:
        text += say(", {count} iterations each", count=group.iterations)
    return text


def _arrivals(group: GroupSpec, ceiling: int) -> str:
    most = "{rate} arrivals, {kind}, by at most {vus:,} VUs"
    if group.load is not None:
        most = "at most {rate} arrivals, {kind}, by at most {vus:,} VUs"
    return say(most, rate=rate_text(group.most_per_s), kind=group.arrivals, vus=ceiling)


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
                yield from _steps(steps, "  ")
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


def _steps(steps: Iterable[StepSpec], indent: str) -> Iterator[str]:
    for step in steps:
        yield indent + _step(step)
        for title, within in _within(step):
            yield from ([indent + "  " + title] if title else ())
            yield from _steps(within, indent + ("    " if title else "  "))


def _step(step: StepSpec) -> str:  # noqa: PLR0911, PLR0912 - cases
    match step:
        case RequestSpec():
            return _request(step)
        case ThinkSpec():
            return say("think {time}", time=step.wait.text)
        case PacingSpec():
            return say("pacing {time}", time=step.pacing)
        case RendezvousSpec():
            return say('rendezvous "{point}"', point=step.rendezvous)
        case CheckStepSpec():
            return say("check {what}", what=_check(step.check))
        case ExtractStepSpec():
            return say("extract {what}", what=_extracts(step.extract))
        case SetSpec():
            return say("set {names}", names=", ".join(step.set_))
        case TransactionSpec():
            return say('transaction "{name}"', name=step.transaction)
        case IfSpec():
            return say("if {condition}", condition=step.if_)
        case WhileSpec():
            return say(
                "while {condition}, at most {n:,} times", condition=step.while_, n=step.limit
            )
        case RepeatSpec():
            return say("repeat {times} times", times=step.repeat)
        case ChooseSpec():
            return say("choose one of {n} ways", n=len(step.choose))
        case OneOfSpec():
            return say("one of {n} ways, in turn", n=len(step.one_of))
        case PlaySpec():
            return say('the steps of flow "{flow}"', flow=step.flow)


def _within(step: StepSpec) -> Iterator[tuple[str, Iterable[StepSpec]]]:
    """The steps within a step, each list under its title, if it needs one."""
    match step:
        case TransactionSpec() | RepeatSpec() | WhileSpec():
            yield "", step.steps
        case IfSpec():
            yield "", step.then
            if step.else_:
                yield say("else"), step.else_
        case ChooseSpec():
            whole = sum(way.weight for way in step.choose)
            for weighted in step.choose:
                share = say("{percent:.3g} %", percent=100 * weighted.weight / whole)
                yield share, weighted.steps
        case OneOfSpec():
            for number, way in enumerate(step.one_of, 1):
                yield say("way {n}", n=number), way.steps


def _request(step: RequestSpec) -> str:
    text = masked_text(step.request)
    if step.name:
        text += say(' as "{name}"', name=request_name(step))
    text += "".join(say(", with {kind}", kind=kind) for kind in sent_with(step))
    if step.check and (checked := _check(step.check)):
        text += say(", check {what}", what=checked)
    if step.extract:
        text += say(", extract {what}", what=_extracts(step.extract))
    return text


def _extracts(extracts: Extracts) -> str:
    return ", ".join(_extract(name, spec) for name, spec in extracts.items())


def _extract(name: str, spec: ExtractSpec) -> str:
    kind, what = spec.place
    text = say("{name} from {kind} {what}", name=name, kind=kind, what=what)
    if spec.attribute is not None:
        text += say(" attribute {name}", name=spec.attribute)
    if spec.pick != "first":
        nth = spec.pick if isinstance(spec.pick, str) else say("number {n}", n=spec.pick)
        text += f" ({nth})"
    if spec.default is not None:
        default = MASK if is_secret_name(name) else spec.default
        text += say(' or else "{text}"', text=default)
    return text


def _check(check: CheckSpec) -> str:
    parts = []
    if check.status is not None:
        codes = check.status if isinstance(check.status, tuple) else (check.status,)
        parts.append(say("status {codes}", codes=" or ".join(map(str, codes))))
    parts += [
        say("header {name} has {text}", name=name, text=shown(text, (name,))) if text
        else say("header {name}", name=name)
        for name, text in check.header.items()
    ]  # fmt: skip
    parts += [say('body contains "{text}"', text=text) for text in _listed(check.body_contains)]
    parts += [say('body lacks "{text}"', text=text) for text in _listed(check.body_lacks)]
    parts += [say("body matches /{regex}/", regex=regex) for regex in _listed(check.body_matches)]
    parts += [
        say("{path} is {value}", path=path,
            value="null" if value is None else shown(value, (path,)))
        for path, value in check.json_values.items()
    ]  # fmt: skip
    if check.size is not None:
        parts.append(say("body of {size}", size=check.size))
    if check.max_time is not None:
        parts.append(say("within {time}", time=short(check.max_time)))
    return ", ".join(parts)


def _listed(texts: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else texts or ()


def _points(scenario: Scenario) -> Iterator[str]:
    for name, point in points_of(scenario).items():
        groups = ", ".join(groups_of_point(scenario, name))
        text = say('rendezvous "{point}" of {groups}: waits for {policy}',
                   point=name, groups=groups, policy=point.wait_for)  # fmt: skip
        if point.policy[0] != "manual":
            text += say(", at most {time} between arrivals", time=short(point.timeout))
        yield text if point.on else text + say(", off until a hand turns it on")


def _servers(scenario: Scenario) -> Iterator[str]:
    if scenario.servers:
        yield say("servers")
    for name, server in scenario.servers.items():
        place = server.ssh or say("this machine")
        judged = "" if server.judged else say(", not judged")
        yield say("  {name}: {place}, every {time}{judged}", name=name, place=place,
                  time=short(server.every), judged=judged)  # fmt: skip
        for metric, limit in scenario.limits_of(name).items():
            yield say("    {metric} at most {limit:g} (breach: {breach})", metric=metric,
                      limit=limit.limit, breach=limit.breach)  # fmt: skip


def _objectives(scenario: Scenario) -> Iterator[str]:
    if not scenario.groups and not scenario.objectives:
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


def _unwise(scenario: Scenario) -> Iterator[str]:
    lines = unwise(scenario)
    if lines:
        yield say("worth a thought")
    for line in lines:
        yield f"  {line}"
