"""What a report says of an open model: arrivals, and service times beside response times."""

from __future__ import annotations

from perfconsole.metrics.figures import UNKNOWN, count, percent, three_digits
from perfconsole.metrics.totals import Accumulator, Totals
from perfconsole.metrics.view import GroupView, RunView
from perfconsole.model.summary import GroupSummary, ServiceSummary, Summary
from perfconsole.report.ink import Ink
from perfconsole.report.text_table import table
from perfconsole.texts import say

MOST_TRANSACTIONS = 40


def group_summary(group: GroupView) -> GroupSummary:
    if group.arrivals is None:
        return GroupSummary(group.peak_vus, group.iterations)
    return GroupSummary(
        group.peak_vus, group.iterations, group.due, group.offered, group.dropped, group.asked
    )


def service_summary(sums: Accumulator) -> ServiceSummary | None:
    """None in a closed model."""
    if sums.service is None:
        return None
    times = sums.service.times()
    return ServiceSummary(times.p50_ms, times.p95_ms, times.p99_ms, times.max_ms)


def dropped_of(transaction: str, totals: Totals, view: RunView) -> int:
    """Arrivals that were dropped in the groups which do `transaction`."""
    groups = {group for group, name in totals.transactions if name == transaction}
    return sum(view.groups[group].dropped for group in groups if group in view.groups)


def service_table(summary: Summary, width: int, ink: Ink) -> list[str]:
    """Response times, from when each arrival was due, beside service times."""
    busiest = sorted(summary.transactions.items(), key=lambda item: -item[1].tps)
    rows: list[tuple[str, ...]] = []
    for name, row in busiest[:MOST_TRANSACTIONS]:
        if (service := row.service) is None:
            continue
        for label, kind, times in ((name, say("response"), row), ("", say("service"), service)):
            figures = (times.p50_ms, times.p95_ms, times.p99_ms, times.max_ms)
            rows.append((label, kind, *map(three_digits, figures)))
    heads = (say("time"), "p50", "p95", "p99", say("max ms"))
    if not rows:
        return []
    note = say("response: since the arrival was due; service: since a VU began it")
    return [*table(say("Open model"), heads, rows, width, ink), ink.faint(note)]


def arrivals_table(summary: Summary, width: int, ink: Ink) -> list[str]:
    rows = [
        (
            name,
            count(group.asked or 0),
            count(group.due),
            count(group.offered or 0),
            percent(100 * (group.offered or 0) / group.due) if group.due else UNKNOWN,
            count(group.dropped or 0),
            count(max(0, group.due - (group.offered or 0) - (group.dropped or 0))),
        )
        for name, group in summary.groups.items()
        if group.due is not None
    ]
    heads = (
        say("asked"),
        say("due"),
        say("offered"),
        say("share"),
        say("dropped"),
        say("left at the end"),
    )
    return table(say("Arrivals"), heads, rows, width, ink) if rows else []
