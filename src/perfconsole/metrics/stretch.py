"""The figures of a stretch of a run, as second after second of it comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from perfconsole.metrics.columns import whole
from perfconsole.metrics.main_metrics import is_main
from perfconsole.metrics.totals import Accumulator
from perfconsole.model.plateau import Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.wire import TransactionCounts

MOST_METRICS = 600
"""Of all servers together; past it only the main ones are taken in."""


@dataclass(slots=True)
class _Measured:
    """One metric of one server."""

    samples: int = 0
    mean: float = 0.0
    peak: float = 0.0

    def add(self, value: float) -> None:
        self.peak = value if not self.samples else max(self.peak, value)
        self.samples += 1
        self.mean += (value - self.mean) / self.samples


@dataclass(slots=True)
class Stretch:
    """As large after a day as after a second."""

    from_s: int
    """Run second that it begins with."""
    seconds: int = 0
    requests: int = 0
    sums: Accumulator = field(default_factory=Accumulator)
    """Of all transactions; in an open model with response times."""
    servers: dict[str, _Measured] = field(default_factory=dict)
    """By server and metric, ``web1/cpu_percent``."""

    @property
    def until_s(self) -> int:
        return self.from_s + self.seconds

    def add(self, rows: Sequence[TransactionCounts], requests: int) -> None:
        """The next second: its transactions, and how many requests were finished in it."""
        if (row := whole(rows)) is not None:
            self.sums.add(row)
        self.requests += requests
        self.seconds += 1

    def sampled(self, sample: ServerSample) -> None:
        for metric, value in sample.metrics.items():
            name = f"{sample.server}/{metric}"
            if name in self.servers or len(self.servers) < MOST_METRICS or is_main(metric):
                self.servers.setdefault(name, _Measured()).add(value)

    def figures(
        self,
        number: int,
        vus: dict[str, int],
        rate: float | None,
        *,
        over: bool,
        ended_by: str = "",
    ) -> Plateau:
        """Of at least one second, under a load that was the same all the time."""
        sums = self.sums
        return Plateau(
            number=number,
            from_s=float(self.from_s),
            until_s=float(self.until_s),
            over=over,
            vus=vus,
            rate=rate,
            tps=sums.passed / self.seconds,
            failed_per_s=sums.failed / self.seconds,
            hits_per_s=self.requests / self.seconds,
            error_percent=100 * sums.failed / sums.completed if sums.completed else None,
            times=sums.times(),
            servers={name: (seen.mean, seen.peak) for name, seen in self.servers.items()},
            ended_by=ended_by,
        )
