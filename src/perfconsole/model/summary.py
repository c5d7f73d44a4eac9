"""What a run came to: the summary JSON, its keys relied on by others."""

from __future__ import annotations

import msgspec

from perfconsole.model.states import Verdict


class RequestSummary(msgspec.Struct, frozen=True):
    count: int
    """Finished ones, failed ones among them."""
    failed: int
    cut: int
    """In flight at a stop now, a lost injector or a killed controller."""
    rate: float
    """Requests a second over the run."""


class TransactionSummary(msgspec.Struct, frozen=True):
    """Times are of passed transactions, ms; None when there were none."""

    passed: int
    failed: int
    cut: int
    pass_rate: float | None
    """Percent."""
    min_ms: float | None
    mean_ms: float | None
    stdev_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    failed_mean_ms: float | None
    """Of the failed ones."""
    failed_max_ms: float | None
    tps: float
    """Completed a second, passed and failed."""


class ErrorSummary(msgspec.Struct, frozen=True):
    key: str
    count: int
    sample: str


class GroupSummary(msgspec.Struct, frozen=True):
    peak_vus: int
    iterations: int


class MetricSummary(msgspec.Struct, frozen=True):
    mean: float | None
    peak: float | None
    limit: float | None
    seconds_over: float
    coverage: float
    """Share of the expected samples that came, 0 to 1."""


class InjectorSummary(msgspec.Struct, frozen=True):
    pid: int
    cpu_us_per_request: float | None
    cpu_percent_peak: float
    loop_lag_p99_ms: float
    peak_rss_mb: float


class PointSummary(msgspec.Struct, frozen=True):
    releases: int
    spread_ms_max: float | None


class CommandSummary(msgspec.Struct, frozen=True):
    at: float
    by: str
    command: str
    """What was done, as shown in the events."""
    effect_ms: float | None


class ObjectiveSummary(msgspec.Struct, frozen=True):
    text: str
    value: float | None
    met: bool | None
    """None when too little was measured to tell."""


class Summary(msgspec.Struct, frozen=True):
    run: str
    name: str
    verdict: Verdict
    reasons: tuple[str, ...]
    started_at: float
    """Unix time."""
    duration_s: float
    requests: RequestSummary
    transactions: dict[str, TransactionSummary]
    errors: tuple[ErrorSummary, ...]
    groups: dict[str, GroupSummary]
    servers: dict[str, dict[str, MetricSummary]]
    injectors: tuple[InjectorSummary, ...]
    rendezvous: dict[str, PointSummary]
    commands: tuple[CommandSummary, ...]
    objectives: tuple[ObjectiveSummary, ...]
