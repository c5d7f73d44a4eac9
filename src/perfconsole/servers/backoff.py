"""Waits between attempts: doubling, jittered, so that many samplers do not come back at once."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    first_s: float = 1.0
    most_s: float = 60.0
    _attempts: int = 0

    def next_s(self) -> float:
        """Seconds to wait now: between half and the whole of 2, 4, 8, ... up to `most_s`, and so
        never under `first_s`."""
        self._attempts += 1
        whole = min(self.most_s, self.first_s * 2.0 ** min(self._attempts, 30))
        return whole * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._attempts = 0
