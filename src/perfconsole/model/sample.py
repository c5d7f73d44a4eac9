"""What one server said of itself at one moment."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec


def told(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics as they are told and kept: five digits, and whole ones in full. What is beyond is
    noise, and weighs as much as the rest. What is no number is unknown."""
    return {name: _told(value) for name, value in metrics.items() if math.isfinite(value)}


def _told(value: float) -> float:
    """A whole number as an int: it is short in the journal and on the API."""
    short = round(value) if abs(value) >= 10_000 else float(f"{value:.5g}")
    return int(short) if short == int(short) else short


class ServerSample(msgspec.Struct, frozen=True):
    """`metrics` holds only what is known; a missing metric is unknown, never 0.

    Names: ``cpu_percent``, ``memory_percent``, ``disk_percent:/`` (one per mount point),
    ``load_1m``, ``net_rx_bytes_s``, ``net_tx_bytes_s``; of probes ``PROBE`` and
    ``PROBE.METRIC``.
    """

    server: str
    ok: bool
    """False when the server gave no answer in time."""
    metrics: dict[str, float]
    detail: str = ""
    """With not ok: why, one line for a person."""
    interval_s: float = 2.0
    """How often a sample is expected."""
    held: tuple[str, ...] = ()
    """Metrics that are measured more seldom and repeat their last reading here."""
