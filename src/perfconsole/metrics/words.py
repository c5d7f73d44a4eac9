"""Server metrics and the phases of requests in a person's words."""

from __future__ import annotations

from perfconsole.metrics.figures import UNKNOWN, byte_size, three_digits
from perfconsole.metrics.ready_words import WORDS as READY
from perfconsole.model.phase import Phase
from perfconsole.model.server_metrics import METRICS, kind_of, probe_of
from perfconsole.texts import say

_UNITS = {
    "_percent": " %", "_bytes_s": " B/s", "_bytes": " B", "_ms_s": " ms/s", "_ms": " ms",
    "_seconds": " s", "_s": "/s", "_iops": "/s",
}  # fmt: skip
"""By how the name of a metric ends."""
BYTES = frozenset({" B", " B/s"})
"""The units that are told with a scale."""
_PHASES = {
    Phase.DNS: "name lookup",
    Phase.CONNECT: "connecting",
    Phase.TLS: "TLS handshake",
    Phase.SEND: "sending",
    Phase.WAIT: "waiting for the first byte",
    Phase.RECEIVE: "receiving",
}


def metric_words(metric: str) -> str:
    """``disk_percent:/data`` as ``disk /data``, ``disk_await_ms:sda`` as ``disk await sda``; of a
    ready probe ``orders_db.longest_query_seconds`` as ``orders_db longest query``."""
    kind, _, place = metric.partition(":")
    probe = probe_of(metric) or ""
    words = READY.get(kind.removeprefix(f"{probe}.")) if probe else METRICS.get(kind)
    named = (probe, say(words)) if words else (kind,)
    return " ".join(filter(None, (*named, place)))


def metric_order(metric: str) -> tuple[int, str]:
    """Key to list metrics by: CPU, memory, disks, load, network, then what explains them."""
    known = list(METRICS)
    kind = kind_of(metric)
    return (known.index(kind) if kind in known else len(known)), metric


def metric_unit(metric: str, unit: str | None = None) -> str:
    """With its leading space, to stand behind a number; `unit` is the metric's own, when its name
    does not tell."""
    if unit is not None:
        return unit if not unit or unit.startswith("/") else f" {unit}"
    kind = kind_of(metric)
    return next((unit for ending, unit in _UNITS.items() if kind.endswith(ending)), "")


def metric_figure(metric: str, value: float | None, unit: str | None = None) -> str:
    """``74.2 %``, ``3.1 MB/s``, ``1.2 GB``, ``8.5 ms``; ``–`` for what is unknown."""
    if value is None:
        return UNKNOWN
    shown = metric_unit(metric, unit)
    if shown in BYTES:
        return byte_size(value) + shown.removeprefix(" B")
    return three_digits(value) + shown


def phase_words(phase: Phase) -> str:
    """What is done in a phase: ``waiting for the first byte``."""
    return say(_PHASES[phase])
