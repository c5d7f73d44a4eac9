"""What no single value can tell: names that refer to each other, steps in an order, files.

These rules read the plain tree, whatever is wrong in it elsewhere, so that a person hears of
everything at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from perfconsole.model.curve import parse_ramp
from perfconsole.model.duration import parse_duration
from perfconsole.model.http_spec import NO_PROXY
from perfconsole.model.server_spec import LIMIT_METRICS
from perfconsole.scenario.planning import ascii_host
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.python_files import (
    flow_complaint,
    is_python,
    names_in_tree,
    with_absolute_file,
)
from perfconsole.scenario.tls_files import tls_complaints
from perfconsole.scenario.uploads import file_complaint, upload_paths
from perfconsole.scenario.vocabulary import value_complaints
from perfconsole.texts import say

MOST_VUS = 1_000_000
DEEPEST_TRANSACTION = 10
SERVER_METRICS = (*LIMIT_METRICS, "net_rx_bytes_s", "net_tx_bytes_s")

_HOST = re.compile(r"^[^\s\x00-\x20\x7f/\\?#@<>^`{|}\"]+$")
_SSH = re.compile(
    r"^(?:[^@\s:-][^@\s:]*@)?(?:\[[\w:.%]+\]|[^-@\s:\[\]][^@\s:\[\]]*)(?::(\d{1,5}))?$"
)


def reference_complaints(tree: Any) -> Iterator[Complaint]:
    """All of them; `tree` is a file's plain data with its paths made absolute."""
    scenario = _map(tree)
    yield from _top(scenario)
    yield from _groups(scenario)
    for name, flow in _map(scenario.get("flows")).items():
        yield from _steps(_list(flow), ("flows", name), 0)
    yield from _points(scenario)
    yield from _objectives(scenario)
    yield from _servers(scenario)
    yield from _files(scenario)
    yield from _routes(scenario)
    yield from _resumption(scenario)
    yield from _bandwidths(scenario)
    yield from value_complaints(scenario)


def with_absolute_paths(tree: Any, base: Path) -> Any:
    """`tree` with the files it names taken relative to `base`, the scenario's folder."""
    for path in _file_paths(_map(tree)):
        *around, last = path
        holder = tree
        for part in around:
            holder = holder[part]
        if isinstance(holder[last], str) and holder[last]:
            holder[last] = os.path.abspath(base / Path(os.path.expanduser(holder[last])))
    for group in _map(_map(tree).get("groups")).values():
        if isinstance(flow := _map(group).get("flow"), str):
            group["flow"] = with_absolute_file(flow, base)
    return tree


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _top(scenario: dict[str, Any]) -> Iterator[Complaint]:
    if "groups" not in scenario and "servers" not in scenario:
        yield Complaint((), say("the scenario is empty: give it groups, or servers to watch"))
    target = scenario.get("target")
    if _map(scenario.get("groups")) and target is None:
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


def _groups(scenario: dict[str, Any]) -> Iterator[Complaint]:
    flows = _map(scenario.get("flows"))
    for name, group in _map(scenario.get("groups")).items():
        path: KeyPath = ("groups", name)
        if name.lower() == "all":
            yield Complaint(path, say('no group can be called "all": that stands for all groups'))
        flow = _map(group).get("flow", name)
        if isinstance(flow, str) and is_python(flow):
            if complaint := flow_complaint((*path, "flow"), flow):
                yield complaint
        elif isinstance(flow, str) and flow not in flows:
            text = say('{where}: there is no flow "{flow}"; {hint}', where=where(path), flow=flow,
                       hint=hint(flow, flows, say("flows")))  # fmt: skip
            yield Complaint((*path, "flow"), text)
        if isinstance(ramp := _map(group).get("ramp"), str) and _end_of(ramp) > MOST_VUS:
            text = say("{where}: at most {most:,} VUs", where=where(path), most=MOST_VUS)
            yield Complaint((*path, "ramp"), text)


def _routes(scenario: dict[str, Any]) -> Iterator[Complaint]:
    """An HTTP proxy reads plain HTTP/1.1 and passes on everything else unread."""
    target, http = str(scenario.get("target")), _map(scenario.get("http"))
    for name, group in _map(scenario.get("groups")).items():
        own = _map(_map(group).get("http"))
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


