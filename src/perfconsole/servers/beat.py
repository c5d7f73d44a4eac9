"""When samples fall due."""

from __future__ import annotations


def next_due(due: float, now: float, every: float) -> float:
    """The moment after `due`, all in seconds of one clock.

    After this process slept past it the beat begins anew from `now`: what it slept through is a
    gap, and nothing is caught up.
    """
    return due + every if now < due + every else now + every
