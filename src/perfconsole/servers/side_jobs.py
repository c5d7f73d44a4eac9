"""What else is asked of a server over its connection, beside the pull of /proc.

All of it is done by the server's one thread between two pulls, so a job never waits: it takes what
has come, asks what is due, and is turned again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event
from typing import Protocol

SOONEST_S, LATEST_S = 0.05, 1.0
"""Bounds of the time between two looks for an answer."""


class SideJob(Protocol):
    """Made for one connection. What goes wrong with it is its own affair: it never raises."""

    def turn(self, now: float) -> float:
        """Take what has come and ask what is due, without waiting; the moment at which it wants
        its next turn (both monotonic seconds)."""

    def close(self) -> None:
        """The connection is given up."""


def patient(now: float, since: float) -> float:
    """When to look again for an answer that was asked for at `since`: the later, the less often."""
    return now + min(LATEST_S, max(SOONEST_S, now - since))


class SideJobs:
    def __init__(self, jobs: Sequence[SideJob]) -> None:
        self._jobs = jobs

    def turn(self, now: float) -> float:
        """Each of them in turn; the moment of the next one."""
        return min((job.turn(now) for job in self._jobs), default=now + LATEST_S)

    def turn_until(self, wanted: Event, deadline: float | None = None) -> None:
        """Keep turning until `wanted` is set, or until then."""
        while True:
            now = time.monotonic()
            rest_s = max(SOONEST_S, self.turn(now) - now)
            if deadline is not None and (rest_s := min(rest_s, deadline - now)) <= 0:
                return
            if wanted.wait(rest_s):
                return

    def close(self) -> None:
        for job in self._jobs:
            job.close()
