"""What stands under the metrics of a server: how the selected one has moved, probes in trouble, and
the last snapshots."""

from __future__ import annotations

import time

from perfconsole.console.widgets.pen import Part
from perfconsole.metrics.limit_words import limit_text
from perfconsole.metrics.moment_words import moment_text
from perfconsole.metrics.view import MetricView, RunView, ServerView, SnapshotView
from perfconsole.metrics.words import metric_figure
from perfconsole.texts import say

MOST = 3
"""Lines of probes, and of snapshots."""


def told(view: RunView, server: ServerView, metric: str) -> tuple[Part, ...]:
    """A line each; none where there is nothing to tell."""
    seen = server.metrics.get(metric)
    return (
        *(_moments(metric, seen) if seen else ()), *_probes(server), *_snapshots(view, server.name)
    )  # fmt: skip


def snapshots_of(view: RunView, server: str) -> list[SnapshotView]:
    """Oldest first."""
    return [each for each in view.snapshots if each.server == server]


def snapshot_line(heading: SnapshotView) -> str:
    """``snapshot 3  08:00:59, web1 CPU over 75 %``."""
    moment = time.strftime("%H:%M:%S", time.localtime(heading.at))
    return say("snapshot {n}  {moment}, {why}", n=heading.number, moment=moment, why=heading.why)


def _moments(name: str, metric: MetricView) -> tuple[Part, ...]:
    """Its growth, and when it was beyond its limit first and furthest."""
    lines: list[Part] = [(metric.growth, "")] if metric.growth else []
    least, first = metric.traits.least, metric.first_over
    texts = []
    if first is not None and metric.limit is not None:
        limit = limit_text(name, first.limit, unit=metric.unit)
        words = {"limit": limit, "moment": moment_text(first.at_s, first.load)}
        texts.append(
            say("first under {limit} at {moment}", **words)
            if least
            else say("first over {limit} at {moment}", **words)
        )
    if metric.peak is not None and metric.limit is not None:
        words = {
            "value": metric_figure(name, metric.peak, metric.unit),
            "moment": moment_text(metric.peak_s, metric.peak_load),
        }
        texts.append(
            say("lowest {value} at {moment}", **words)
            if least
            else say("peak {value} at {moment}", **words)
        )
    return (*lines, *([("  ".join(texts), "")] if texts else []))


def _probes(server: ServerView) -> tuple[Part, ...]:
    failing = list(server.probes.items())
    lines = [say("{probe} fails: {why}", probe=name, why=why) for name, why in failing[:MOST]]
    if len(failing) > MOST:
        more = say("(and {n} more)", n=len(failing) - MOST)
        lines[-1] = f"{more} {lines[-1]}"
    return tuple((line, "warn") for line in lines)


def _snapshots(view: RunView, server: str) -> tuple[Part, ...]:
    last = snapshots_of(view, server)[-MOST:]
    return tuple((snapshot_line(each), "dim") for each in reversed(last))
