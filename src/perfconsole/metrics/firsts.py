"""Errors of a run by kind: all counted, the first of each kind kept with what was seen.

Kinds are capped, and so is what one second carries: a soak must not grow because of a message
with an id in it, and no event may grow too long to be sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from perfconsole.metrics.parts import ERROR_KEYS, OTHER_ERRORS
from perfconsole.model.wire import ErrorCount

EXCHANGES_A_SECOND = 100
"""Exchanges of new kinds that go with one second; the rest goes with the next ones."""


class FirstErrors:
    """Knows which kinds the run has had already."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._shown: set[str] = set()
        """Kinds whose exchange is known."""
        self._due: deque[tuple[str, str]] = deque()

    def key_of(self, error: ErrorCount) -> str:
        """What it is counted as."""
        known = error.key in self._keys or len(self._keys) < ERROR_KEYS
        return error.key if known else OTHER_ERRORS

    def take(self, errors: Iterable[ErrorCount]) -> tuple[dict[str, int], dict[str, str]]:
        """Counts by key, and the samples of keys that are new in this run."""
        counts: dict[str, int] = {}
        samples: dict[str, str] = {}
        for error in errors:
            key = self.key_of(error)
            counts[key] = counts.get(key, 0) + error.count
            if key not in self._keys:
                self._keys.add(key)
                samples[key] = error.sample
            if error.exchange and key not in self._shown:
                self._shown.add(key)
                self._due.append((key, error.exchange))
        return counts, samples

    def exchanges(self) -> dict[str, str]:
        """The next ones to be told, by key; each is told once."""
        few = min(len(self._due), EXCHANGES_A_SECOND)
        return dict(self._due.popleft() for _ in range(few))
