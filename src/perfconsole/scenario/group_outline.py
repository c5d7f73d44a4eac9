"""The groups of a scenario, as a person reads them: their load, and what is their own."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.model.duration import short
from perfconsole.model.group import GroupSpec
from perfconsole.model.rate import rate_text
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.secret_text import masked_url
from perfconsole.texts import say, some_vus

SECOND_ENGINE_TIMES = 35
"""CPU a request against the first engine, keep-alive GET over TLS, measured with nginx."""


def group_lines(scenario: Scenario) -> Iterator[str]:
    """A line for the load of each group, and those below it for what is not usual with it."""
    if scenario.groups:
        yield say("groups")
    for name in scenario.groups:
        flow = scenario.flow_of(name)
        runs = "" if flow == name else say(', flow "{flow}"', flow=flow)
        yield f"  {name}: {_load(scenario, name)}{runs}"
        yield from _route(scenario, name)
        if own := ", ".join(_own(scenario.groups[name])):
            yield f"    {own}"


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
        text = say("at most {vus}", vus=some_vus(vus))
    else:
        text = some_vus(vus)
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
    return text + _time(group)


def _time(group: GroupSpec) -> str:
    """When it starts and what ends it."""
    text = ""
    if group.after_group is not None and group.start_after:
        text += say(", starts {time} after {group}",
                    time=short(group.start_after), group=group.after_group)  # fmt: skip
    elif group.after_group is not None:
        text += say(", starts after {group}", group=group.after_group)
    elif group.start_after:
        text += say(", starts after {time}", time=short(group.start_after))
    if group.duration is not None:
        text += say(", for {time}", time=short(group.duration))
    if group.iterations:
        text += say(", {count:,} iterations each", count=group.iterations)
    if group.samples:
        text += say(", {count:,} iterations in all", count=group.samples)
    return text


def _own(group: GroupSpec) -> Iterator[str]:
    """What its VUs do in another way than the flow says, and on which lines."""
    think = group.think
    if not group.thinks:
        yield say("no think times")
    elif think.factor != 1:
        yield say("think times × {factor:g}", factor=think.factor)
    if group.thinks and think.limit is not None:
        yield say("think times at most {time}", time=short(think.limit))
    if group.pacing is not None:
        yield say("pacing {time}", time=group.pacing)
    if group.on_error is not None:
        yield say("on error {what}", what=group.on_error)
    if group.bandwidth is not None:
        yield say("lines of {speed:,.10g} kbit/s", speed=group.bandwidth / 1000)
    if group.source_ips is not None:
        yield say("from {addresses}", addresses=", ".join(group.source_ips))


def _arrivals(group: GroupSpec, ceiling: int) -> str:
    most = "{rate} arrivals, {kind}, by at most {vus}"
    if group.load is not None:
        most = "at most {rate} arrivals, {kind}, by at most {vus}"
    return say(most, rate=rate_text(group.most_per_s), kind=group.arrivals,
               vus=some_vus(ceiling))  # fmt: skip
