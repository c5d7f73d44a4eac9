"""The six charts: of the load and its servers, or of a watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from perfconsole.console.present.chart_parts import (
    OVER,
    chart_line,
    chart_model,
    error_limit,
    idle,
    now_s,
    placed,
)
from perfconsole.console.present.course import planned_vus
from perfconsole.console.present.machine_charts import cpu_and_memory, disk_space
from perfconsole.console.present.watch_charts import watch_charts
from perfconsole.console.uistate import Layout, UiState, window
from perfconsole.console.widgets.chartmodel import ChartLine, ChartModel
from perfconsole.metrics.figures import three_digits
from perfconsole.metrics.series import Point
from perfconsole.metrics.view import RunView
from perfconsole.model.states import VuState
from perfconsole.texts import say

VUS_CHART: Final = 4
AHEAD: Final = 0.2
"""How far the chart of VUs looks ahead of now while the load is still to change, as a share of its
width."""


_NAMES = (say("TPS"), say("Resp"), say("Err"), say("VUs"), say("CPU"), say("Disk"))
"""As the lower border of a chart has them."""


def charts(view: RunView, ui: UiState) -> tuple[ChartModel, ...]:
    """All six, in the order of their keys."""
    if view.watches:
        names, models = zip(*watch_charts(view, ui), strict=True)
    else:
        names, models = _NAMES, (
            _tps(view), _response(view), _errors(view), _vus(view),
            cpu_and_memory(view, ui), disk_space(view),
        )  # fmt: skip
    return tuple(
        _placed(model, number, view, ui, names) for number, model in enumerate(models, start=1)
    )


def _placed(
    model: ChartModel, number: int, view: RunView, ui: UiState, names: Sequence[str]
) -> ChartModel:
    """With what is the same for all charts: key, window, pauses, cursor, axis."""
    start, end = window(ui, now_s(view))
    if number == VUS_CHART and not view.watches and (planned := _planned(view, start, end)):
        end = planned.points[-1].t
        model = replace(model, lines=(planned, *model.lines))
    return replace(
        placed(model, view, ui, (start, end)),
        key=str(number),
        log=number in ui.log,
        foot=_foot(number, ui, names) if ui.layout is Layout.NARROW or ui.full else "",
    )


def _planned(view: RunView, start: float, end: float) -> ChartLine | None:
    """What the schedule plans next, in a chart that looks a little ahead for it."""
    end = max(end, now_s(view) + AHEAD * (end - start))
    points = [Point(t, vus, vus, vus) for t, vus in planned_vus(view, end)]
    return ChartLine(say("planned"), points, "target") if points else None


def _foot(number: int, ui: UiState, names: Sequence[str]) -> str:
    others = [f"{n} {name}" for n, name in enumerate(names, start=1) if n != number]
    return " · ".join(others) + (say(" · e back") if ui.full else "")


def _tps(view: RunView) -> ChartModel:
    passed, failed = view.series["tps_passed"], view.series["tps_failed"]
    return chart_model(
        say("TPS"), "",
        (chart_line(say("failed"), failed, "failed"), chart_line(say("passed"), passed, "passed")),
        head="  ".join(
            f"{label} {three_digits(series.now)}"
            for label, series in ((say("passed"), passed), (say("failed"), failed))
        ),
        empty=idle(view, say("waiting for the first second")),
    )  # fmt: skip


def _response(view: RunView) -> ChartModel:
    names = (("p99", "p99_ms"), ("p95", "p95_ms"), ("p50", "p50_ms"))
    limit, p95 = view.response_limit_ms, view.series["p95_ms"].now
    over = limit is not None and p95 is not None and p95 > limit
    head = [f"{label} {three_digits(view.series[name].now)}" for label, name in reversed(names)]
    if over:
        head[1] += f" {OVER}"
    return chart_model(
        say("Response"), say("ms"),
        [chart_line(label, view.series[name], label) for label, name in names],
        head="  ".join(head), limit=limit, over=over,
        empty=idle(view, say("no transaction has passed yet")),
    )  # fmt: skip


def _errors(view: RunView) -> ChartModel:
    series, limit = view.series["error_percent"], error_limit(view)
    over = limit is not None and series.now is not None and series.now > limit
    head = three_digits(series.now) + (f" {OVER}" if over else "")
    if limit is not None:
        head += "  " + say("limit {limit}", limit=three_digits(limit))
    return chart_model(
        say("Errors"), "%", (chart_line(say("errors"), series, "failed"),),
        head=head, limit=limit, over=over,
        empty=idle(view, say("nothing has been tried yet")),
    )  # fmt: skip


def _vus(view: RunView) -> ChartModel:
    head = say("{vus} of {target}", vus=view.vus, target=view.vus_target) if view.groups else ""
    waiting = sum(g.states.get(VuState.RENDEZVOUS, 0) for g in view.groups.values())
    if waiting:
        head += "  " + say("rendezvous {count}", count=waiting)
    return chart_model(
        say("VUs"), "",
        (
            chart_line(say("wanted"), view.series["vus_target"], "target"),
            chart_line(say("actual"), view.series["vus"], "vus"),
        ),
        head=head, empty=idle(view, say("waiting for the first second")),
    )  # fmt: skip
