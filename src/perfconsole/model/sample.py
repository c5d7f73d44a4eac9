"""What one server said of itself at one moment."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

LARGEST = 1e100
"""What is further from 0 is no measurement, and cannot be reckoned with: its square is infinite."""
MOST_NAME = 300
"""Characters."""
_WHOLE = 2.0**53
"""Up to here each whole number is a float, and no wire format has trouble with it."""


def told(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics as they are told and kept: five digits, and whole ones in full. What is beyond is
    noise, and weighs as much as the rest. What is no number is unknown."""
    return {told_name(name): _told(value) for name, value in metrics.items() if is_told(value)}


def is_told(value: float) -> bool:
    """False of what is no number, and of what no one measures."""
    return abs(value) <= LARGEST


def told_name(name: str) -> str:
    """Of a metric: mount points and the like in it are the server's own words, and hold what they
    please. What no terminal may get, and what is no text at all, is a question mark; the end of
    what is too long is cut off."""
    if len(name) > MOST_NAME:
        name = f"{name[: MOST_NAME - 1]}…"
    return name if name.isprintable() else "".join(c if c.isprintable() else "?" for c in name)


def _told(value: float) -> float:
    """A whole number as an int: it is short in the journal and on the API."""
    if abs(value) >= _WHOLE:
        return float(f"{value:.5g}")
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
