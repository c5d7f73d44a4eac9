"""What is known of each log of a server, however often its connection comes and goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from perfconsole.model.log_spec import LogSpec
from perfconsole.servers.logs.log_script import AT_THE_END, FIRST_DESCRIPTOR, NO_FILE, State
from perfconsole.servers.logs.match_rate import MatchRate

SHORTEST_S, LONGEST_S = 1.0, 10.0
"""Bounds of the time between two looks, else that between two samples."""


@dataclass(slots=True)
class Followed:
    name: str
    spec: LogSpec
    descriptor: int
    rate: MatchRate
    left: int
    """Lines that are still wanted."""
    position: int = AT_THE_END
    inode: int = NO_FILE
    """Of the file that the position is in."""
    resumed: bool = False
    """The next look is the first of a session, and not the first of all."""
    looked_at: float | None = None
    """Monotonic seconds of the last look that found the file."""
    skipped: int = 0
    """Bytes, not told yet."""
    skipped_told_at: float = float("-inf")
    ended: int = 0
    """Looks one after the other that took the pattern too long."""
    state: State = State.FOLLOWED


def period_s(every_s: float) -> float:
    """Between two looks at the logs of a server that is sampled every so many seconds."""
    return min(max(SHORTEST_S, every_s), LONGEST_S)


def followed(logs: Mapping[str, LogSpec], every_s: float) -> list[Followed]:
    window_s = max(every_s, period_s(every_s))
    return [
        Followed(name, spec, number, MatchRate(window_s), spec.keep)
        for number, (name, spec) in enumerate(logs.items(), FIRST_DESCRIPTOR)
    ]
