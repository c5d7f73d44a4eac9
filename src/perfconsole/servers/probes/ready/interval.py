"""What counters did between two answers, for shares and means of that time alone. Pure.

A mean since a service started moves too little to show what the load of this minute does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping


class Interval:
    """Made for one service; remembers its counters as they were in the answer before."""

    def __init__(self) -> None:
        self._before: Mapping[str, float] = {}

    def steps(self, now: Mapping[str, float]) -> dict[str, float]:
        """How far each has risen. One that fell or is new is left out: the service began anew."""
        before, self._before = self._before, dict(now)
        return {
            name: value - before[name]
            for name, value in now.items()
            if value >= before.get(name, math.inf)
        }


def ratio(
    name: str, steps: Mapping[str, float], part: str, whole: str, scale: float = 1.0
) -> Iterator[tuple[str, float]]:
    """`scale` times part / whole under `name`; nothing where either is unknown or nothing was."""
    if part in steps and steps.get(whole, 0.0) > 0:
        yield name, scale * steps[part] / steps[whole]


def hit_percent(
    name: str, steps: Mapping[str, float], hits: str, misses: str
) -> Iterator[tuple[str, float]]:
    """Percent of the lookups that found what they looked for; nothing where there were none."""
    if hits in steps and misses in steps and (looked := steps[hits] + steps[misses]) > 0:
        yield name, 100.0 * steps[hits] / looked
