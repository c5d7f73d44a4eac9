"""What all charts are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from perfconsole.console.uistate import Page, UiState, window
from perfconsole.console.widgets.chartmodel import ChartLine, ChartModel
from perfconsole.metrics.figures import three_digits
from perfconsole.metrics.series import Point, Series
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.texts import say

OVER: Final = "▲"


def now_s(view: RunView) -> float:
    """The charts' right edge, in whole run seconds: commands in between do not move it."""
    return float(int(view.elapsed_s))


def shown_server(view: RunView, ui: UiState) -> ServerView | None:
    """On their page the selected server, else the one in breach, or highest against its limits.

    On average, so that the chart does not jump from server to server with every sample.
    """
    if ui.page is Page.SERVERS and ui.server in view.servers:
        return view.servers[ui.server]

    return max(view.servers.values(), key=pressure, default=None)


def pressure(server: ServerView) -> tuple[bool, float]:
    """In breach, and the highest share of a judged limit that is used on average."""
    limited = [m for m in server.metrics.values() if m.limit and m.traits.judged and m.samples]
    highest = max((m.used(m.mean) for m in limited), default=0.0)
    return any(m.breached for m in limited), highest


def placed(
    model: ChartModel, view: RunView, ui: UiState, stretch: tuple[float, float] | None = None
) -> ChartModel:
    """With the window (`stretch`, where it is not what `ui` shows), pauses and cursor."""
    start, end = stretch or window(ui, now_s(view))
    bands = tuple(
        (band.kind, band.start, now_s(view) if band.end is None else band.end)
        for band in view.bands
        if band.end is None or band.end > start
    )
    lines = tuple(replace(line, points=_within(line.points, start, end)) for line in model.lines)
    return replace(model, lines=lines, window=(start, end), bands=bands, cursor=ui.cursor)


def _within(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """Those in the window and one before it, so that lines enter from the left edge."""
    first = next((i for i, point in enumerate(points) if point.t >= start), len(points))
    return [point for point in points[max(0, first - 1) :] if point.t <= end]


def chart_line(label: str, series: Series, role: str) -> ChartLine:
    return ChartLine(label, list(series.points()), role)


def chart_model(
    title: str, unit: str, lines: Iterable[ChartLine], *, head: str, empty: str,
    limit: float | None = None, over: bool = False, ceiling: float | None = None,
) -> ChartModel:  # fmt: skip
    return ChartModel(
        "", title, unit, tuple(lines), (0.0, 1.0),
        limit=limit, head=head, over=over, empty=empty, ceiling=ceiling,
    )  # fmt: skip


def limited(model: ChartModel, held: Sequence[MetricView]) -> ChartModel:
    """With the tightest limit of the metrics `held`, and whether one of them is beyond its own."""
    having = [metric for metric in held if metric.limit is not None]
    if not having:
        return model
    first = max(having, key=lambda metric: (metric.traits.least, _tight(metric)))
    beyond = [metric for metric in having if metric.over]
    return replace(
        model, limit=first.limit, least=first.traits.least, over=bool(beyond),
        judged=any(metric.traits.judged for metric in beyond or having),
    )  # fmt: skip


def _tight(metric: MetricView) -> float:
    limit = metric.limit or 0.0
    return limit if metric.traits.least else -limit


def idle(view: RunView, words: str) -> str:
    """Why there is nothing to draw: `words`, unless there is a plainer reason."""
    if not view.started_at:
        return say("starting")
    return words


def no_servers(view: RunView) -> str:
    return (
        say("no servers in this run: F3 says how to add them")
        if view.started_at
        else say("starting")
    )


def marked(metric: MetricView) -> str:
    return three_digits(metric.value) + (f" {OVER}" if metric.over else "")


def silent_words(server: ServerView) -> str:
    if server.ok is False:
        return say("{server} gives no answer: {why}", server=server.name, why=server.detail)
    return say("waiting for the first sample of {server}", server=server.name)


def error_limit(view: RunView) -> float | None:
    """Errors, percent, from which the pass rate wanted over all is missed."""
    return None if view.pass_rate_limit is None else round(100 - view.pass_rate_limit, 6)
