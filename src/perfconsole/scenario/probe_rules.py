"""Rules for the probes of servers that no probe can tell by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from perfconsole.model.any_probe import READY, Probe, metrics_of
from perfconsole.model.server_metrics import METRICS, probe_of
from perfconsole.scenario.json_paths import jmespath_fault
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.step_tree import Keys, as_map
from perfconsole.texts import say

_PROBE: TypeAdapter[Probe] = TypeAdapter(Probe)


def probe_complaints(scenario: Keys) -> Iterator[Complaint]:
    for server, keys in as_map(scenario.get("servers")).items():
        probes = as_map(as_map(keys).get("probes"))
        for name, probe in probes.items():
            yield from _probe(str(name), as_map(probe), ("servers", server, "probes", name))
        thresholds = as_map(as_map(keys).get("thresholds"))
        yield from _limits(thresholds, probes, ("servers", server, "thresholds"))


def _probe(name: str, probe: Keys, path: KeyPath) -> Iterator[Complaint]:
    if name in METRICS and "use" not in probe:
        yield Complaint(path, say(
            "{where}: a metric of every server has this name; give the probe another one",
            where=where(path),
        ))  # fmt: skip
    json = as_map(probe.get("parse")).get("json")
    if isinstance(json, str) and json and (reason := jmespath_fault(json)):
        place = (*path, "parse", "json")
        yield Complaint(place, f"{where(place)}: {reason}")


def _limits(limits: Keys, probes: Keys, path: KeyPath) -> Iterator[Complaint]:
    """Of metrics that their probe does not measure; whether it is there is told elsewhere."""
    for metric in limits:
        probe = probe_of(str(metric))
        known = _measured(probe, probes[probe]) if probe in probes else None
        if known is not None and str(metric).partition(":")[0] not in known:
            place = (*path, metric)
            yield Complaint(place, say(
                '{where}: the probe does not measure "{metric}"; {hint}', where=where(place),
                metric=metric, hint=hint(str(metric), sorted(known), say("metrics")),
            ))  # fmt: skip


def _measured(name: str, probe: Any) -> set[str] | None:
    """None where it cannot be told."""
    try:
        metrics = metrics_of(name, _PROBE.validate_python(probe))
    except ValidationError:
        return None
    return None if metrics is None else set(metrics)


def no_such_use(path: KeyPath, use: str) -> str:
    return say('{where}: there is no ready probe "{use}"; {hint}', where=where(path),
               use=use[:80], hint=hint(use, READY, say("ready probes")))  # fmt: skip
