"""The stretch of a run in which its load was the same for longest: where growth can be told."""

from __future__ import annotations

from typing import NamedTuple

from perfconsole.metrics.view import RunView

LEAST_S = 600.0
"""Less tells nothing of what grows by the hour."""


class SteadyTime(NamedTuple):
    """Run seconds."""

    from_s: float
    until_s: float
    lasts: bool
    """The load still is what it was."""

    @property
    def length_s(self) -> float:
        return self.until_s - self.from_s


def steady_time(view: RunView) -> SteadyTime | None:
    """The longest plateau, or the present one when it is at least half as long: only of that can
    be told what will come. A run without load is steady from its first sample on. None while
    nothing has been steady for `LEAST_S`."""
    if not view.groups:
        known = [_watched(view)]
    else:
        known = [SteadyTime(p.from_s, p.until_s, not p.over) for p in view.plateaus]
    longest = max(known, key=lambda each: each.length_s, default=None)
    if longest is None or longest.length_s < LEAST_S:
        return None
    present = known[-1]
    half = max(LEAST_S, longest.length_s / 2)
    return present if present.lasts and present.length_s >= half else longest


def _watched(view: RunView) -> SteadyTime:
    first = [server.first_due_s for server in view.servers.values()]
    from_s = min((at_s for at_s in first if at_s is not None), default=view.elapsed_s)
    return SteadyTime(from_s, view.elapsed_s, view.verdict is None)
