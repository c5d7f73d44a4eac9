"""What grows while the load stays the same: looked at a little each second, told on a change."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from perfconsole.controller.record import Record
from perfconsole.metrics.growth_words import no_growth_words
from perfconsole.metrics.soak import Subject, is_told, subjects, trend_of
from perfconsole.metrics.steady_time import SteadyTime, steady_time
from perfconsole.model import event as ev
from perfconsole.model.trend import Trend

ROUND_S = 60.0
"""Each subject is looked at once in so long, or more seldom where there are very many."""
TURN_S = 0.004
"""What looking may take of each second."""
MUCH_BETTER = 4.0
"""Times narrower is an interval that is worth telling again."""
LOOKS = 3
"""In a row that must say the same before it is told: a growth at the edge of its interval comes and
goes."""


class _Kind(NamedTuple):
    """What makes it another statement."""

    grows: bool = False
    steadily: bool = False
    to_its_limit: bool = False
    lasts: bool = False
    """It comes there if all goes on so; else it would have."""


_NO_GROWTH = _Kind()


@dataclass(slots=True)
class _Known:
    told: Trend | None = None
    kind: _Kind = _NO_GROWTH
    """Of what was told."""
    loud: bool = False
    """It was told as what somebody should look at."""
    other: int = 0
    """Looks in a row that said something else."""


class Soaks:
    """`clock` is what a turn is timed by."""

    def __init__(self, record: Record, clock: Callable[[], float] = time.perf_counter) -> None:
        self._record = record
        self._clock = clock
        self._known: dict[Subject, _Known] = {}
        self._waiting: deque[Subject] = deque()
        self._round_at_s = 0.0
        self._turn_at_s = 0.0

    def beat(self, now_s: float) -> None:
        """To be called every now and then, with monotonic seconds."""
        if now_s < self._turn_at_s:
            return
        self._turn_at_s = now_s + 1.0
        view = self._record.view
        if not self._waiting and now_s >= self._round_at_s and steady_time(view) is not None:
            self._round_at_s = now_s + ROUND_S
            self._waiting.extend(subjects(view))
        steady = steady_time(view) if self._waiting else None
        if steady is None:
            return
        until = self._clock() + TURN_S
        while self._waiting:
            self._look(self._waiting.popleft(), steady)
            if self._clock() >= until:
                return

    def _look(self, subject: Subject, steady: SteadyTime) -> None:
        trend = trend_of(self._record.view, subject, steady)
        kind = _kind(trend, steady)
        known = self._known.setdefault(subject, _Known())
        if kind == known.kind:
            known.other = 0
            if trend is not None and known.told is not None and _outdated(known.told, trend):
                self._tell(subject, known, trend, kind)
            return
        known.other += 1
        if known.other >= LOOKS:
            self._tell(subject, known, trend, kind)

    def _tell(self, subject: Subject, known: _Known, trend: Trend | None, kind: _Kind) -> None:
        was_loud = known.loud
        known.told, known.kind, known.other = trend, kind, 0
        known.loud = trend is not None and trend.steady and is_told(self._record.view, subject)
        self._record.add(
            ev.Grew,
            server=subject.server,
            metric=subject.metric,
            text=no_growth_words(*subject) if trend is None else trend.text,
            trend=trend,
            loud=known.loud or was_loud,
        )


def _kind(trend: Trend | None, steady: SteadyTime) -> _Kind:
    if trend is None:
        return _NO_GROWTH
    reaches = trend.reaches_limit_s is not None
    return _Kind(True, trend.steady, reaches, reaches and steady.lasts)


def _outdated(told: Trend, trend: Trend) -> bool:
    """What was told is not what would be told now: the pace is outside its interval, or known much
    better, or its end comes outside the time that was told."""
    width = told.high_per_h - told.low_per_h
    if not told.low_per_h <= trend.per_h <= told.high_per_h:
        return True
    if trend.high_per_h - trend.low_per_h < width / MUCH_BETTER:
        return True
    if told.reaches_limit_s is None or trend.reaches_limit_s is None:
        return False
    (first, last), (now_first, now_last) = told.reaches_limit_s, trend.reaches_limit_s
    return now_last < first or last < now_first
