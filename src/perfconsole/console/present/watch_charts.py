"""The six charts of a watch: its servers, and how the target answers where it is asked."""

from __future__ import annotations

from perfconsole.console.present.chart_parts import (
    OVER,
    chart_model,
    error_limit,
    idle,
    now_s,
)
from perfconsole.console.present.machine_charts import by_server, disk_space, network
from perfconsole.console.present.server_standing import CPU, MEMORY
from perfconsole.console.uistate import UiState
from perfconsole.console.widgets.chartmodel import ChartLine, ChartModel
from perfconsole.metrics.figures import count, three_digits
from perfconsole.metrics.series import Point, Series
from perfconsole.metrics.view import RunView
from perfconsole.texts import say

FRESH_S = 5.0
"""An answer that came longer ago is not how the target answers now."""


def watch_charts(view: RunView, ui: UiState) -> tuple[tuple[str, ChartModel], ...]:
    """Short name and chart, in the order of their keys."""
    cpu = (say("CPU"), by_server(view, ui, CPU, say("CPU"), "%", 100.0))
    memory = (say("Mem"), by_server(view, ui, MEMORY, say("Memory"), "%", 100.0))
    load = (say("Load"), by_server(view, ui, "load_1m", say("Load"), ""))
    disk = (say("Disk"), disk_space(view))
    if view.groups:
        return (say("Resp"), _response(view)), (say("Err"), _errors(view)), cpu, memory, load, disk
    busy = by_server(view, ui, "disk_busy_percent", say("Disk busy"), "%", 100.0)
    return cpu, memory, load, (say("Net"), network(view, ui)), (say("Busy"), busy), disk


def latest(view: RunView, name: str) -> float | None:
    """The last value of a series of the request, while it is fresh: between two requests there is
    none in most seconds."""
    fresh = view.series[name].back_to(now_s(view) - FRESH_S)
    return next((point.last for point in fresh if point.last is not None), None)


def response_over(view: RunView) -> bool:
    ms, limit = latest(view, "p95_ms"), view.response_limit_ms
    return ms is not None and limit is not None and ms > limit


def _response(view: RunView) -> ChartModel:
    over = response_over(view)
    head = three_digits(latest(view, "p95_ms")) + (f" {OVER}" if over else "")
    return chart_model(
        say("Response"), say("ms"), [ChartLine("", _asked(view, view.series["p95_ms"]), "p95")],
        head=head, limit=view.response_limit_ms, over=over,
        empty=idle(view, say("it has not answered yet")),
    )  # fmt: skip


def _errors(view: RunView) -> ChartModel:
    limit, now = error_limit(view), latest(view, "error_percent")
    over = limit is not None and now is not None and now > limit
    head = say("{failed} of {all} failed", failed=count(view.failed),
               all=count(view.passed + view.failed))  # fmt: skip
    return chart_model(
        say("Errors"), "%",
        [ChartLine("", _asked(view, view.series["error_percent"]), "failed")],
        head=head, limit=limit, over=over, ceiling=100.0,
        empty=idle(view, say("nothing has been asked yet")),
    )  # fmt: skip


def _asked(view: RunView, series: Series) -> list[Point]:
    """The points of seconds in which an answer came or failed: those between are no gaps."""
    tried = view.series["error_percent"].points()
    return [
        point
        for point, outcome in zip(series.points(), tried, strict=False)
        if outcome.last is not None
    ]
