"""How samples and limits of servers change a `RunView`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.fold_lines import add_line
from perfconsole.metrics.main_metrics import is_main
from perfconsole.metrics.moment_words import load_words
from perfconsole.metrics.parts import MetricView, Moment, ServerView, SnapshotView
from perfconsole.metrics.series import FULL, SHORT, Series
from perfconsole.model import event as ev
from perfconsole.model.limit_traits import PLAIN, is_beyond, of_metric
from perfconsole.model.sample import ServerSample
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

GAP_SAMPLES = 3
"""So many intervals without a word of the sampler, and no line is drawn across: the controller was
suspended."""

MOST_METRICS = 500
"""Of one server, before those are forgotten that come no more, such as containers whose names are
new each time: a soak of days would grow without end."""


def fold_sample(view: RunView, second: float, sample: ServerSample) -> None:
    server = view.servers.get(sample.server)
    if server is None:
        return
    if server.came and second - server.at_s > GAP_SAMPLES * server.interval_s:
        for metric in server.metrics.values():
            metric.series.add(server.at_s + server.interval_s, None)
    server.ok, server.detail, server.at_s = sample.ok, sample.detail, second
    if sample.ok:
        server.answered_s = second
    server.came += 1
    server.interval_s = sample.interval_s
    if server.first_due_s is None:
        server.first_due_s = second
    count_due(server, second)
    for name, metric in server.metrics.items():
        if name not in sample.metrics:
            metric.value, metric.over = None, False
            metric.series.add(second, None)
    for name, value in sample.metrics.items():
        metric = _metric_of(server, name)
        if name not in sample.held:
            _count(metric, value)
        if _take(metric, value, second, sample.interval_s):
            _keep_moments(view, metric, value, second)


def count_due(server: ServerView, second: float) -> None:
    """A sampler that says nothing any more does not stop its samples from being due."""
    due = 0
    if server.first_due_s is not None and server.interval_s > 0:
        due = int((second - server.first_due_s) / server.interval_s)
    server.expected = max(server.expected, server.came, due)


def _metric_of(server: ServerView, name: str) -> MetricView:
    metric = server.metrics.get(name)
    if metric is None:
        _make_room(server)
        metric = server.metrics[name] = MetricView(server.units.get(name))
        _limit(server, name, metric)
        metric.series = Series(keep=_kept(name, metric.limit))
    return metric


def _make_room(server: ServerView) -> None:
    """Forget the oldest metric that came no more and has no limit."""
    if len(server.metrics) >= MOST_METRICS:
        for name, metric in server.metrics.items():
            if metric.value is None and metric.limit is None:
                del server.metrics[name]
                return


def _kept(metric: str, limit: float | None) -> int:
    """Points of its history."""
    return FULL if limit is not None or is_main(metric) else SHORT


def _limit(server: ServerView, name: str, metric: MetricView) -> None:
    metric.limit = of_metric(server.limits, name)
    metric.traits = of_metric(server.traits, name) or PLAIN


def _take(metric: MetricView, value: float, second: float, every_s: float) -> bool:
    """True when the load of this moment is to be kept: it is a new peak of what has a limit, or
    its first sample beyond it."""
    limited, least = metric.limit is not None, metric.traits.least
    metric.value = value
    metric.over = metric.is_beyond(value)
    metric.known += 1
    peaked = metric.peak is None or is_beyond(value, metric.peak, least=least)
    if peaked:
        metric.peak, metric.peak_s = value, second
    metric.seconds_over += every_s if metric.over else 0.0
    metric.series.add(second, value)
    return limited and (peaked or (metric.over and metric.first_over is None))


def _count(metric: MetricView, value: float) -> None:
    """A reading that was not in a sample before."""
    metric.samples += 1
    metric.mean += (value - metric.mean) / metric.samples


def _keep_moments(view: RunView, metric: MetricView, value: float, second: float) -> None:
    load = "" if view.watches else load_words(view, second)
    if metric.limit is not None and metric.over and metric.first_over is None:
        metric.first_over = Moment(second, value, load, metric.limit)
    if metric.peak_s == second:
        metric.peak_load = load


def fold_threshold(view: RunView, event: ev.ThresholdChanged) -> None:
    server = view.servers[event.server]
    others = {name: limit for name, limit in server.limits.items() if name != event.metric}
    traits = {name: each for name, each in server.traits.items() if name != event.metric}
    server.limits, server.traits = others, traits
    if event.limit is not None:
        server.limits = {**others, event.metric: event.limit}
        if event.traits != PLAIN:
            server.traits = {**traits, event.metric: event.traits}
    for name, metric in server.metrics.items():
        _limit(server, name, metric)
        metric.series.keep = max(metric.series.keep, _kept(name, metric.limit))
        metric.over = metric.is_beyond(metric.value)
        metric.breached = metric.breached and metric.limit is not None


def fold_breach(view: RunView, event: ev.Breached) -> None:
    server = view.servers.get(event.server)
    level = "error"
    if server and (metric := server.metrics.get(event.metric)):
        metric.breached = event.over
        if event.over:
            metric.breaches += 1
            metric.first_breach = metric.first_breach or event.text
        level = level if metric.traits.judged else "warning"
    add_line(view, event.at, level if event.over else "info", "threshold", event.text)


def fold_probe(view: RunView, event: ev.ProbeChanged) -> None:
    server = view.servers.get(event.server)
    if server is not None and event.ok:
        server.probes.pop(event.probe, None)
    elif server is not None:
        server.probes[event.probe] = event.detail
    where = f"{event.server} {event.probe}"
    if event.ok:
        add_line(view, event.at, "info", "probe", say("{where} can be read again", where=where))
    else:
        add_line(view, event.at, "warning", "probe", f"{where}: {event.detail}")


def fold_snapshot(view: RunView, event: ev.SnapshotTaken) -> None:
    names = tuple(output.name for output in event.outputs)
    size = sum(len(output.text) for output in event.outputs)
    heading = SnapshotView(
        event.number, event.server, event.why, event.asked_at, names, size, event.seq
    )
    view.snapshots.append(heading)
    what, n = ", ".join(names), event.number
    text = say("snapshot {n} of {server}: {what} ({why})",
               n=n, server=event.server, what=what, why=event.why)  # fmt: skip
    add_line(view, event.at, "info", "snapshot", text)


def fold_growth(view: RunView, event: ev.Grew) -> None:
    text = event.text if event.trend is not None else ""
    if not event.server:
        view.growth = {**view.growth, event.metric: text}
    elif (server := view.servers.get(event.server)) and event.metric in server.metrics:
        server.metrics[event.metric].growth = text
    if event.loud:
        add_line(view, event.at, "warning" if event.lasts else "info", "growth", event.text)
