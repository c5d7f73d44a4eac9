"""Whether errors are over a limit: of the transactions of the last ten seconds, by group."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from perfconsole.model.alarm_spec import NO_LIMIT
from perfconsole.model.rate import parse_rate

WINDOW_S = 10
LEAST_S = 3
"""So many seconds are needed to tell anything."""

Counts = Mapping[str, tuple[int, int]]
"""Transactions passed and failed in a second, by group."""


@dataclass(slots=True)
class ErrorWindow:
    """`limit` as in `AlarmSpec.errors`."""

    limit: str
    _seconds: deque[Counts] = field(default_factory=lambda: deque(maxlen=WINDOW_S))

    @property
    def length_s(self) -> int:
        return len(self._seconds)

    def add(self, second: Counts) -> None:
        """Take the next one; those before the first transaction are none."""
        if self._seconds or any(sum(each) for each in second.values()):
            self._seconds.append(second)

    def over(self, muted: Collection[str]) -> bool | None:
        """Whether errors of groups that are not `muted` are over the limit; None when there is
        nothing to tell it by."""
        if self.limit == NO_LIMIT or self.length_s < LEAST_S:
            return None
        if not any(sum(counts) for second in self._seconds for counts in second.values()):
            return None
        passed, failed = self._sums(muted)
        if self.limit.endswith("%"):
            return 100 * failed > float(self.limit[:-1]) * (passed + failed)
        return failed / self.length_s > parse_rate(self.limit)

    def figure(self, muted: Collection[str]) -> float:
        """Percent, or errors a second, as the limit is."""
        passed, failed = self._sums(muted)
        if self.limit.endswith("%"):
            return 100 * failed / max(1, passed + failed)
        return failed / max(1, self.length_s)

    def _sums(self, muted: Collection[str]) -> tuple[int, int]:
        counts = [
            counts for second in self._seconds for name, counts in second.items()
            if name not in muted
        ]  # fmt: skip
        return sum(passed for passed, _ in counts), sum(failed for _, failed in counts)