def _resumption(scenario: dict[str, Any]) -> Iterator[Complaint]:
    """TLS sessions are taken up again on the first engine alone."""
    http, path = _map(scenario.get("http")), ("http", "resume_tls")
    if http.get("resume_tls") is not True:
        return
    for name, group in _map(scenario.get("groups")).items():
        own = _map(_map(group).get("http"))
        proxy = own.get("proxy") or http.get("proxy") or NO_PROXY
        version = str(own.get("version") or http.get("version"))
        if proxy != NO_PROXY or version.startswith("2"):
            text = say("{where}: {group} goes over HTTP/2 or a proxy, where every connection "
                       "makes a full handshake; leave it out",
                       where=where(path), group=name)  # fmt: skip
            yield Complaint(path, text)
            return


def _bandwidths(scenario: dict[str, Any]) -> Iterator[Complaint]:
    """A VU's line is shaped on the first engine alone."""
    http = _map(scenario.get("http"))
    for name, group in _map(scenario.get("groups")).items():
        own = _map(_map(group).get("http"))
        proxy = own.get("proxy") or http.get("proxy") or NO_PROXY
        version = str(own.get("version") or http.get("version"))
        if "bandwidth" in _map(group) and (proxy != NO_PROXY or version.startswith("2")):
            path: KeyPath = ("groups", name, "bandwidth")
            text = say("{where}: only over HTTP/1.1 and without a proxy", where=where(path))
            yield Complaint(path, text)


def _end_of(ramp: str) -> int:
    """Where a linear ramp of VUs goes to; 0 for any other."""
    try:
        return parse_ramp(ramp, None).target
    except ValueError:
        return 0


def _steps(steps: list[Any], around: KeyPath, depth: int) -> Iterator[Complaint]:
    asked: list[Any] | None = (
        None  # the checks on the last request; None when it is not the last step
    )
    for n, step in enumerate(steps):
        path: KeyPath = (*around, n)
        keys = _map(step)
        if "transaction" in keys:
            yield from _transaction(keys, path, depth)
        if "request" in keys:
            asked = []
            yield from _timeout(keys.get("timeout"), (*path, "timeout"))
        elif "check" not in keys and "extract" not in keys:
            asked = None
        if asked is None and ("check" in keys or "extract" in keys):
            kind = say("a check") if "check" in keys else say("an extract step")
            text = say("{where}: {kind} stands right after a request", where=where(path), kind=kind)
            yield Complaint(path, text)
            continue
        if asked is None or "check" not in keys:
            continue
        yield from _check(keys["check"], (*path, "check"))
        asked.append(_map(keys["check"]).get("status"))
        if not _possible(asked):
            text = say("{where}: no answer has all the status codes asked for", where=where(path))
            yield Complaint((*path, "check"), text)


def _transaction(step: dict[str, Any], path: KeyPath, depth: int) -> Iterator[Complaint]:
    if depth >= DEEPEST_TRANSACTION:
        text = say("{where}: transactions are nested more than {most} deep",
                   where=where(path), most=DEEPEST_TRANSACTION)  # fmt: skip
        yield Complaint(path, text)
        return
    yield from _steps(_list(step.get("steps")), (*path, "steps"), depth + 1)


def _timeout(value: Any, path: KeyPath) -> Iterator[Complaint]:
    try:
        none_at_all = value is not None and parse_duration(value) == 0
    except ValueError:
        return
    if none_at_all:
        yield Complaint(path, say("{where} must be above 0", where=where(path)))


def _possible(asked: list[Any]) -> bool:
    """Whether one status code can satisfy all of `asked`, each a code, a list of them or None."""
    lists = [status if isinstance(status, list) else [status] for status in asked]
    codes = [{code for code in listed if isinstance(code, int)} for listed in lists]
    wanted = [some for some in codes if some]
    return not wanted or bool(set.intersection(*wanted))


def _check(check: Any, path: KeyPath) -> Iterator[Complaint]:
    status = _map(check).get("status")
    for code in status if isinstance(status, list) else [status]:
        if isinstance(code, int) and not 100 <= code <= 599:
            text = say("{where}: a status code is between 100 and 599, not {code}",
                       where=where(path), code=code)  # fmt: skip
            yield Complaint((*path, "status"), text)


def _names(steps: list[Any], kind: str) -> Iterator[str]:
    """What the steps of a kind are called, those inside of transactions included."""
    for step in steps:
        name = _map(step).get(kind)
        if isinstance(name, str):
            yield name
        yield from _names(_list(_map(step).get("steps")), kind)


