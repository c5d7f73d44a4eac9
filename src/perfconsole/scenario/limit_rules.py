"""Rules for the limits of servers: sets that are there, probes that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from perfconsole.model.limit_sets import LIMIT_SETS, no_such_set
from perfconsole.model.server_metrics import is_metric, kind_of, no_such_metric, probe_of
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.step_tree import Keys, as_map
from perfconsole.texts import say


def limit_complaints(scenario: Keys) -> Iterator[Complaint]:
    servers = {name: as_map(each) for name, each in as_map(scenario.get("servers")).items()}
    probes = {name: list(as_map(server.get("probes"))) for name, server in servers.items()}
    anywhere = sorted({probe for some in probes.values() for probe in some})
    sets = as_map(scenario.get("limit_sets"))
    yield from _set(scenario, (), sets)
    yield from _limits(scenario.get("thresholds"), ("thresholds",), anywhere)
    for name, limits in sets.items():
        yield from _limits(limits, ("limit_sets", name), anywhere)
    for name, server in servers.items():
        yield from _set(server, ("servers", name), sets)
        yield from _limits(server.get("thresholds"), ("servers", name, "thresholds"), probes[name])


def _set(around: Keys, path: KeyPath, own: Keys) -> Iterator[Complaint]:
    name = around.get("limits")
    if isinstance(name, str) and name not in own and name not in LIMIT_SETS:
        place = (*path, "limits")
        yield Complaint(place, f"{where(place)}: {no_such_set(name, own)}")


def _limits(limits: object, path: KeyPath, probes: Iterable[str]) -> Iterator[Complaint]:
    known = list(probes)
    for metric, limit in as_map(limits).items():
        place, probe = (*path, metric), probe_of(str(metric))
        if limit == "off" and (kind := kind_of(str(metric))) != metric:
            text = say('{where}: one place cannot be "off", the limit of {kind} would hold there; '
                       "give it a limit that it cannot pass",
                       where=where(place), kind=kind)  # fmt: skip
            yield Complaint(place, text)
        if probe is not None and probe not in known:
            text = say('{where}: there is no probe "{name}"; {hint}', where=where(place),
                       name=probe, hint=hint(probe, known, say("probes")))  # fmt: skip
            yield Complaint(place, text)
        elif not is_metric(str(metric)) and metric not in known:
            yield Complaint(place, f"{where(place)}: {no_such_metric(str(metric))}")
