"""How samples and limits of servers change a `RunView`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.fold_lines import add_line
from perfconsole.metrics.parts import MetricView, ServerView, SnapshotView
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView


def fold_sample(view: RunView, second: float, sample: ServerSample) -> None:
    server = view.servers.get(sample.server)
    if server is None:
        return
    server.ok, server.detail, server.at_s = sample.ok, sample.detail, second
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
        _metric(server, name, value, second, sample.interval_s)


def count_due(server: ServerView, second: float) -> None:
    """A sampler that says nothing any more does not stop its samples from being due."""
    due = 0
    if server.first_due_s is not None and server.interval_s > 0:
        due = int((second - server.first_due_s) / server.interval_s)
    server.expected = max(server.expected, server.came, due)


def _metric(server: ServerView, name: str, value: float, second: float, every: float) -> None:
    metric = server.metrics.get(name)
    if metric is None:
        metric = server.metrics[name] = MetricView(limit=_limit_of(server, name))
    metric.value = value
    metric.over = metric.limit is not None and value > metric.limit
    metric.samples += 1
    metric.mean += (value - metric.mean) / metric.samples
    metric.peak = value if metric.peak is None else max(metric.peak, value)
    metric.seconds_over += every if metric.over else 0.0
    metric.series.add(second, value)


def _limit_of(server: ServerView, metric: str) -> float | None:
    return server.limits.get(metric, server.limits.get(metric.split(":", 1)[0]))


def fold_threshold(view: RunView, event: ev.ThresholdChanged) -> None:
    server = view.servers[event.server]
    server.limits = {**server.limits, event.metric: event.limit}
    for name, metric in server.metrics.items():
        metric.limit = _limit_of(server, name)


def fold_breach(view: RunView, event: ev.Breached) -> None:
    server = view.servers.get(event.server)
    if server and (metric := server.metrics.get(event.metric)):
        metric.breached = event.over
        if event.over:
            metric.breaches += 1
            metric.first_breach = metric.first_breach or event.text
    add_line(view, event.at, "error" if event.over else "info", "threshold", event.text)


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
