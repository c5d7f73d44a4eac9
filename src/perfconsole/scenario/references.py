"""What no single value can tell: names that refer to each other, steps in an order, files.

These rules read the plain tree, whatever is wrong in it elsewhere, so that a person hears of
everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.server_metrics import is_metric, no_such_metric
from perfconsole.scenario.group_rules import group_complaints
from perfconsole.scenario.limit_rules import limit_complaints
from perfconsole.scenario.named_files import file_complaints
from perfconsole.scenario.places import fields_of
from perfconsole.scenario.planning import ascii_host
from perfconsole.scenario.probe_rules import probe_complaints
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.python_files import names_in_tree
from perfconsole.scenario.steering_rules import steering_complaints
from perfconsole.scenario.step_rules import step_complaints
from perfconsole.scenario.step_tree import (
    Keys,
    Listed,
    Plays,
    as_list,
    as_map,
    flows_in,
    lists_within,
    parts_of,
    placed,
    runs_of,
    steps_in,
    steps_of,
    walk,
)
from perfconsole.scenario.vocabulary import value_complaints
from perfconsole.texts import say

_OF_CLIENTS = {*get_args(fields_of(ObjectiveSpec)["metric"])} - {"server"}
_HOST = re.compile(r"^[^\s\x00-\x20\x7f/\\?#@<>^`{|}\"]+$")
_SSH = re.compile(
    r"^(?:[^@\s:-][^@\s:]*@)?(?:\[[\w:.%]+\]|[^-@\s:\[\]][^@\s:\[\]]*)(?::(\d{1,5}))?$"
)


def reference_complaints(tree: Any) -> Iterator[Complaint]:
    """All of them; `tree` is a file's plain data with its paths made absolute."""
    scenario = as_map(tree)
    yield from _top(scenario)
    yield from group_complaints(scenario)
    yield from step_complaints(scenario)
    yield from steering_complaints(scenario)
    yield from _points(scenario)
    yield from _objectives(scenario)
    yield from _servers(scenario)
    yield from limit_complaints(scenario)
    yield from probe_complaints(scenario)
    yield from file_complaints(scenario)
    yield from value_complaints(scenario)


def _top(scenario: Keys) -> Iterator[Complaint]:
    if "groups" not in scenario and "servers" not in scenario:
        yield Complaint((), say("the scenario is empty: give it groups, or servers to watch"))
    target = scenario.get("target")
    if as_map(scenario.get("groups")) and target is None:
        yield Complaint((), say('groups need a "target", such as http://127.0.0.1:8080'))
    if isinstance(target, str) and "//" in target and not _is_host(target):
        text = say("target: there is no host name in {target}", target=repr(target[:80]))
        yield Complaint(("target",), text)


def _is_host(target: str) -> bool:
    try:
        host = urlsplit(target).hostname
    except ValueError:
        return True  # no URL at all, as the model says
    try:
        return host is None or bool(_HOST.match(ascii_host(host)))
    except ValueError:
        return False


def _run_flows(scenario: Keys) -> set[str]:
    """The flows that a group runs, those that they play among them; all where one is not there."""
    plays, runs = Plays.of(scenario), runs_of(scenario).values()
    named = {name for _, step in steps_in(scenario) if isinstance(name := step.get("flow"), str)}
    if not named.union(run for run in runs if isinstance(run, str)) <= plays.direct.keys():
        return set(plays.direct)
    return plays.reached(*runs)


def _named(scenario: Keys, flows: Iterable[str], kind: str) -> Iterator[str]:
    """What the steps of a kind are called in some flows."""
    for flow in flows:
        for _, step in steps_of(flows_in(scenario)[flow], ("flows", flow)):
            if isinstance(name := step.get(kind), str):
                yield name


def _points(scenario: Keys) -> Iterator[Complaint]:
    python = names_in_tree(as_map(scenario.get("groups")))
    if python.is_open:
        return
    used = {*_named(scenario, _run_flows(scenario), "rendezvous"), *python.points}
    for name in as_map(scenario.get("rendezvous")):
        if name in used:
            continue
        path: KeyPath = ("rendezvous", name)
        idle = (flow for flow in flows_in(scenario)
                if name in _named(scenario, [flow], "rendezvous"))  # fmt: skip
        if (flow := next(idle, None)) is not None:
            text = say('{where}: only the flow "{flow}" comes by it, and no group runs that flow',
                       where=where(path), flow=flow)  # fmt: skip
        else:
            text = say("{where}: no flow comes by it; {hint}", where=where(path),
                       hint=hint(name, used, say("rendezvous points of the flows")))  # fmt: skip
        yield Complaint(path, text)


def _transactions(scenario: Keys) -> set[str]:
    """The names that results will have: of transactions, and of requests that are in none."""
    names: set[str] = set()
    for flow in _run_flows(scenario):
        for _, listed in parts_of(flows_in(scenario)[flow], ()):
            names.update(_results(listed))
    return names


def _results(listed: Listed) -> Iterator[str]:
    for path, step in placed(listed):
        if "transaction" in step:
            within = (each for _, each in walk(((), [step])))
            yield from (str(each["transaction"]) for each in within if "transaction" in each)
            continue
        if isinstance(request := step.get("request"), str):
            own = step.get("name")
            plain = " ".join(re.split(r"[?#]", request, maxsplit=1)[0].split())
            yield own if isinstance(own, str) else plain
        for inner in lists_within(step, path):
            yield from _results(inner)


def _objectives(scenario: Keys) -> Iterator[Complaint]:
    python = names_in_tree(as_map(scenario.get("groups")))
    transactions = sorted(_transactions(scenario) | python.transactions.keys())
    servers = as_map(scenario.get("servers"))
    for n, objective in enumerate(as_list(scenario.get("objectives"))):
        path: KeyPath = ("objectives", n)
        of, metric = as_map(objective).get("of"), as_map(objective).get("metric")
        if not isinstance(of, str):
            continue
        text = None
        if metric == "server" and "/" in of:
            server, name = of.split("/", 1)
            if server not in servers:
                text = say('{where}: there is no server "{name}"; {hint}', where=where(path),
                           name=server, hint=hint(server, servers, say("servers")))  # fmt: skip
            elif not is_metric(name):
                text = f"{where(path)}: {no_such_metric(name)}"
        elif metric in _OF_CLIENTS and of not in transactions and not python.is_open:
            text = say('{where}: there is no transaction "{name}"; {hint}', where=where(path),
                       name=of, hint=hint(of, transactions, say("transactions")))  # fmt: skip
        if text:
            yield Complaint((*path, "of"), text)


def _servers(scenario: Keys) -> Iterator[Complaint]:
    for name, server in as_map(scenario.get("servers")).items():
        ssh = as_map(server).get("ssh")
        if not isinstance(ssh, str):
            continue
        match = _SSH.match(ssh)
        if match is None or (match[1] and not 0 < int(match[1]) < 65536):
            path = ("servers", name, "ssh")
            text = say('{where}: {ssh} is no address; write user@host or user@host:22',
                       where=where(path), ssh=repr(ssh[:80]))  # fmt: skip
            yield Complaint(path, text)
