"""What the demo target was asked and what it answered, exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MOST_PATHS = 1_000


@dataclass(slots=True)
class Counts:
    """Requests since the start or the last reset, those to ``/-/`` left out."""

    received: int = 0
    """Requests whose head has arrived."""
    by_path: Counter[str] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)
    """By status code."""

    def receive(self, path: str) -> None:
        known = path in self.by_path or len(self.by_path) < _MOST_PATHS
        self.received += 1
        self.by_path[path if known else "other"] += 1

    def answer(self, status: int) -> None:
        self.answered[status] += 1

    def reset(self) -> None:
        self.received = 0
        self.by_path.clear()
        self.answered.clear()

    def as_dict(self) -> dict[str, object]:
        return {
            "received": self.received,
            "paths": dict(sorted(self.by_path.items())),
            "answered": {str(status): n for status, n in sorted(self.answered.items())},
        }
