"""What the pages say of open models: arrivals, and service times beside response times."""

from __future__ import annotations

from perfconsole.console.widgets.table import Cell
from perfconsole.metrics.figures import count, milliseconds, three_digits
from perfconsole.metrics.view import GroupView, RunView
from perfconsole.model.rate import rate_text
from perfconsole.model.tick import Times
from perfconsole.texts import say

COLUMNS = frozenset({"rate/s", "waiting", "dropped", "svc p95"})
"""Keys of the columns that only an open model has."""


def cells(group: GroupView) -> tuple[Cell, ...]:
    """Rate wanted, arrivals waiting now, dropped so far."""
    if group.arrivals is None:
        return ("", "", "")
    waiting = group.arrivals.waiting
    return (
        three_digits(group.arrivals.rate),
        (count(waiting), "warn") if waiting else "0",
        (f"{count(group.dropped)}!", "over") if group.dropped else "0",
    )


def cells_of_all(view: RunView) -> tuple[Cell, ...]:
    arrivals = [g.arrivals for g in view.groups.values() if g.arrivals is not None]
    dropped = sum(group.dropped for group in view.groups.values())
    return (
        three_digits(sum(a.rate for a in arrivals)),
        count(sum(a.waiting for a in arrivals)),
        (f"{count(dropped)}!", "over") if dropped else "0",
    )


def service_cell(service: Times | None) -> Cell:
    return "" if service is None else three_digits(service.p95_ms)


def group_lines(groups: list[GroupView]) -> list[tuple[str, str]]:
    """The arrivals of one group, or of all together; nothing in a closed model."""
    arrivals = [group.arrivals for group in groups if group.arrivals is not None]
    if not arrivals:
        return []
    now = say(
        "{offered}/s offered of {rate}, {waiting} waiting",
        rate=rate_text(sum(a.rate for a in arrivals)), offered=sum(a.offered for a in arrivals),
        waiting=count(sum(a.waiting for a in arrivals)),
    )  # fmt: skip
    so_far = say(
        "{due} due, {offered} offered, {dropped} dropped",
        due=count(sum(g.due for g in groups)), offered=count(sum(g.offered for g in groups)),
        dropped=count(sum(g.dropped for g in groups)),
    )  # fmt: skip
    return [(say("arrivals"), now), (say("so far"), so_far)]


def service_lines(service: Times | None) -> list[tuple[str, str]]:
    if service is None:
        return []
    text = say(
        "p50 {p50}, p95 {p95}, p99 {p99}, slowest {slowest}",
        p50=milliseconds(service.p50_ms), p95=milliseconds(service.p95_ms),
        p99=milliseconds(service.p99_ms), slowest=milliseconds(service.max_ms),
    )  # fmt: skip
    return [(say("service time"), text)]
