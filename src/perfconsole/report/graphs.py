"""The run's graphs for a terminal that only prints: plotext, with the limits as lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfconsole.metrics.series import Point, Series, halved
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_words
from perfconsole.model.duration import clock
from perfconsole.report.ink import Ink
from perfconsole.texts import say

HEIGHT = 14
WIDEST = 120
LIMIT_NEAR = 4.0
"""A limit this many times over the highest value is named but not drawn: it would flatten all."""
_COLOURS = ("green", "blue", "magenta", "cyan", "orange")
_MARKS = ("*", ".", "o", "x", "+")


@dataclass(frozen=True, slots=True)
class Curve:
    label: str
    series: Series
    right: bool = False
    """Against the axis on the right."""


@dataclass(frozen=True, slots=True)
class Graph:
    title: str
    curves: tuple[Curve, ...]
    limits: tuple[float, ...] = ()
    percent: bool = False
    """The left axis goes from 0 to 100."""


def graphs_of(view: RunView) -> list[Graph]:
    """Load, response times and every server: those for which anything was measured."""
    series = view.series
    response_limit = (view.response_limit_ms,) if view.response_limit_ms else ()
    wanted = [
        Graph(
            say("TPS (left) and VUs (right)"),
            (Curve("TPS", series["tps_passed"]), Curve("VUs", series["vus"], right=True)),
        ),
        Graph(
            say("Response time, ms"),
            (Curve("p50", series["p50_ms"]), Curve("p95", series["p95_ms"])),
            response_limit,
        ),
        *(_server_graph(view, name) for name in view.servers),
    ]
    return [graph for graph in wanted if any(_known(c.series) for c in graph.curves)]


def _server_graph(view: RunView, name: str) -> Graph:
    metrics = view.servers[name].metrics
    shown = [key for key in ("cpu_percent", "memory_percent") if key in metrics]
    limits = {metrics[key].limit for key in shown} - {None}
    return Graph(
        say("{server}, %", server=name),
        tuple(Curve(metric_words(key), metrics[key].series) for key in shown),
        tuple(limit for limit in limits if limit is not None),
        percent=True,
    )


def drawn(graph: Graph, width: int, ink: Ink) -> list[str]:
    """The graph's lines, its title first; `width` cells wide."""
    import plotext as plt

    plt.clear_figure()
    plt.limit_size(False, False)
    plt.theme("clear")
    plt.plotsize(min(width, WIDEST), HEIGHT)
    highest = {False: 0.0, True: 0.0}
    times: list[float] = []
    for number, curve in enumerate(graph.curves):
        points = _points(curve.series, 2 * width)
        if not any(point.high is not None for point in points):
            continue
        times += [points[0].t, points[-1].t]
        values = [point.high for point in points]
        highest[curve.right] = max(highest[curve.right], *(v for v in values if v is not None))
        plt.plot(
            [point.t for point in points],
            values,
            marker="braille" if ink.colour else _MARKS[number],
            color=_COLOURS[number],
            yside="right" if curve.right else "left",
            label=ink.words(curve.label),
        )
    near = [limit for limit in graph.limits if limit <= LIMIT_NEAR * highest[False]]
    for limit in near:
        plt.hline(limit, "red")
    if graph.percent:
        plt.ylim(0, 100)
        plt.yticks([0, 25, 50, 75, 100])
    else:
        plt.ylim(0, max([*near, highest[False]]) * 1.05 or 1)
    if any(curve.right for curve in graph.curves):
        plt.ylim(0, highest[True] * 1.05 or 1, yside="right")
    plt.xticks(*_ticks(min(times), max(times), 5 if width >= 70 else 3))
    text = plt.build() if ink.colour else plt.uncolorize(plt.build())
    plt.clear_figure()
    return [ink.heading(_headline(graph, ink)), *ink.frame(text).rstrip("\n").split("\n")]


def _headline(graph: Graph, ink: Ink) -> str:
    if not graph.limits:
        return ink.words(graph.title)
    limits = ", ".join(f"{limit:g}" for limit in sorted(graph.limits))
    return ink.words(say("{title} · limit {limits}", title=graph.title, limits=limits))


def _known(series: Series) -> bool:
    return any(point.high is not None for point in series.points())


def _points(series: Series, most: int) -> Sequence[Point]:
    points = list(series.points())
    while len(points) > most:
        points = halved(points)
    return points


def _ticks(start: float, end: float, count: int) -> tuple[list[float], list[str]]:
    if math.isclose(start, end):
        return [start], [clock(start)]
    places = [start + (end - start) * i / (count - 1) for i in range(count)]
    return places, [clock(place) for place in places]