def _run_flows(scenario: dict[str, Any]) -> dict[str, list[Any]]:
    flows = _map(scenario.get("flows"))
    groups = _map(scenario.get("groups"))
    names = {_map(group).get("flow", name) for name, group in groups.items()
             if isinstance(_map(group).get("flow", name), str)}  # fmt: skip
    return {name: _list(flow) for name, flow in flows.items() if name in names}


def _points(scenario: dict[str, Any]) -> Iterator[Complaint]:
    flows = {name: _list(flow) for name, flow in _map(scenario.get("flows")).items()}
    run = _run_flows(scenario)
    python = names_in_tree(_map(scenario.get("groups")))
    used = {point for flow in run.values() for point in _names(flow, "rendezvous")}
    used |= python.points.keys()
    if python.is_open:
        return
    for name in _map(scenario.get("rendezvous")):
        path: KeyPath = ("rendezvous", name)
        idle = [flow for flow, steps in flows.items() if name in _names(steps, "rendezvous")]
        if name not in used and idle:
            text = say('{where}: only the flow "{flow}" comes by it, and no group runs that flow',
                       where=where(path), flow=idle[0])  # fmt: skip
            yield Complaint(path, text)
        elif name not in used:
            text = say("{where}: no flow comes by it; {hint}", where=where(path),
                       hint=hint(name, used, say("rendezvous points of the flows")))  # fmt: skip
            yield Complaint(path, text)


def _transactions(scenario: dict[str, Any]) -> set[str]:
    names: set[str] = set()
    for flow in _run_flows(scenario).values():
        names.update(_names(flow, "transaction"))
        for step in flow:
            request, name = _map(step).get("request"), _map(step).get("name")
            if isinstance(request, str):
                plain = " ".join(re.split(r"[?#]", request, maxsplit=1)[0].split())
                names.add(name if isinstance(name, str) else plain)
    return names


def _objectives(scenario: dict[str, Any]) -> Iterator[Complaint]:
    python = names_in_tree(_map(scenario.get("groups")))
    transactions = sorted(_transactions(scenario) | python.transactions.keys())
    servers = _map(scenario.get("servers"))
    for n, objective in enumerate(_list(scenario.get("objectives"))):
        path: KeyPath = ("objectives", n)
        of, metric = _map(objective).get("of"), _map(objective).get("metric")
        if not isinstance(of, str):
            continue
        text = None
        if metric == "server" and "/" in of:
            server, name = of.split("/", 1)
            if server not in servers:
                text = say('{where}: there is no server "{name}"; {hint}', where=where(path),
                           name=server, hint=hint(server, servers, say("servers")))  # fmt: skip
            elif name.split(":", 1)[0] not in SERVER_METRICS:
                text = say('{where}: a server has no metric "{name}"; {hint}', where=where(path),
                           name=name, hint=hint(name, SERVER_METRICS, say("metrics")))  # fmt: skip
        elif metric != "server" and of not in transactions and not python.is_open:
            text = say('{where}: there is no transaction "{name}"; {hint}', where=where(path),
                       name=of, hint=hint(of, transactions, say("transactions")))  # fmt: skip
        if text:
            yield Complaint((*path, "of"), text)


def _servers(scenario: dict[str, Any]) -> Iterator[Complaint]:
    for name, server in _map(scenario.get("servers")).items():
        ssh = _map(server).get("ssh")
        if not isinstance(ssh, str):
            continue
        match = _SSH.match(ssh)
        if match is None or (match[1] and not 0 < int(match[1]) < 65536):
            path = ("servers", name, "ssh")
            text = say('{where}: {ssh} is no address; write user@host or user@host:22',
                       where=where(path), ssh=repr(ssh[:80]))  # fmt: skip
            yield Complaint(path, text)


def _file_paths(scenario: dict[str, Any]) -> Iterator[KeyPath]:
    """Where the tree names files that must be there."""
    for key in _map(scenario.get("http")):
        if key in ("ca", "cert", "key"):
            yield ("http", key)
    for name, server in _map(scenario.get("servers")).items():
        for key in _map(server):
            if key in ("identity", "known_hosts"):
                yield ("servers", name, key)
    yield from upload_paths(scenario)
    for name, data in _map(scenario.get("data")).items():
        if "csv" in _map(data):
            yield ("data", name, "csv")


def _files(scenario: dict[str, Any]) -> Iterator[Complaint]:
    for path in _file_paths(scenario):
        file: Any = scenario
        for part in path:
            file = file[part]
        if isinstance(file, str) and (complaint := file_complaint(path, file)):
            yield complaint
    yield from tls_complaints(_map(scenario.get("http")))
