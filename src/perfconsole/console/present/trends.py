"""Where a metric has come from in the last minutes: an arrow, or a few bars."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from operator import attrgetter

from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.sparkline import bars
from perfconsole.metrics.view import MetricView

WAY_S = 120.0
"""What an arrow is about: the mean of its second half against that of its first."""
LEAST_POINTS = 6
MOVED = 0.05
"""Share of the limit (without one, of the highest value) that is a way up or down."""
TREND_S = 300.0
"""What the bars show."""
_time = attrgetter("t")


def way(metric: MetricView, now_s: float) -> str:
    """An arrow up or down, or a space: always one cell."""
    points = list(metric.series.back_to(now_s - WAY_S))
    later = [p.last for p in points if p.last is not None and p.t >= now_s - WAY_S / 2]
    earlier = [p.last for p in points if p.last is not None and p.t < now_s - WAY_S / 2]
    if min(len(later), len(earlier)) < LEAST_POINTS:
        return " "
    change = sum(later) / len(later) - sum(earlier) / len(earlier)
    scale = metric.limit or max(map(abs, (*later, *earlier)))
    up, down = glyphs.current().ways
    if abs(change) <= MOVED * scale:
        return " "
    return up if change > 0 else down


def trend(metric: MetricView, now_s: float, width: int, ceiling: float | None = None) -> str:
    """The last minutes in `width` bars; only the newest one changes until the next begins."""
    step = TREND_S / width
    end = math.floor(now_s / step) + 1
    points = metric.series.since((end - width) * step)
    edges = [bisect_left(points, (end - n) * step, key=_time) for n in range(width, -1, -1)]
    peaks = [
        max((p.high for p in points[first:last] if p.high is not None), default=None)
        for first, last in pairwise(edges)
    ]
    return bars(peaks, width, glyphs.current().bars, ceiling)
