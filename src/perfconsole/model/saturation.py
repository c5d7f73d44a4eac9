"""When the load generator counts as the bottleneck: its own limits, k of n seconds, hysteresis.

What a saturated generator measures is in part its own waiting. One second over a limit is a
hiccup; two of the last three are a state, and are told within three seconds of their beginning.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LAG_LIMIT_MS = 10.0
"""Of an injector's event loop, 99th percentile over a second."""
LAG_CALM_MS = 8.0
CPU_LIMIT = 85.0
"""Percent of the one core that an injector can use."""
CPU_CALM = 80.0
MACHINE_LIMIT = 95.0
"""Percent of all cores. Alone it is no bottleneck, for the target may be on this machine:
injectors must be late as well, now this one and now that one."""
SILENT_S = 2.5
"""An injector that has not ticked for so long is late by more than a second."""
PAUSE_LIMIT_MS = 10.0
"""A pause of the garbage collector that is worth a word."""

OVER, OF = 2, 3
"""So many seconds over a limit of the last so many."""
CALM = 3
"""So many calm seconds on end clear it."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What one second of an injector, or of the machine, says about its fitness."""

    over: bool
    """Past a limit."""
    calm: bool
    """Clearly under all of them."""


def injector_vitals(cpu_percent: float, lag_p99_ms: float) -> Vitals:
    """`cpu_percent` of one core."""
    return Vitals(
        over=cpu_percent > CPU_LIMIT or lag_p99_ms > LAG_LIMIT_MS,
        calm=cpu_percent <= CPU_CALM and lag_p99_ms <= LAG_CALM_MS,
    )


def machine_vitals(cpu_percent: float, worst_lag_ms: float) -> Vitals:
    """`cpu_percent` of all cores; the largest loop lag among injectors that are not the bottleneck
    themselves."""
    over = cpu_percent > MACHINE_LIMIT and worst_lag_ms > LAG_LIMIT_MS
    return Vitals(over=over, calm=not over)


@dataclass(slots=True)
class SaturationRule:
    """Fold of one injector's seconds, or of the machine's."""

    on: bool = False
    since: int = 0
    """Run second with which the present state began: the first one over, or the first calm one."""
    _window: deque[tuple[int, bool]] = field(default_factory=lambda: deque(maxlen=OF))
    _calm: list[int] = field(default_factory=list)

    def add(self, second: int, vitals: Vitals) -> bool:
        """Take the next second; True when the state changed with it."""
        self._window.append((second, vitals.over))
        self._calm = [*self._calm, second] if vitals.calm else []
        if self.on:
            return self._clear()
        over = [at for at, is_over in self._window if is_over]
        return self._set(over[0]) if len(over) >= OVER else False

    def fell_silent(self, second: int) -> bool:
        """Nothing was heard since `second`, for longer than any limit; True when that is new."""
        return False if self.on else self._set(second)

    def _set(self, since: int) -> bool:
        self.on, self.since, self._calm = True, since, []
        return True

    def _clear(self) -> bool:
        if len(self._calm) < CALM:
            return False
        self.on, self.since = False, self._calm[0]
        self._window.clear()
        return True


@dataclass(slots=True)
class SocketRule:
    """Whether an injector is about to run out of sockets: a tenth of what it had is left."""

    low: bool = False
    _most: int = 0

    def add(self, left: int) -> bool:
        """How many more it may open; True when it became few, or many again, with this."""
        self._most = max(self._most, left)
        now = left <= self._most // (5 if self.low else 10)
        changed, self.low = now is not self.low, now
        return changed
