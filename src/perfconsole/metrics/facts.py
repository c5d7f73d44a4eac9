"""What the verdict rests on beside the transactions: the same figures for run and report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from perfconsole.metrics.offering import Offering
from perfconsole.metrics.parts import WarmUp
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.model.limit_traits import PLAIN, LimitTraits

ENOUGH_COVERAGE = 0.9
"""Share of the expected samples below which nothing is proven."""
NO_WARM_UP = WarmUp(0, 0, 0, 0.0, {})


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """Of the whole run, but for `judged_mean`."""

    mean: float | None
    peak: float | None
    limit: float | None
    seconds_over: float
    coverage: float
    """Share of the expected samples that came, 0 to 1."""
    breaches: int = 0
    first_breach: str = ""
    """As announced: server, metric, limit and the load at that moment."""
    judged_mean: float | None = None
    """Without the warm-up."""
    traits: LimitTraits = PLAIN
    """Of the limit."""
    unit: str | None = None
    """Its own; None: by how its name ends."""
    always_over: bool = False
    """It was beyond its limit in each sample there is."""
    crossed: float | None = None
    """The limit that it was beyond first: a hand may have set another one since."""


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
    """Seconds, requests, bytes and saturation are without the warm-up, as objectives are."""

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
    in_warm_up: bool = False
    """The run did not get past its warm-up."""

    def per_second(self, amount: float) -> float | None:
        return amount / self.loaded_s if self.loaded_s > 0 else None


def facts_of(view: RunView, aborted: str | None = None, warm_up_s: float = 0.0) -> RunFacts:
    """`warm_up_s` is what the scenario asks for."""
    warm_up = view.warm_up or NO_WARM_UP
    return RunFacts(
        loaded_s=view.judged_s,
        requests=view.requests - warm_up.requests,
        bytes_in=view.bytes_in - warm_up.bytes_in,
        servers={
            name: _server_facts(server, warm_up.samples) for name, server in view.servers.items()
        },
        aborted=aborted,
        saturated_s=max(0.0, view.saturated_s - warm_up.saturated_s),
        saturated_why=view.generator.why,
        offerings={
            name: Offering(group.due, group.offered, group.dropped, group.asked)
            for name, group in view.groups.items()
            if group.arrivals is not None
        },
        in_warm_up=warm_up_s > 0 and view.warm_up is None,
    )


def _server_facts(server: ServerView, warm: Mapping[str, tuple[int, float]]) -> ServerFacts:
    """`warm`: count and mean of each metric's samples in the warm-up."""
    metrics = {
        name: _metric_facts(server, metric, *warm.get(f"{server.name}/{name}", (0, 0.0)))
        for name, metric in server.metrics.items()
    }
    for name, limit in server.limits.items():
        traits = server.traits.get(name, PLAIN)
        seen = any(each == name or each.startswith(f"{name}:") for each in metrics)
        if not seen and not traits.optional:
            metrics[name] = MetricFacts(
                None, None, limit, 0.0, 0.0, traits=traits, unit=server.units.get(name)
            )
    reached = any(metric.samples for metric in server.metrics.values())
    return ServerFacts(server.judged, reached, server.detail, metrics)


def _metric_facts(
    server: ServerView, metric: MetricView, warm_samples: int, warm_mean: float
) -> MetricFacts:
    judged = metric.samples - warm_samples
    judged_sum = metric.mean * metric.samples - warm_mean * warm_samples
    return MetricFacts(
        mean=metric.mean if metric.samples else None,
        peak=metric.peak,
        limit=metric.limit,
        seconds_over=metric.seconds_over,
        coverage=metric.known / server.expected if server.expected else 0.0,
        breaches=metric.breaches,
        first_breach=metric.first_breach,
        judged_mean=judged_sum / judged if judged else None,
        traits=metric.traits,
        unit=metric.unit,
        always_over=0 < metric.known * server.interval_s <= metric.seconds_over,
        crossed=metric.first_over.limit if metric.first_over else None,
    )
