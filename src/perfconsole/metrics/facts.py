"""What the verdict rests on beside the transactions: the same figures for run and report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from perfconsole.metrics.offering import Offering
from perfconsole.metrics.view import MetricView, RunView, ServerView

ENOUGH_COVERAGE = 0.9
"""Share of the expected samples below which nothing is proven."""


@dataclass(frozen=True, slots=True)
class MetricFacts:
    mean: float | None
    peak: float | None
    limit: float | None
    seconds_over: float
    coverage: float
    """Share of the expected samples that came, 0 to 1."""
    breaches: int = 0
    first_breach: str = ""
    """As announced: server, metric, limit and the load at that moment."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    judged: bool
    reached: bool
    detail: str
    """Why it was not reached, as far as known."""
    metrics: Mapping[str, MetricFacts]
    """Every metric seen, and every limit that no metric was seen for (coverage 0)."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    loaded_s: float
    """Seconds that rates are over."""
    requests: int
    bytes_in: int
    servers: Mapping[str, ServerFacts]
    aborted: str | None = None
    """Why the run was given up."""
    saturated_s: float = 0.0
    """Seconds in which the load generator was the bottleneck."""
    saturated_why: str = ""
    offerings: Mapping[str, Offering] = field(default_factory=dict)
    """Of the groups of an open model."""

    def per_second(self, amount: float) -> float | None:
        return amount / self.loaded_s if self.loaded_s > 0 else None


def facts_of(view: RunView, aborted: str | None = None) -> RunFacts:
    return RunFacts(
        loaded_s=view.loaded_s,
        requests=view.requests,
        bytes_in=view.bytes_in,
        servers={name: _server_facts(server) for name, server in view.servers.items()},
        aborted=aborted,
        saturated_s=view.saturated_s,
        saturated_why=view.generator.why,
        offerings={
            name: Offering(group.due, group.offered, group.dropped, group.asked)
            for name, group in view.groups.items()
            if group.arrivals is not None
        },
    )


def _server_facts(server: ServerView) -> ServerFacts:
    metrics = {name: _metric_facts(server, metric) for name, metric in server.metrics.items()}
    for name, limit in server.limits.items():
        if not any(seen == name or seen.startswith(f"{name}:") for seen in metrics):
            metrics[name] = MetricFacts(None, None, limit, 0.0, 0.0)
    reached = any(metric.samples for metric in server.metrics.values())
    return ServerFacts(server.judged, reached, server.detail, metrics)


def _metric_facts(server: ServerView, metric: MetricView) -> MetricFacts:
    return MetricFacts(
        mean=metric.mean if metric.samples else None,
        peak=metric.peak,
        limit=metric.limit,
        seconds_over=metric.seconds_over,
        coverage=metric.samples / server.expected if server.expected else 0.0,
        breaches=metric.breaches,
        first_breach=metric.first_breach,
    )
