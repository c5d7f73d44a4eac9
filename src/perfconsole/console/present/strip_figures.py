"""The strip of small charts: what those that are not on the screen are doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfconsole.console.present.chart_parts import shown_server
from perfconsole.console.present.charts import charts
from perfconsole.console.present.machine_charts import fullest_disks
from perfconsole.console.present.server_standing import CPU, MEMORY
from perfconsole.console.present.watch_charts import watch_charts
from perfconsole.console.uistate import UiState
from perfconsole.console.widgets.chartmodel import ChartModel
from perfconsole.metrics.series import Point, Series
from perfconsole.metrics.view import RunView, ServerView
from perfconsole.texts import say

SPARK_POINTS = 60


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart's short name and present value, as the strip of small ones shows it."""

    label: str
    role: str
    points: Sequence[Point]
    over: bool
    ceiling: float | None = None
    """What a full bar stands for."""


def figures(view: RunView, ui: UiState) -> tuple[Figure, ...]:
    """One figure for each chart, in the order of their keys."""
    if view.watches:
        return tuple(_uppermost(name, model) for name, model in watch_charts(view, ui))
    server, disks = shown_server(view, ui), fullest_disks(view)
    disk = disks[0][1] if disks else None
    name, role = _hot(server)
    hot = server.metrics.get(name) if server else None
    shown = charts(view, ui)
    return (
        Figure(say("TPS"), "passed", _points(view.series["tps_passed"]), over=False),
        Figure("p95", "p95", _points(view.series["p95_ms"]), over=shown[1].over),
        Figure(say("Err"), "failed", _points(view.series["error_percent"]), over=shown[2].over),
        Figure(say("VUs"), "vus", _points(view.series["vus"]), over=False),
        Figure(
            say("Mem") if name == MEMORY else say("CPU"), role,
            _points(hot.series if hot else None), over=bool(hot and hot.over),
        ),
        Figure(
            say("Disk"), "disk", _points(disk.series if disk else None),
            over=bool(disk and disk.over),
        ),
    )  # fmt: skip


def _uppermost(name: str, model: ChartModel) -> Figure:
    """Of a chart's lines the one that is drawn last."""
    if not model.lines:
        return Figure(name, "dim", (), model.over)
    return Figure(name, model.lines[-1].role, model.lines[-1].points, model.over, model.ceiling)


def _points(series: Series | None) -> Sequence[Point]:
    return [] if series is None else list(series.points())


def _hot(server: ServerView | None) -> tuple[str, str]:
    """Memory when it alone is over its limit, else CPU: its name and role."""
    over = {name for name, m in server.metrics.items() if m.over} if server else set()
    return (MEMORY, "memory") if MEMORY in over and CPU not in over else (CPU, "cpu")


def spark_values(points: Sequence[Point], start: float) -> list[float | None]:
    """The points since `start` in at most `SPARK_POINTS` values, the highest of each stretch."""
    values = [point.high for point in points if point.t >= start]
    width = -(-len(values) // SPARK_POINTS) or 1
    return [
        max((v for v in values[i : i + width] if v is not None), default=None)
        for i in range(0, len(values), width)
    ]
