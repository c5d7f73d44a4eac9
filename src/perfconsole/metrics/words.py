"""Server metrics and the phases of requests in a person's words."""

from __future__ import annotations

from perfconsole.model.phase import Phase
from perfconsole.texts import say

_WORDS = {
    "cpu_percent": "CPU",
    "memory_percent": "memory",
    "disk_percent": "disk",
    "load_1m": "load",
    "net_rx_bytes_s": "network in",
    "net_tx_bytes_s": "network out",
}
_PHASES = {
    Phase.DNS: "name lookup",
    Phase.CONNECT: "connecting",
    Phase.TLS: "TLS handshake",
    Phase.SEND: "sending",
    Phase.WAIT: "waiting for the first byte",
    Phase.RECEIVE: "receiving",
}


def metric_words(metric: str) -> str:
    """``disk_percent:/data`` as ``disk /data``."""
    kind, _, place = metric.partition(":")
    return " ".join(filter(None, (say(_WORDS.get(kind, kind)), place)))


def metric_order(metric: str) -> tuple[int, str]:
    """Key to list metrics by: CPU, memory, disks, load, network, then what else there is."""
    known = list(_WORDS)
    kind = metric.partition(":")[0]
    return (known.index(kind) if kind in known else len(known)), metric


def metric_unit(metric: str) -> str:
    """With its leading space, to stand behind a number."""
    if metric.startswith("load"):
        return ""
    return " B/s" if metric.endswith("bytes_s") else " %"


def phase_words(phase: Phase) -> str:
    """What is done in a phase: ``waiting for the first byte``."""
    return say(_PHASES[phase])
