"""Rules for groups that no group can tell by itself: the flows they run, the groups they wait for,
the ways they take to the target."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from perfconsole.model.http_spec import NO_PROXY
from perfconsole.model.ramp_text import is_rate_ramp, parse_ramp
from perfconsole.model.stages import is_rate
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.python_files import flow_complaints, is_python
from perfconsole.scenario.share_rules import share_complaints
from perfconsole.scenario.step_tree import Keys, as_list, as_map, flows_in, parts_of
from perfconsole.texts import say

MOST_VUS = 1_000_000


def group_complaints(scenario: Keys) -> Iterator[Complaint]:
    groups = as_map(scenario.get("groups"))
    for name, group in groups.items():
        path: KeyPath = ("groups", name)
        if name.lower() == "all":
            yield Complaint(path, say('no group can be called "all": that stands for all groups'))
        flow = as_map(group).get("flow", name)
        if isinstance(flow, str) and is_python(flow):
            yield from flow_complaints((*path, "flow"), flow)
        else:
            yield from _flow(flow, path, scenario)
            if _at_a_rate(as_map(group)):
                yield from _paced(flow, name, scenario)
        yield from _after(as_map(group).get("after_group"), path, groups)
        if isinstance(ramp := as_map(group).get("ramp"), str) and _end_of(ramp) > MOST_VUS:
            text = say("{where}: at most {most:,} VUs", where=where(path), most=MOST_VUS)
            yield Complaint((*path, "ramp"), text)
    yield from _waiting(groups)
    for key in ("before", "after"):
        for n, preparation in enumerate(as_list(scenario.get(key))):
            if (flow := as_map(preparation).get("flow")) is not None:
                yield from _flow(flow, (key, n), scenario)
    yield from share_complaints(scenario)
    yield from _routes(scenario)
    yield from _resumption(scenario)
    yield from _bandwidths(scenario)


def _flow(flow: Any, path: KeyPath, scenario: Keys) -> Iterator[Complaint]:
    """The flow that a group, or a preparation, at `path` names."""
    flows = flows_in(scenario)
    if isinstance(flow, str) and flow not in flows:
        yield Complaint((*path, "flow"), say(
            '{where}: there is no flow "{flow}"; {hint}', where=where(path), flow=flow[:80],
            hint=hint(flow, flows, say("flows")),
        ))  # fmt: skip


def _at_a_rate(group: Keys) -> bool:
    stages = [as_map(stage) for stage in as_list(group.get("load"))]
    amounts = [value for stage in stages for key, value in stage.items()
               if isinstance(value, str) and key != "curve"]  # fmt: skip
    ramp = group.get("ramp")
    return (
        group.get("rate") is not None
        or (isinstance(ramp, str) and is_rate_ramp(ramp))
        or any(map(is_rate, amounts))
    )


def _paced(flow: Any, group: str, scenario: Keys) -> Iterator[Complaint]:
    """The rate alone says when an iteration begins."""
    for part, (path, steps) in parts_of(flows_in(scenario).get(str(flow)), ("flows", flow)):
        if part == "steps" and "pacing" in as_map(steps[-1] if steps else None):
            place = (*path, len(steps) - 1)
            yield Complaint(place, say(
                "{where}: the group {group} plays this flow at a rate, which spaces the "
                "iterations: leave the pacing out", where=where(place), group=group,
            ))  # fmt: skip


def _after(first: Any, around: KeyPath, groups: Keys) -> Iterator[Complaint]:
    path: KeyPath = (*around, "after_group")
    if isinstance(first, str) and first not in groups:
        yield Complaint(path, say(
            '{where}: there is no group "{group}"; {hint}', where=where(path), group=first[:80],
            hint=hint(first, groups, say("groups")),
        ))  # fmt: skip


def _waiting(groups: Keys) -> Iterator[Complaint]:
    """Groups that would wait for each other for ever."""
    firsts = {name: as_map(group).get("after_group") for name, group in groups.items()}
    waits = {name: [first] for name, first in firsts.items() if isinstance(first, str)}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = [str(name) for name in error.args[1][:0:-1]]
        start = next(n for name in groups for n, each in enumerate(circle) if each == name)
        circle = [*circle[start:], *circle[: start + 1]]
        path: KeyPath = ("groups", circle[0], "after_group")
        yield Complaint(path, say(
            "{where}: it would wait for itself: {circle}", where=where(path),
            circle=say(" after ").join(circle),
        ))  # fmt: skip


def _end_of(ramp: str) -> int:
    """Where a linear ramp of VUs goes to; 0 for any other."""
    try:
        return int(parse_ramp(ramp, None).target)
    except ValueError:
        return 0


def _routes(scenario: Keys) -> Iterator[Complaint]:
    """An HTTP proxy reads plain HTTP/1.1 and passes on everything else unread."""
    target, http = str(scenario.get("target")), as_map(scenario.get("http"))
    for name, group in as_map(scenario.get("groups")).items():
        own = as_map(as_map(group).get("http"))
        proxy = str(own.get("proxy") or http.get("proxy"))
        version = str(own.get("version") or http.get("version"))
        key = "proxy" if "proxy" in own else "version" if "version" in own else None
        path: KeyPath = ("groups", name, "http", key) if key else ("http", "proxy")
        if not proxy.startswith("http"):
            continue
        if target.startswith("http:") and version.startswith("2"):
            text = say("{where}: an HTTP proxy carries HTTP/2 to an https target only",
                       where=where(path))  # fmt: skip
            yield Complaint(path, text)
        if "//[" in target:
            text = say("{where}: through an HTTP proxy the target needs a name, no IPv6 address",
                       where=where(path))  # fmt: skip
            yield Complaint(path, text)


def _on_second_engine(group: Any, http: Keys) -> bool:
    own = as_map(as_map(group).get("http"))
    proxy = own.get("proxy") or http.get("proxy") or NO_PROXY
    return proxy != NO_PROXY or str(own.get("version") or http.get("version")).startswith("2")


def _resumption(scenario: Keys) -> Iterator[Complaint]:
    """TLS sessions are taken up again on the first engine alone."""
    http, path = as_map(scenario.get("http")), ("http", "resume_tls")
    if http.get("resume_tls") is not True:
        return
    for name, group in as_map(scenario.get("groups")).items():
        if _on_second_engine(group, http):
            text = say(
                "{where}: {group} goes over HTTP/2 or a proxy, where every connection "
                "makes a full handshake; leave it out",
                where=where(path),
                group=name,
            )
            yield Complaint(path, text)
            return


def _bandwidths(scenario: Keys) -> Iterator[Complaint]:
    """A VU's line is shaped on the first engine alone."""
    http = as_map(scenario.get("http"))
    for name, group in as_map(scenario.get("groups")).items():
        if "bandwidth" in as_map(group) and _on_second_engine(group, http):
            path: KeyPath = ("groups", name, "bandwidth")
            text = say("{where}: only over HTTP/1.1 and without a proxy", where=where(path))
            yield Complaint(path, text)
