"""When a client metric counts as past the limit of its objective, with hysteresis.

It is fed with values over the last seconds, one a second. One that dances around its limit is past
it once and comes back once, and not at each step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from perfconsole.model.objective_spec import ObjectiveSpec

CROSSING_S = 3
"""Seconds in a row past the limit that make a crossing."""
RETURNING_S = 5
"""Seconds in a row clearly within it that end one."""
MARGIN = 0.05
"""Part of the limit by which a value must be within it to be clearly so; of a pass rate, the part
of what the limit leaves to fail."""


def objective_key(spec: ObjectiveSpec) -> str:
    """``p95_ms``, ``pass_rate of login``; limits on the unusual side say so: ``tps max``."""
    usual = "max" if spec.metric.endswith("_ms") else "min"
    side = "min" if spec.min is not None else "max"
    key = spec.metric if side == usual or spec.metric == "server" else f"{spec.metric} {side}"
    return f"{key} of {spec.of}" if spec.of else key


@dataclass(slots=True)
class CrossingRule:
    """Fold of one objective's values. A least rate counts from when it was first reached: a load
    that only begins is no alarm."""

    spec: ObjectiveSpec
    crossed: bool = False
    since: int = 0
    """The first second of the present state."""
    _run: int = 0
    """Seconds in a row that speak for a change."""
    _armed: bool = False

    def __post_init__(self) -> None:
        a_rate = self.spec.metric in ("tps", "hits_per_s", "throughput_bytes_s")
        self._armed = not (a_rate and self.spec.min is not None)

    def add(self, second: int, value: float) -> bool:
        """The value as of a second; True when the state changed with it."""
        past, within = self._sides()
        if not self._armed:
            self._armed = not past(value)
            return False
        speaks, needed = (within, RETURNING_S) if self.crossed else (past, CROSSING_S)
        self._run = self._run + 1 if speaks(value) else 0
        if self._run < needed:
            return False
        self.crossed, self.since, self._run = not self.crossed, second - needed + 1, 0
        return True

    def _sides(self) -> tuple[Callable[[float], bool], Callable[[float], bool]]:
        """Whether a value is past the limit, and whether it is clearly within it."""
        if self.spec.min is not None:
            least = self.spec.min
            room = 100 - least if self.spec.metric == "pass_rate" else abs(least)
            return (lambda value: value < least), (lambda value: value >= least + MARGIN * room)
        most = self.spec.max or 0.0
        return (lambda value: value > most), (lambda value: value <= most - MARGIN * abs(most))
