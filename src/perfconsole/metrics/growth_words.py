"""Growth in a person's words, with how sure it is."""

from __future__ import annotations

import time
from math import floor, log10

from perfconsole.metrics.figures import three_digits
from perfconsole.metrics.limit_words import limit_text
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.server_metrics import is_bytes, is_percent
from perfconsole.model.trend import Trend
from perfconsole.texts import say

MOST_DIGITS = 4
_SCALES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


def growth_words(view: RunView, server: str, metric: str, trend: Trend, *, lasts: bool) -> str:
    """``web1 memory growing 41 ± 6 MB/h (1.2 ± 0.2 points/h), reaches 75 % between 14:10 and
    17:30``; `lasts`: the load still is what it was then."""
    what = subject_words(server, metric)
    if not trend.steady:
        return say("{what}: growth, needs a longer run", what=what)
    words = {"what": what, "pace": _pace(view, server, metric, trend)}
    text = say("{what} falling {pace}", **words) if trend.per_h < 0 else say(
        "{what} growing {pace}", **words
    )  # fmt: skip
    limit = view.servers[server].metrics[metric].limit if server else None
    if trend.reaches_limit_s is None or limit is None:
        return text
    first, last = (_clock(view, second) for second in trend.reaches_limit_s)
    then = {"growth": text, "limit": limit_text(metric, limit), "first": first, "last": last}
    if lasts:
        return say("{growth}, reaches {limit} between {first} and {last}", **then)
    return say("{growth}, would reach {limit} between {first} and {last}", **then)


def no_growth_words(server: str, metric: str) -> str:
    return say("{what} grows no more", what=subject_words(server, metric))


def subject_words(server: str, metric: str) -> str:
    """``web1 memory``; of the transactions ``p95``, ``TPS``."""
    if server:
        return f"{server} {metric_words(metric)}"
    return metric.upper() if metric == "tps" else metric.removesuffix("_ms")


def plus_minus(value: float, margin: float) -> str:
    """``41 ± 6``, ``1.2 ± 0.2``: the value as exact as the first digit of its margin, which is left
    out where it is too small to be seen."""
    whole = floor(log10(value)) + 1 if value >= 1 else 1
    places = max(0, -floor(log10(margin))) if margin > 0 else MOST_DIGITS
    if places > MOST_DIGITS - whole:
        return three_digits(value)
    return f"{value:,.{places}f} ± {margin:,.{places}f}"


def _pace(view: RunView, server: str, metric: str, trend: Trend) -> str:
    per_h, margin = abs(trend.per_h), (trend.high_per_h - trend.low_per_h) / 2
    if server and is_bytes(metric):
        return _bytes_per_h(per_h, margin, "/s" if metric_unit(metric).endswith("/s") else "")
    if not (server and is_percent(metric)):
        unit = metric_unit(metric).removesuffix("/s") if server else _own_unit(metric)
        return say("{amount}{unit}/h", amount=plus_minus(per_h, margin), unit=unit)
    points = say("{amount} points/h", amount=plus_minus(per_h, margin))
    if metric != "memory_percent" or (point := _bytes_of_a_point(view, server)) is None:
        return points
    return f"{_bytes_per_h(per_h * point, margin * point, '')} ({points})"


def _own_unit(metric: str) -> str:
    return " ms" if metric.endswith("_ms") else ""


def _bytes_of_a_point(view: RunView, server: str) -> float | None:
    """What one percent of a server's memory is."""
    metrics = view.servers[server].metrics
    used, percent = metrics.get("memory_used_bytes"), metrics.get("memory_percent")
    if used is None or percent is None or not used.samples or not percent.mean:
        return None
    return used.mean / percent.mean


def _bytes_per_h(value: float, margin: float, per: str) -> str:
    scale, unit = next(((s, u) for s, u in _SCALES if value >= s), _SCALES[-1])
    return f"{plus_minus(value / scale, margin / scale)} {unit}{per}/h"


def _clock(view: RunView, second: float) -> str:
    """Its day too, where that is another one than the run's present."""
    then = time.localtime(view.started_at + second)
    same_day = then[:3] == time.localtime(view.now_at)[:3]
    return time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", then)
