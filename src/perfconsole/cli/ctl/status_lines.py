"""What ``ctl status`` prints: the run, its load if it has one, servers, alarms and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.cells import cell_len

from perfconsole.metrics.figures import milliseconds
from perfconsole.metrics.words import metric_figure, metric_words
from perfconsole.model.duration import short
from perfconsole.model.rate import rate_text
from perfconsole.report.ink import Ink
from perfconsole.texts import say

NAME = 20
"""Cells of a name."""
_CPU, _MEMORY, _DISK = "cpu_percent", "memory_percent", "disk_percent:"


def status_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Of the answer to ``GET /v1/status``."""
    ink = Ink(colour=False)
    time = short(round(found["elapsed_s"]))
    yield say("{run} {state} for {time}", run=found["run"], state=found["state"], time=time)
    if found["groups"]:
        yield ink.words(_load(found))
    for name, metrics in found["servers"].items():
        yield ink.words(f"  {_column(name)} {_server(metrics)}")
    for alarm in found["alarms"].values():
        yield ink.words(say("  alarm: {text}", text=alarm["text"]))
    if found["saturated"]:
        why = found["saturated_why"]
        yield ink.words(say("  the load generator is the bottleneck: {why}", why=why))
    for name, group in found["groups"].items():
        vus = f"{group['vus']}/{group['target_vus']}"
        yield ink.words(f"  {_column(name)} {group['state']:<10} {vus}{_arrivals(group)}")


def _column(name: str) -> str:
    """Twenty cells or more: a Chinese name is two a character wide."""
    return name + " " * (NAME - cell_len(name))


def _load(found: Mapping[str, Any]) -> str:
    return say(
        "  VUs {vus}/{target}  TPS {tps:g}  errors {errors:g}/s  p95 {p95}",
        vus=found["vus"],
        target=found["target_vus"],
        tps=found["tps"],
        errors=found["errors_per_s"],
        p95=milliseconds(found["p95_ms"]),
    )


def _server(metrics: Mapping[str, float | None]) -> str:
    """Its CPU, its memory and its fullest disk as they are now."""
    known = {name: value for name, value in metrics.items() if value is not None}
    disks = [name for name in known if name.startswith(_DISK)]
    shown = [_CPU, _MEMORY, *sorted(disks, key=known.__getitem__)[-1:]]
    figures = [
        f"{metric_words(name)} {metric_figure(name, known.get(name))}"
        for name in shown
        if name in metrics
    ]
    return "  ".join(figures) if known else say("unknown")


def _arrivals(group: Mapping[str, Any]) -> str:
    """Of an open model."""
    if "rate" not in group:
        return ""
    return say(
        "  {offered}/s offered of {rate}, {waiting:,} waiting, {dropped:,} dropped",
        offered=group["offered_per_s"],
        rate=rate_text(group["rate"]),
        waiting=group["waiting"],
        dropped=group["dropped"],
    )
