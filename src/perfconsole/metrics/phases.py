"""Where the time of requests goes: their phases added up, and the requests of each name.

Phases are of all requests together, with a histogram each; by name there are only sums, so that
hundreds of names stay cheap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from perfconsole.metrics.histogram import Histogram
from perfconsole.model.phase import Phase
from perfconsole.model.tick import PhaseTick
from perfconsole.model.wire import PhaseCounts, RequestCounts

_NO_TIME = (0.0,) * len(Phase)


@dataclass(slots=True)
class PhaseSums:
    """One phase of the requests that had it and were answered."""

    count: int = 0
    sum_us: float = 0.0
    max_us: float = 0.0
    histogram: Histogram = field(default_factory=Histogram)

    def add(self, row: PhaseCounts) -> None:
        self.count += row.count
        self.sum_us += row.sum_us
        self.max_us = max(self.max_us, row.max_us)
        self.histogram.add_sparse(row.buckets, row.counts)

    def counts(self, phase: Phase) -> PhaseCounts:
        """As it travels and is kept; `add` takes it back."""
        return PhaseCounts(phase, self.count, self.sum_us, self.max_us, *self.histogram.to_sparse())

    @property
    def mean_ms(self) -> float:
        return self.sum_us / self.count / 1000 if self.count else 0.0

    @property
    def max_ms(self) -> float:
        return self.max_us / 1000

    def percentiles_ms(self, qs: tuple[float, ...]) -> tuple[float, ...]:
        """Nearest rank, within 1 % and never above the maximum; 0 when empty."""
        found = self.histogram.percentiles_us(qs)
        return tuple(min(us or 0.0, self.max_us) / 1000 for us in found)

    def tick(self, phase: Phase) -> PhaseTick:
        (p95_ms,) = self.percentiles_ms((95,))
        return PhaseTick(
            phase, self.count, round(self.mean_ms, 3), round(p95_ms, 3), round(self.max_ms, 3)
        )


@dataclass(slots=True)
class NamedSums:
    """The requests of one name."""

    count: int = 0
    failed: int = 0
    opened: int = 0
    answered: int = 0
    phases_us: tuple[float, ...] = _NO_TIME
    """Sums over those answered, one for each of `Phase` in its order."""

    def add(self, row: RequestCounts) -> None:
        self.count += row.count
        self.failed += row.failed
        self.opened += row.opened
        self.answered += row.answered
        both = zip(self.phases_us, row.phases_us, strict=True)
        self.phases_us = tuple(ours + theirs for ours, theirs in both)

    def counts(self, group: str, name: str) -> RequestCounts:
        return RequestCounts(
            group, name, self.count, self.failed, self.opened, self.phases_us, self.answered
        )

    @property
    def phases_ms(self) -> dict[str, float]:
        """Means over those answered; empty when none was."""
        if not self.answered:
            return {}
        pairs = zip(Phase, self.phases_us, strict=True)
        return {phase.value: us / self.answered / 1000 for phase, us in pairs}


@dataclass(slots=True)
class RequestTotals:
    """The phases, and the requests by group and name, of any stretch of a run."""

    phases: dict[Phase, PhaseSums] = field(default_factory=dict)
    requests: dict[tuple[str, str], NamedSums] = field(default_factory=dict)

    def add(self, phases: Iterable[PhaseCounts], requests: Iterable[RequestCounts]) -> None:
        for phase in phases:
            if phase.phase not in self.phases:
                self.phases[phase.phase] = PhaseSums()
            self.phases[phase.phase].add(phase)
        for row in requests:
            self.requests.setdefault((row.group, row.name), NamedSums()).add(row)

    def merge(self, other: RequestTotals) -> None:
        self.add(other.phase_rows(), other.request_rows())

    def phase_rows(self) -> list[PhaseCounts]:
        """In the order of the phases."""
        return [self.phases[phase].counts(phase) for phase in Phase if phase in self.phases]

    def request_rows(self) -> list[RequestCounts]:
        return [sums.counts(group, name) for (group, name), sums in self.requests.items()]

    def ticks(self) -> tuple[PhaseTick, ...]:
        """Of the phases that some request had, in their order."""
        some = ((phase, self.phases.get(phase)) for phase in Phase)
        return tuple(sums.tick(phase) for phase, sums in some if sums and sums.count)

    def by_name(self) -> dict[str, NamedSums]:
        """The groups put together."""
        named: dict[str, NamedSums] = {}
        for (group, name), sums in self.requests.items():
            named.setdefault(name, NamedSums()).add(sums.counts(group, name))
        return named
