"""The six charts, and the strip of small ones that stands for them where there is no room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from perfconsole.console.present.course import planned_vus
from perfconsole.console.uistate import Layout, Page, UiState, window
from perfconsole.console.widgets.chartmodel import ChartLine, ChartModel
from perfconsole.metrics.figures import three_digits
from perfconsole.metrics.series import Point, Series
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.model.states import VuState
from perfconsole.texts import say

CPU, MEMORY, DISK = "cpu_percent", "memory_percent", "disk_percent"
OVER: Final = "▲"
MOST_SERVERS = 4
"""Lines in the chart of disks; the fullest disks first."""
SPARK_POINTS = 60
VUS_CHART: Final = 4
AHEAD: Final = 0.2
"""How far the chart of VUs looks ahead of now while the load is still to change, as a share of its
width."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart's short name and present value, as the strip of small ones shows it."""

    label: str
    role: str
    series: Series | None
    over: bool


def charts(view: RunView, ui: UiState) -> tuple[ChartModel, ...]:
    """All six, in the order of their keys."""
    models = (
        _tps(view), _response(view), _errors(view), _vus(view), _server(view, ui), _disks(view),
    )  # fmt: skip
    return tuple(_placed(model, number, view, ui) for number, model in enumerate(models, start=1))


def now_s(view: RunView) -> float:
    """The charts' right edge, in whole run seconds: commands in between do not move it."""
    return float(int(view.elapsed_s))


def shown_server(view: RunView, ui: UiState) -> ServerView | None:
    """On their page the selected server, else the one in breach, or highest against its limits.

    On average, so that the chart does not jump from server to server with every sample.
    """
    if ui.page is Page.SERVERS and ui.server in view.servers:
        return view.servers[ui.server]

    def pressure(server: ServerView) -> tuple[bool, float]:
        limited = [m for m in server.metrics.values() if m.limit]
        highest = max((m.mean / m.limit for m in limited if m.limit), default=0.0)
        return any(m.breached for m in limited), highest

    return max(view.servers.values(), key=pressure, default=None)


def fullest_disks(view: RunView) -> list[tuple[ServerView, MetricView]]:
    """Every server's worst mount, fullest first; the load generator's where there is no other."""
    worst = []
    under_load = [server for server in view.servers.values() if not server.generator]
    for server in under_load or view.servers.values():
        mounts = [m for name, m in server.metrics.items() if name.startswith(DISK)]
        if mounts:
            worst.append((server, max(mounts, key=lambda m: (m.value or -1.0, m.mean))))
    return sorted(worst, key=lambda pair: (-(pair[1].value or 0.0), pair[0].name))


def error_limit(view: RunView) -> float | None:
    """Errors, percent, from which the pass rate wanted over all is missed."""
    return None if view.pass_rate_limit is None else round(100 - view.pass_rate_limit, 6)


def _placed(model: ChartModel, number: int, view: RunView, ui: UiState) -> ChartModel:
    """With what is the same for all charts: key, window, pauses, cursor, axis."""
    start, end = window(ui, now_s(view))
    if number == VUS_CHART and (planned := _planned(view, start, end)):
        end = planned.points[-1].t
        model = replace(model, lines=(planned, *model.lines))
    bands = tuple(
        (band.kind, band.start, now_s(view) if band.end is None else band.end)
        for band in view.bands
        if band.end is None or band.end > start
    )
    lines = tuple(replace(line, points=_within(line.points, start, end)) for line in model.lines)
    return replace(
        model,
        key=str(number),
        lines=lines,
        window=(start, end),
        bands=bands,
        cursor=ui.cursor,
        log=number in ui.log,
        foot=_foot(number, ui) if ui.layout is Layout.NARROW or ui.full else "",
    )


def _planned(view: RunView, start: float, end: float) -> ChartLine | None:
    """What the schedule plans next, in a chart that looks a little ahead for it."""
    end = max(end, now_s(view) + AHEAD * (end - start))
    points = [Point(t, vus, vus, vus) for t, vus in planned_vus(view, end)]
    return ChartLine(say("planned"), points, "target") if points else None


