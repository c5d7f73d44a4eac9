"""The figures of a stretch of a run slice by slice, to tell its noise from what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perfconsole.metrics.columns import whole
from perfconsole.metrics.totals import Accumulator
from perfconsole.model.sample import ServerSample
from perfconsole.model.wire import TransactionCounts

FIRST_WIDTH_S = 10
MOST = 30
"""Slices; when there are more, neighbours are put together and slices are twice as long."""


class Slices:
    """Of ``p50_ms``, ``p95_ms``, ``tps``, ``error_percent``, and of servers' metrics by names such
    as ``web1/cpu_percent``. As large after a day as after some minutes."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._width_s = FIRST_WIDTH_S
        self._sums = Accumulator()
        self._seconds = 0
        self._sampled: dict[str, list[float]] = {}

    @property
    def values(self) -> Mapping[str, Sequence[float]]:
        """Of whole slices. A slice in which something was not measured has no value of it."""
        return self._values

    def add(self, rows: Sequence[TransactionCounts]) -> None:
        """The next second: its transactions."""
        if (row := whole(rows)) is not None:
            self._sums.add(row)
        self._seconds += 1
        if self._seconds >= self._width_s:
            self._close()

    def sampled(self, sample: ServerSample, names: Sequence[str]) -> None:
        """These metrics of the sample, as far as they came. What only repeats an earlier reading
        would make a slice of its own of it, and noise look smaller than it is."""
        for name in names:
            value = sample.metrics.get(name)
            if value is not None and name not in sample.held:
                self._sampled.setdefault(f"{sample.server}/{name}", []).append(value)

    def _close(self) -> None:
        sums, times = self._sums, self._sums.times()
        self._put("tps", sums.passed / self._seconds)
        if sums.completed:
            self._put("error_percent", 100 * sums.failed / sums.completed)
        if times.p50_ms is not None and times.p95_ms is not None:
            self._put("p50_ms", times.p50_ms)
            self._put("p95_ms", times.p95_ms)
        for name, values in self._sampled.items():
            self._put(name, sum(values) / len(values))
        self._sums, self._seconds, self._sampled = Accumulator(), 0, {}
        if max(map(len, self._values.values())) > MOST:
            self._values = {name: _halved(values) for name, values in self._values.items()}
            self._width_s *= 2

    def _put(self, name: str, value: float) -> None:
        self._values.setdefault(name, []).append(value)


def _halved(values: Sequence[float]) -> list[float]:
    """The mean of each two neighbours; one without a neighbour is left out."""
    return [(one + other) / 2 for one, other in zip(values[::2], values[1::2], strict=False)]
