"""CPU of the whole machine that generates the load, asked once a second and never waited for."""

from __future__ import annotations

import time

import psutil

LEAST_S = 0.5
"""A shorter stretch says little: what was measured last stands."""


class MachineCpu:
    def __init__(self) -> None:
        psutil.cpu_percent(None)  # means nothing: there is no earlier moment to compare with
        self._asked_s = time.monotonic()
        self._percent: float | None = None

    def percent(self) -> float | None:
        """Of all cores together, since the last time asked; None before there is a measure."""
        now_s = time.monotonic()
        if now_s - self._asked_s >= LEAST_S:
            self._asked_s = now_s
            self._percent = psutil.cpu_percent(None)
        return self._percent