def _within(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """Those in the window and one before it, so that lines enter from the left edge."""
    first = next((i for i, point in enumerate(points) if point.t >= start), len(points))
    return [point for point in points[max(0, first - 1) :] if point.t <= end]


def _foot(number: int, ui: UiState) -> str:
    names = (say("TPS"), say("Resp"), say("Err"), say("VUs"), say("CPU"), say("Disk"))
    others = [f"{n} {name}" for n, name in enumerate(names, start=1) if n != number]
    return " · ".join(others) + (say(" · e back") if ui.full else "")


def _line(label: str, series: Series, role: str) -> ChartLine:
    return ChartLine(label, list(series.points()), role)


def _model(
    title: str, unit: str, lines: Iterable[ChartLine], *, head: str, empty: str,
    limit: float | None = None, over: bool = False, ceiling: float | None = None,
) -> ChartModel:  # fmt: skip
    return ChartModel(
        "", title, unit, tuple(lines), (0.0, 1.0),
        limit=limit, head=head, over=over, empty=empty, ceiling=ceiling,
    )  # fmt: skip


def _idle(view: RunView, words: str) -> str:
    """Why there is nothing to draw: `words`, unless there is a plainer reason."""
    if not view.started_at:
        return say("starting")
    return words if view.groups else say("no load: this run watches servers only")


def _no_servers(view: RunView) -> str:
    return say("no servers in this run") if view.started_at else say("starting")


def _tps(view: RunView) -> ChartModel:
    passed, failed = view.series["tps_passed"], view.series["tps_failed"]
    return _model(
        say("TPS"), "",
        (_line(say("failed"), failed, "failed"), _line(say("passed"), passed, "passed")),
        head="  ".join(
            f"{label} {three_digits(series.now)}"
            for label, series in ((say("passed"), passed), (say("failed"), failed))
        ),
        empty=_idle(view, say("waiting for the first second")),
    )  # fmt: skip


def _response(view: RunView) -> ChartModel:
    names = (("p99", "p99_ms"), ("p95", "p95_ms"), ("p50", "p50_ms"))
    limit, p95 = view.response_limit_ms, view.series["p95_ms"].now
    over = limit is not None and p95 is not None and p95 > limit
    head = [f"{label} {three_digits(view.series[name].now)}" for label, name in reversed(names)]
    if over:
        head[1] += f" {OVER}"
    return _model(
        say("Response"), say("ms"),
        [_line(label, view.series[name], label) for label, name in names],
        head="  ".join(head), limit=limit, over=over,
        empty=_idle(view, say("no transaction has passed yet")),
    )  # fmt: skip


def _errors(view: RunView) -> ChartModel:
    series, limit = view.series["error_percent"], error_limit(view)
    over = limit is not None and series.now is not None and series.now > limit
    head = three_digits(series.now) + (f" {OVER}" if over else "")
    if limit is not None:
        head += "  " + say("limit {limit}", limit=three_digits(limit))
    return _model(
        say("Errors"), "%", (_line(say("errors"), series, "failed"),),
        head=head, limit=limit, over=over,
        empty=_idle(view, say("nothing has been tried yet")),
    )  # fmt: skip


def _vus(view: RunView) -> ChartModel:
    head = say("{vus} of {target}", vus=view.vus, target=view.vus_target) if view.groups else ""
    waiting = sum(g.states.get(VuState.RENDEZVOUS, 0) for g in view.groups.values())
    if waiting:
        head += "  " + say("rendezvous {count}", count=waiting)
    return _model(
        say("VUs"), "",
        (
            _line(say("wanted"), view.series["vus_target"], "target"),
            _line(say("actual"), view.series["vus"], "vus"),
        ),
        head=head, empty=_idle(view, say("waiting for the first second")),
    )  # fmt: skip


def _server(view: RunView, ui: UiState) -> ChartModel:
    server = shown_server(view, ui)
    if server is None:
        return _model(
            say("CPU · memory"), "%", (), head="", ceiling=100.0,
            empty=_no_servers(view),
        )  # fmt: skip
    shown = [
        (label, metric, role)
        for label, name, role in ((say("cpu"), CPU, "cpu"), (say("mem"), MEMORY, "memory"))
        if (metric := server.metrics.get(name)) is not None
    ]
    limits = [metric.limit for _, metric, _ in shown if metric.limit]
    return _model(
        f"{server.name} {say('CPU · memory')}", "%",
        [_line(label, metric.series, role) for label, metric, role in reversed(shown)],
        head="  ".join(f"{label} {_marked(metric)}" for label, metric, _ in shown),
        limit=min(limits, default=None), over=any(metric.over for _, metric, _ in shown),
        ceiling=100.0, empty=_silent(server),
    )  # fmt: skip


def _disks(view: RunView) -> ChartModel:
    disks = fullest_disks(view)[:MOST_SERVERS]
    limits = [metric.limit for _, metric in disks if metric.limit]
    roles = ("disk", "other1", "other2", "other5")
    return _model(
        say("Disk space"), "%",
        [
            _line(server.name, metric.series, role)
            for (server, metric), role in zip(disks, roles, strict=False)
        ],
        head="  ".join(f"{server.name} {_marked(metric)}" for server, metric in disks),
        limit=min(limits, default=None), over=any(metric.over for _, metric in disks),
        ceiling=100.0,
        empty=say("no disk measured yet") if view.servers else _no_servers(view),
    )  # fmt: skip


def _marked(metric: MetricView) -> str:
    return three_digits(metric.value) + (f" {OVER}" if metric.over else "")


def _silent(server: ServerView) -> str:
    if server.ok is False:
        return say("{server} gives no answer: {why}", server=server.name, why=server.detail)
    return say("waiting for the first sample of {server}", server=server.name)


def figures(view: RunView, ui: UiState) -> tuple[Figure, ...]:
    """One figure for each chart, in the order of their keys."""
    server, disks = shown_server(view, ui), fullest_disks(view)
    disk = disks[0][1] if disks else None
    name, role = _hot(server)
    hot = server.metrics.get(name) if server else None
    return (
        Figure(say("TPS"), "passed", view.series["tps_passed"], over=False),
        Figure("p95", "p95", view.series["p95_ms"], over=_response(view).over),
        Figure(say("Err"), "failed", view.series["error_percent"], over=_errors(view).over),
        Figure(say("VUs"), "vus", view.series["vus"], over=False),
        Figure(
            say("Mem") if name == MEMORY else say("CPU"), role,
            hot.series if hot else None, over=bool(hot and hot.over),
        ),
        Figure(say("Disk"), "disk", disk.series if disk else None, over=bool(disk and disk.over)),
    )  # fmt: skip


def _hot(server: ServerView | None) -> tuple[str, str]:
    """Memory when it alone is over its limit, else CPU: its name and role."""
    over = {name for name, m in server.metrics.items() if m.over} if server else set()
    return (MEMORY, "memory") if MEMORY in over and CPU not in over else (CPU, "cpu")


def spark_values(series: Series | None, start: float) -> list[float | None]:
    """A series since `start` in at most `SPARK_POINTS` values, the highest of each stretch."""
    if series is None:
        return []
    values = [point.high for point in series.points(start)]
    width = -(-len(values) // SPARK_POINTS) or 1
    return [
        max((v for v in values[i : i + width] if v is not None), default=None)
        for i in range(0, len(values), width)
    ]
