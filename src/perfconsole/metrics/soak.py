"""What grows in a run while its load stays the same: servers' metrics, times, throughput.

The same for the screen and for reports: it reads a `RunView`, whose series are rolled up and so
never cost more than a few milliseconds each, however long the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from perfconsole.metrics.growth import Growth, growth
from perfconsole.metrics.growth_words import growth_words
from perfconsole.metrics.series import Series
from perfconsole.metrics.steady_time import SteadyTime, steady_time
from perfconsole.metrics.view import MetricView, RunView
from perfconsole.model.server_metrics import fills_up, is_bytes, is_heap, is_percent
from perfconsole.model.trend import Trend

TIMES = ("p50_ms", "p95_ms")
TPS = "tps"
_SERIES = {"p50_ms": "p50_ms", "p95_ms": "p95_ms", TPS: "tps_passed"}
LEAST_POINTS = 0.5
"""A percentage that has moved by less over the whole stretch is told as steady; with less than
these parts of what it is, bytes and everything else are."""
LEAST_OF_BYTES = 0.01
LEAST_OF_ALL = 0.05


class Subject(NamedTuple):
    server: str
    """Empty: of the transactions."""
    metric: str
    """Of the server, or one of `TIMES`, or `TPS`."""


def subjects(view: RunView) -> Iterator[Subject]:
    """All that is looked at. Memory in bytes is told with that in percent, which has the limit."""
    if view.groups:
        yield from (Subject("", name) for name in _SERIES)
    for server in view.servers.values():
        for name in server.metrics:
            if name != "memory_used_bytes" or "memory_percent" not in server.metrics:
                yield Subject(server.name, name)


def is_told(view: RunView, subject: Subject) -> bool:
    """Whether its steady growth is an event, and not only a line on its server's page: it has a
    limit, or fills up, or is what users feel."""
    if not subject.server:
        return True
    metric = view.servers[subject.server].metrics[subject.metric]
    return metric.limit is not None or fills_up(subject.metric)


def trend_of(view: RunView, subject: Subject, time: SteadyTime) -> Trend | None:
    """How it moved for the worse in that time: rose, or fell where less is worse. None: it did not,
    or by too little to matter, or there is too little to tell."""
    metric = _metric(view, subject)
    series = view.series[_SERIES[subject.metric]] if metric is None else metric.series
    falls = subject.metric == TPS if metric is None else metric.traits.least
    sign = -1.0 if falls else 1.0
    lowest = is_heap(subject.metric) and not falls
    times, values = _values(series, time, lowest=lowest)
    found = growth(times, [sign * value for value in values], lowest=lowest)
    if found is None or not _matters(subject, found):
        return None
    limit = metric.limit if metric is not None else None
    reaches = found.reaches(sign * limit) if limit is not None else None
    bounds = [3600 * sign * bound for bound in (found.whole.low, found.whole.high)]
    trend = Trend(
        per_h=3600 * sign * found.whole.value,
        low_per_h=min(bounds),
        high_per_h=max(bounds),
        steady=found.steady,
        from_s=time.from_s,
        until_s=time.until_s,
        reaches_limit_s=reaches,
        text="",
    )
    words = growth_words(view, subject.server, subject.metric, trend, lasts=time.lasts)
    return replace(trend, text=words)


def trends_of(view: RunView) -> dict[Subject, Trend]:
    """Of all subjects that moved, as the view stands."""
    if (time := steady_time(view)) is None:
        return {}
    found = ((subject, trend_of(view, subject, time)) for subject in subjects(view))
    return {subject: trend for subject, trend in found if trend is not None}


def _metric(view: RunView, subject: Subject) -> MetricView | None:
    return view.servers[subject.server].metrics[subject.metric] if subject.server else None


def _values(series: Series, time: SteadyTime, *, lowest: bool) -> tuple[list[float], list[float]]:
    """A point that stands for many holds the last of them: it counts when that came, or what is
    rolled up would lie earlier than what is not."""
    points = [point for point in series.points(time.from_s) if point.t <= time.until_s]
    every_s = points[-1].t - points[-2].t if len(points) > 1 else 0.0
    ends = [*(later.t - every_s for later in points[1:]), *(point.t for point in points[-1:])]
    known = [
        (at_s, value)
        for at_s, point in zip(ends, points, strict=True)
        if (value := point.low if lowest else point.last) is not None
    ]
    return [at_s for at_s, _ in known], [value for _, value in known]


def _matters(subject: Subject, found: Growth) -> bool:
    slope = found.whole
    moved, level = slope.value * slope.length_s, abs(slope.level)
    if subject.server and is_percent(subject.metric):
        return moved >= LEAST_POINTS
    return moved >= level * (LEAST_OF_BYTES if is_bytes(subject.metric) else LEAST_OF_ALL)
