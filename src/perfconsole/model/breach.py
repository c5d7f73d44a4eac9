"""When a server metric counts as over its limit: 9 of the last 12 samples, with hysteresis.

At a mean of 70 with deviation 6 and limit 75, one sample alone would raise 33 false alarms an
hour; this rule raises 1.5.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from perfconsole.model.limit_traits import is_beyond

CLEARING_SAMPLES = 3
CLEARING_POINTS = 5.0
"""By which a percentage must come back behind its limit to be cleared; at most half of what there
is between the limit and the end of the scale."""
CLEARING_SHARE = 0.1
"""Part of the limit that any other metric must come back by: a load, a time, a count."""


@dataclass(slots=True)
class BreachRule:
    """Fold of one metric's samples on one server, against its limit and with its own hysteresis.

    With fewer samples than `of`, three quarters of at least three make a breach (more, if the rule
    itself wants a greater share).
    """

    limit: float
    over: int = 9
    of: int = 12
    least: bool = False
    """Less is worse: samples are beyond when they are under the limit."""
    percent: bool = True
    """It is told in points, from 0 to 100."""
    breached: bool = False
    since: float | None = None
    """Time of the first sample of the present breach."""
    _window: deque[tuple[float, bool]] = field(default_factory=deque)
    _low: int = 0

    def add(self, at: float, value: float) -> bool:
        """Take one sample; True when the state of breach changed with it."""
        self._window.append((at, self._beyond(value)))
        while len(self._window) > self.of:
            self._window.popleft()
        clear_at = self._clear_at
        clear = value >= clear_at if self.least else value <= clear_at
        self._low = self._low + 1 if clear else 0
        return self._clear() if self.breached else self._breach()

    def change(self, limit: float, value: float | None) -> bool:
        """Another limit from the next sample on, when samples before it count no more; `value` is
        the last one. True when the breach, if there was one, is over with it."""
        self.limit, self._low = limit, 0
        self._window.clear()
        over = self.breached and value is not None and not self._beyond(value)
        self.breached = self.breached and not over
        return over

    def _beyond(self, value: float) -> bool:
        return is_beyond(value, self.limit, least=self.least)

    @property
    def _clear_at(self) -> float:
        if self.percent:
            room = 100 - self.limit if self.least else self.limit
            margin = min(CLEARING_POINTS, max(0.0, room) / 2)
        else:
            margin = CLEARING_SHARE * self.limit
        return self.limit + margin if self.least else self.limit - margin

    def _breach(self) -> bool:
        over = [at for at, is_over in self._window if is_over]
        if len(over) < self._needed():
            return False
        self.breached, self.since, self._low = True, over[0], 0
        return True

    def _clear(self) -> bool:
        if self._low < CLEARING_SAMPLES:
            return False
        self.breached = False
        # What made this breach must not make the next one; the number of samples stays.
        self._window = deque((at, False) for at, _ in self._window)
        return True

    def _needed(self) -> int:
        share = max(3 / 4, self.over / self.of)
        return min(self.over, max(3, math.ceil(len(self._window) * share)))
