"""The snapshots of a run, by their headings."""

from __future__ import annotations

from perfconsole.metrics.figures import count
from perfconsole.model.duration import clock
from perfconsole.model.summary import Summary
from perfconsole.report.ink import Ink
from perfconsole.report.text_table import wrapped
from perfconsole.texts import say

MOST_SHOWN = 20


def snapshot_lines(summary: Summary, width: int, ink: Ink) -> list[str]:
    """When each was asked for, on the run's clock, and what for: the first ones of many."""
    shown = summary.snapshots[:MOST_SHOWN]
    if not shown:
        return []
    lines = [ink.heading(say("Snapshots")), ink.faint(ink.words(_how(summary)))]
    for taken in shown:
        at = clock(taken.at - summary.started_at)
        when = f"{at}  {taken.number:>3}  "
        what = f"{taken.server}: {', '.join(taken.names)} ({taken.why})"
        lines += wrapped(ink.words(when + what), width, len(when))
    if more := len(summary.snapshots) - len(shown):
        lines.append(ink.faint(ink.words(say("and {n} later ones", n=count(more)))))
    return lines


def _how(summary: Summary) -> str:
    return say("perfconsole report {run} --snapshot N shows one", run=summary.run)
