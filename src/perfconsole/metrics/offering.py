"""Whether an open model offered the load it was asked for: what it could not makes a run unproven.

A response time that nobody waited for is not in the percentiles: a run that left arrivals out
looks better than the system is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from perfconsole.metrics.figures import count, percent
from perfconsole.texts import say

MOST_LEFT = 0.01
"""Share of the arrivals due that may be left waiting at the end."""
MOST_SIGMAS = 4
"""Of a random number of arrivals, its root: so far it may be off by chance."""


@dataclass(frozen=True, slots=True)
class Offering:
    """One open group's arrivals over the run."""

    due: int
    offered: int
    """Begun by a VU."""
    dropped: int
    """Given up, for too many were waiting."""
    asked: int = 0
    """What the rate came to. It is not quite `due` where arrivals are random."""

    @property
    def missing(self) -> int:
        """Arrivals of load generators that were lost or hung; chance and single ones left out."""
        missing = self.asked - self.due
        by_chance = MOST_SIGMAS * math.sqrt(self.asked)
        return missing if missing > MOST_LEFT * self.asked + by_chance else 0


def unproven(offerings: Mapping[str, Offering]) -> Iterator[str]:
    """A line for each group whose load was not what was asked for."""
    for group, arrivals in offerings.items():
        left = arrivals.due - arrivals.offered
        if arrivals.missing:
            yield say(
                "{group}: {missing} of {asked} arrivals never fell due, for load generators were "
                "lost or hung: the load asked for was not offered",
                group=group, missing=count(arrivals.missing), asked=count(arrivals.asked),
            )  # fmt: skip
        if arrivals.dropped:
            yield say(
                "{group}: {dropped} of {due} arrivals were dropped, for no VU was free: "
                "the load asked for was not offered",
                group=group, dropped=count(arrivals.dropped), due=count(arrivals.due),
            )  # fmt: skip
        elif left > MOST_LEFT * arrivals.due:
            yield say(
                "{group}: only {share} of {due} arrivals were begun, {left} were still waiting at "
                "the end: the load asked for was not offered",
                group=group, share=percent(100 * arrivals.offered / arrivals.due),
                due=count(arrivals.due), left=count(left),
            )  # fmt: skip
