"""Whether an open model offered the load it was asked for: what it could not makes a run unproven.

A response time that nobody waited for is not in the percentiles: a run that left arrivals out
looks better than the system is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from perfconsole.metrics.figures import count, percent
from perfconsole.texts import say

MOST_LEFT = 0.01
"""Share of the arrivals due that may be left waiting at the end."""


@dataclass(frozen=True, slots=True)
class Offering:
    """One open group's arrivals over the run."""

    due: int
    offered: int
    """Begun by a VU."""
    dropped: int
    """Given up, for too many were waiting."""


def unproven(offerings: Mapping[str, Offering]) -> Iterator[str]:
    """A line for each group whose load was not what was asked for."""
    for group, arrivals in offerings.items():
        left = arrivals.due - arrivals.offered
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
