"""What a report keeps of servers: each metric, its limit, and how it stood against it."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.metrics.facts import MetricFacts, RunFacts
from perfconsole.metrics.soak import Subject
from perfconsole.metrics.view import MetricView, RunView
from perfconsole.metrics.words import metric_order
from perfconsole.model.summary import CrossedSummary, MetricSummary, MomentSummary
from perfconsole.model.trend import Trend


def server_summaries(
    view: RunView, facts: RunFacts, trends: Mapping[Subject, Trend]
) -> dict[str, dict[str, MetricSummary]]:
    """By server and metric, those among them that have a limit and were never measured."""
    return {
        name: {
            key: _summary(
                metric, view.servers[name].metrics.get(key), trends.get(Subject(name, key))
            )
            for key, metric in sorted(
                server.metrics.items(), key=lambda each: metric_order(each[0])
            )
        }
        for name, server in facts.servers.items()
    }


def _summary(metric: MetricFacts, seen: MetricView | None, trend: Trend | None) -> MetricSummary:
    known = seen is not None and seen.known > 0
    return MetricSummary(
        mean=metric.mean,
        peak=metric.peak,
        limit=metric.limit,
        seconds_over=metric.seconds_over if known else None,
        coverage=metric.coverage,
        least=metric.traits.least,
        judged=metric.traits.judged,
        breaches=metric.breaches,
        first_over=_first_over(seen),
        peak_at=_peak(seen),
        growth=trend,
        unit=metric.unit,
    )


def _first_over(seen: MetricView | None) -> CrossedSummary | None:
    if seen is None or seen.first_over is None:
        return None
    moment = seen.first_over
    return CrossedSummary(moment.at_s, moment.value, moment.load, moment.limit)


def _peak(seen: MetricView | None) -> MomentSummary | None:
    if seen is None or seen.peak is None or seen.limit is None:
        return None
    return MomentSummary(seen.peak_s, seen.peak, seen.peak_load)
