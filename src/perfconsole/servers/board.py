"""The newest values of what is asked seldom, or not over a server's connection at all."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class _Reading:
    value: float
    until: float
    """Monotonic seconds; older than that it is unknown."""
    taken: bool = False
    """It was in a sample already."""


class Board:
    """Of one server: threads put metrics on it, the sampler takes them into its samples."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[str, _Reading] = {}
        self.links: Mapping[str, float] = {}
        """Mbit/s by network interface, as known last; those that are unknown are not in it."""

    def put(self, metrics: Mapping[str, float], until: float) -> None:
        """`metrics` count until then (monotonic seconds), or until they are put anew."""
        with self._lock:
            self._readings |= {name: _Reading(value, until) for name, value in metrics.items()}

    def take(self, now: float) -> tuple[dict[str, float], tuple[str, ...]]:
        """What is known at `now`, and which of it was taken before: the same readings again."""
        with self._lock:
            known = {
                name: reading for name, reading in self._readings.items() if now <= reading.until
            }
            self._readings = {name: replace(reading, taken=True) for name, reading in known.items()}
        held = tuple(name for name, reading in known.items() if reading.taken)
        return {name: reading.value for name, reading in known.items()}, held
