"""Of what only rises: by how much a second, between two readings."""

from __future__ import annotations

from collections.abc import Mapping


class CounterRates:
    def __init__(self) -> None:
        self._before: dict[str, tuple[float, float]] = {}

    def rates(self, at: float, counters: Mapping[str, float]) -> dict[str, float]:
        """By name; `at` is monotonic seconds. None for the first reading of a counter, and none
        where it fell: it began anew, and nobody knows how far it had come before."""
        found = {}
        for name, value in counters.items():
            before_at, before = self._before.get(name, (at, value))
            if at > before_at and value >= before:
                found[name] = (value - before) / (at - before_at)
            self._before[name] = (at, value)
        return found
