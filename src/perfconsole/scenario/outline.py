"""What a scenario would do, as a person reads it. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from perfconsole.model.duration import short
from perfconsole.model.rate import RateRamp, rate_text
from perfconsole.model.scenario import (
    CheckSpec,
    CheckStepSpec,
    GroupSpec,
    ObjectiveSpec,
    RendezvousSpec,
    RequestSpec,
    Scenario,
    StepSpec,
    ThinkSpec,
)
from perfconsole.scenario.advice import has_end, unwise
from perfconsole.scenario.inventory import (
    flows_run,
    groups_of_point,
    planned_vus,
    points_of,
    request_name,
)
from perfconsole.scenario.masking import masked_text
from perfconsole.texts import say


def outline(scenario: Scenario) -> str:
    """Many lines, the last one without a line break."""
    parts = (_head, _groups, _flows, _points, _servers, _objectives, _unwise)
    return "\n".join(line for part in parts for line in part(scenario))


def _head(scenario: Scenario) -> Iterator[str]:
    yield scenario.name
    if scenario.target is not None:
        demo = say("the built-in target, started with the run")
        target = demo if scenario.target == "demo" else scenario.target
        yield say("  target     {target}", target=target)
    yield say("  ends       {end}", end=_end(scenario))
    if scenario.groups:
        yield say("  VUs        {vus:,}", vus=planned_vus(scenario))


def _end(scenario: Scenario) -> str:
    if scenario.duration is not None:
        return say("after {time}", time=short(scenario.duration))
    return say("when every VU has done its iterations") if has_end(scenario) else say("by hand")


def _groups(scenario: Scenario) -> Iterator[str]:
    if scenario.groups:
        yield say("groups")
    for name, group in scenario.groups.items():
        flow = scenario.flow_of(name)
        runs = "" if flow == name else say(', flow "{flow}"', flow=flow)
        yield f"  {name}: {_load(group)}{runs}"


def _load(group: GroupSpec) -> str:
    curve = group.curve
    if group.rate_curve is not None:
        return _arrivals(group, group.rate_curve)
    text = say("1 VU") if curve.target == 1 else say("{vus:,} VUs", vus=curve.target)
    if curve.length_s:
        text += say(", {ramp}, complete after {time}",
                    ramp=group.ramp, time=short(group.start_after + curve.length_s))  # fmt: skip
    else:
        text += say(", all at once")
    if group.start_after:
        text += say(", starts after {time}", time=short(group.start_after))
    if group.iterations:
        text += say(", {count} iterations each", count=group.iterations)
    return text


def _arrivals(group: GroupSpec, rate: RateRamp) -> str:
    text = say("{rate} arrivals, {kind}, by at most {vus:,} VUs",
               rate=rate_text(rate.target), kind=group.arrivals,
               vus=group.curve.target)  # fmt: skip
    if rate.length_s:
        text += say(", {ramp}, complete after {time}",
                    ramp=group.ramp, time=short(group.start_after + rate.length_s))  # fmt: skip
    if group.start_after:
        text += say(", starts after {time}", time=short(group.start_after))
    return text


def _flows(scenario: Scenario) -> Iterator[str]:
    for name, flow in flows_run(scenario).items():
        yield say('flow "{flow}"', flow=name)
        yield from _steps(flow, "  ")


def _steps(steps: Iterable[StepSpec], indent: str) -> Iterator[str]:
    for step in steps:
        match step:
            case RequestSpec():
                yield indent + _request(step)
            case ThinkSpec():
                yield indent + say("think {time}", time=_think(step))
            case RendezvousSpec():
                yield indent + say('rendezvous "{point}"', point=step.rendezvous)
            case CheckStepSpec():
                yield indent + say("check {what}", what=_check(step.check))
            case _:
                yield indent + say('transaction "{name}"', name=step.transaction)
                yield from _steps(step.steps, indent + "  ")


def _think(step: ThinkSpec) -> str:
    low, high = step.bounds_s
    if low == high:
        return short(low)
    return say("{low} to {high}", low=short(low), high=short(high))


def _request(step: RequestSpec) -> str:
    text = masked_text(step.request)
    if step.name:
        text += say(' as "{name}"', name=request_name(step))
    kinds = (
        ("json", "json_body" in step.model_fields_set),
        ("form", step.form),
        ("body", step.body),
    )
    text += "".join(say(", with {kind}", kind=kind) for kind, given in kinds if given)
    if step.check and (checked := _check(step.check)):
        text += say(", check {what}", what=checked)
    return text


def _check(check: CheckSpec) -> str:
    parts = []
    if check.status is not None:
        codes = check.status if isinstance(check.status, tuple) else (check.status,)
        parts.append(say("status {codes}", codes=" or ".join(map(str, codes))))
    if check.body_contains is not None:
        texts = check.body_contains
        listed = (texts,) if isinstance(texts, str) else texts
        parts += [say('body contains "{text}"', text=text) for text in listed]
    if check.max_time is not None:
        parts.append(say("within {time}", time=short(check.max_time)))
    return ", ".join(parts)


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
