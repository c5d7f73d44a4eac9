"""The knee: from which load on throughput no longer follows the VUs, while the load rises.

Closed model with think time: below saturation throughput grows with the VUs; above it the VUs that
come only wait. Three things must be so, in two slices of `SLICE_S` seconds one after the other,
before it is believed:

- passed TPS have grown by less than `FLAT` of what the VUs have, and no noise explains it;
- half of the VUs that came are in transactions: by Little's law these are the sum of the times of
  all transactions finished in a second. Without this, VUs that are just thinking for the first
  time, or wait at a rendezvous, would look like a knee;
- p95 has grown.

Only groups whose VUs have grown are looked at, together: what others do says nothing about them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from perfconsole.metrics.columns import by_group
from perfconsole.metrics.totals import Accumulator
from perfconsole.model.wire import TransactionCounts

SLICE_S = 5
LONGEST_S = 30
"""A load is remembered with the figures of at most about so many seconds."""
LEVELS = 40
"""Loads remembered of a rise."""
SAME = 0.05
"""Loads that differ by less are one."""
RISEN = 1.25
"""How many times the VUs must be, for throughput to tell anything."""
RISEN_VUS = 5
FALLEN = 0.8
"""VUs that have come down to this part of the most they were end a rise."""
FLAT = 0.2
AS_MUCH = 0.95
"""The first load with this part of the throughput is where the knee is."""
BUSY = 0.5
SLOWER = 1.1
SIGMAS = 4.0
ENOUGH = 50
"""Transactions without which a load tells nothing."""


@dataclass(frozen=True, slots=True)
class GroupSecond:
    """One group in one second."""

    vus: int
    """At work."""
    passed: int


@dataclass(frozen=True, slots=True)
class Knee:
    groups: tuple[str, ...]
    """Those whose VUs rise; figures are of them together."""
    vus: float
    """From which on."""
    tps: float
    """Now."""
    p95_ms: tuple[float, float]
    """Then and now."""


@dataclass(slots=True)
class _Sums:
    vus: float = 0.0
    passed: float = 0.0
    passed_sq: float = 0.0

    def add(self, vus: float, passed: float, passed_sq: float) -> None:
        self.vus += vus
        self.passed += passed
        self.passed_sq += passed_sq


@dataclass(slots=True)
class _Level:
    """Seconds under about the same load."""

    seconds: int = 0
    groups: dict[str, _Sums] = field(default_factory=dict)
    rows: list[TransactionCounts] = field(default_factory=list)
    """One for each group."""

    def add(self, groups: Mapping[str, GroupSecond], rows: Sequence[TransactionCounts]) -> None:
        self.seconds += 1
        for name, each in groups.items():
            sums = self.groups.setdefault(name, _Sums())
            sums.add(each.vus, each.passed, each.passed**2)
        self.rows = by_group([*self.rows, *rows])

    def merge(self, other: _Level) -> None:
        self.seconds += other.seconds
        for name, each in other.groups.items():
            sums = self.groups.setdefault(name, _Sums())
            sums.add(each.vus, each.passed, each.passed_sq)
        self.rows = by_group([*self.rows, *other.rows])

    def vus(self, group: str) -> float:
        return self.groups[group].vus / self.seconds if group in self.groups else 0.0

    def like(self, other: _Level) -> bool:
        return all(
            abs(self.vus(name) - other.vus(name)) <= max(1.0, SAME * self.vus(name))
            for name in {*self.groups, *other.groups}
        )

    def of(self, groups: Sequence[str]) -> _Figures:
        sums = Accumulator()
        for row in self.rows:
            if row.group in groups:
                sums.add(row)
        return _Figures(
            vus=sum(self.vus(name) for name in groups),
            count=sum(self.groups[name].passed for name in groups if name in self.groups),
            tps=sum(self._tps(name) for name in groups),
            variance=sum(self._variance(name) for name in groups),
            busy=(sums.sum_us + sums.failed_sum_us) / 1e6 / self.seconds,
            p95_ms=sums.times().p95_ms or 0.0,
        )

    def _tps(self, group: str) -> float:
        return self.groups[group].passed / self.seconds if group in self.groups else 0.0

    def _variance(self, group: str) -> float:
        """Of the mean; never less than if arrivals were independent of each other."""
        if group not in self.groups:
            return 0.0
        mean = self._tps(group)
        spread = self.groups[group].passed_sq / self.seconds - mean * mean
        return max(spread, mean) / self.seconds


@dataclass(frozen=True, slots=True)
class _Figures:
    vus: float
    count: float
    tps: float
    variance: float
    busy: float
    """VUs in transactions."""
    p95_ms: float


class KneeWatch:
    """Told once in each rise."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """What was before says nothing about what comes: think times have changed, or a pause was
        between."""
        self._levels: list[_Level] = []
        self._slice = _Level()
        self._most: dict[str, int] = {}
        self._suspected = False
        self._told = False

    def take(
        self, groups: Mapping[str, GroupSecond], rows: Sequence[TransactionCounts]
    ) -> Knee | None:
        """A second of the closed groups, with their transactions; the knee, when this one shows
        it."""
        if any(each.vus <= FALLEN * self._most.get(name, 0) - 1 for name, each in groups.items()):
            self.reset()
        for name, each in groups.items():
            self._most[name] = max(self._most.get(name, 0), each.vus)
        if self._told:
            return None
        self._slice.add(groups, rows)
        if self._slice.seconds < SLICE_S:
            return None
        done, self._slice = self._slice, _Level()
        knee = next(filter(None, (self._between(level, done) for level in self._levels)), None)
        sure = knee is not None and self._suspected
        self._suspected, self._told = knee is not None, sure
        self._remember(done)
        return knee if sure else None

    def _between(self, before: _Level, now: _Level) -> Knee | None:
        """The knee, if throughput has not followed the VUs from one load to the other."""
        risen = tuple(
            name for name in now.groups if now.vus(name) >= max(1.1 * before.vus(name), 1.0)
        )
        if not risen or sum(now.vus(name) for name in risen) < RISEN_VUS:
            return None
        then, here = before.of(risen), now.of(risen)
        if not _stuck(then, here):
            return None
        same = (level.of(risen) for level in self._levels)
        first = next((each for each in same if each.tps >= AS_MUCH * here.tps), then)
        return Knee(risen, first.vus, here.tps, (first.p95_ms, here.p95_ms))

    def _remember(self, level: _Level) -> None:
        last = self._levels[-1] if self._levels else None
        if last is None or not last.like(level):
            self._levels.append(level)
            del self._levels[:-LEVELS]
        elif last.seconds < LONGEST_S:
            last.merge(level)
        else:
            self._levels[-1] = level


def _stuck(then: _Figures, here: _Figures) -> bool:
    more = here.vus - then.vus
    if more < RISEN_VUS or here.vus < RISEN * then.vus or then.count < ENOUGH:
        return False
    growth, gain = more / then.vus, here.tps / then.tps - 1
    half = 1 + growth / 2
    noise = SIGMAS * math.sqrt(then.variance * half**2 + here.variance)
    if gain >= FLAT * growth or here.tps + noise >= then.tps * half:
        return False
    return here.busy - then.busy >= BUSY * more and here.p95_ms >= SLOWER * then.p95_ms


class BehindWatch:
    """An open group whose VUs do not begin the arrivals that are due, while its rate rises: told
    once, until the rate has come down."""

    WINDOW_S = 10
    SURE_S = 5
    BEGUN = 0.9
    """Part of the arrivals due that must be begun."""

    def __init__(self) -> None:
        self._last: list[tuple[int, int]] = []
        """Due and offered, second by second."""
        self._behind: list[float] = []
        """Rates of the seconds in a row in which it was behind."""
        self._told_at: float | None = None

    def take(self, rate: float, due: int, offered: int, waiting: int) -> float | None:
        """A second; the rate since which it is behind, when this one shows it."""
        if self._told_at is not None and rate <= FALLEN * self._told_at:
            self._told_at = None
            self._last.clear()
        self._last = [*self._last[1 - self.WINDOW_S :], (due, offered)]
        all_due, begun = (sum(column) for column in zip(*self._last, strict=True))
        behind = (
            all_due >= ENOUGH
            and begun < self.BEGUN * all_due
            and waiting * len(self._last) >= all_due
        )
        self._behind = [*self._behind[-self.SURE_S :], rate] if behind else []
        if self._told_at is not None or len(self._behind) < self.SURE_S:
            return None
        self._told_at = max(self._behind)
        return self._behind[0]
