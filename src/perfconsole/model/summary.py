"""What a run came to: the summary JSON, its keys relied on by others."""

from __future__ import annotations

import msgspec

from perfconsole.model.states import Verdict
from perfconsole.model.trend import Trend


class RequestSummary(msgspec.Struct, frozen=True):
    count: int
    """Finished ones, failed ones among them."""
    failed: int
    cut: int
    """In flight at a stop now, a lost injector or a killed controller."""
    rate: float
    """Requests a second over the run."""


class ServiceSummary(msgspec.Struct, frozen=True):
    """From the actual start, ms; None when there were none."""

    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None


class PhaseSummary(msgspec.Struct, frozen=True):
    """Of the requests that had the phase and were answered, ms."""

    count: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class NamedRequestSummary(msgspec.Struct, frozen=True):
    """Requests of one name, redirects among them."""

    count: int
    failed: int
    opened: int
    """Of those answered, how many had to open a connection."""
    phases_ms: dict[str, float]
    """Mean over those answered, by phase; a phase that a request did not have is 0 in it."""


class ConnectionSummary(msgspec.Struct, frozen=True):
    opened: int
    reused: int
    """Requests sent on a connection that was open already."""


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
    service: ServiceSummary | None = None
    """Open model: service times; the times above are response times then."""
    dropped: int = 0
    """Open model: arrivals of its groups that no VU could take."""


class ErrorSummary(msgspec.Struct, frozen=True):
    key: str
    count: int
    sample: str
    exchange: str = ""
    """The first failing request and its answer, secrets masked."""


class GroupSummary(msgspec.Struct, frozen=True):
    peak_vus: int
    iterations: int
    due: int | None = None
    """Open model: arrivals that fell due."""
    offered: int | None = None
    """Open model: arrivals that a VU began."""
    dropped: int | None = None
    """Open model: arrivals that no VU could take."""
    asked: int | None = None
    """Open model: arrivals that the rate came to; far more than `due` when injectors were lost."""


class MomentSummary(msgspec.Struct, frozen=True):
    at_s: float
    """Run seconds."""
    value: float
    load: str
    """In words, ``340 VUs, 412 TPS``; empty in a run without load."""


class CrossedSummary(MomentSummary, frozen=True):
    limit: float
    """The one that stood then, whatever a hand made of it later."""


class MetricSummary(msgspec.Struct, frozen=True):
    mean: float | None
    peak: float | None
    """The highest value; where the limit is a least one, the lowest."""
    limit: float | None
    seconds_over: float | None
    """Beyond the limit; None where it was never measured."""
    coverage: float
    """Share of the expected samples that came, 0 to 1."""
    least: bool = False
    """Less is worse: the limit is the least that it should be."""
    judged: bool = True
    """False: the verdict is not about this limit."""
    breaches: int = 0
    first_over: CrossedSummary | None = None
    """The first sample beyond the limit."""
    peak_at: MomentSummary | None = None
    """Of what has a limit."""
    growth: Trend | None = None
    unit: str | None = None
    """Of a probe's metric whose name does not tell."""


class InjectorSummary(msgspec.Struct, frozen=True):
    pid: int
    cpu_us_per_request: float | None
    cpu_percent_peak: float
    loop_lag_p99_ms: float
    peak_rss_mb: float
    saturated_s: float = 0.0
    """Seconds in which it was the bottleneck."""
    gc_pause_ms: float = 0.0
    """Longest pause of its garbage collector."""
    sockets_left: int | None = None
    """How many more it could open when it had fewest left."""


class PointSummary(msgspec.Struct, frozen=True):
    releases: int
    spread_ms_max: float | None


class CommandSummary(msgspec.Struct, frozen=True):
    at: float
    by: str
    command: str
    """What was done, as shown in the events."""
    effect_ms: float | None


class AlarmSummary(msgspec.Struct, frozen=True):
    cause: str
    level: str
    text: str
    """As it was raised."""
    at: float
    """Unix time of its beginning."""
    duration_s: float
    recovered: bool
    """False: it lasted until the end."""


class SnapshotSummary(msgspec.Struct, frozen=True):
    """Of a server; ``report --snapshot`` shows it whole."""

    number: int
    server: str
    at: float
    """Unix time."""
    why: str
    names: tuple[str, ...]
    """Of its outputs."""


class ObjectiveSummary(msgspec.Struct, frozen=True):
    text: str
    value: float | None
    met: bool | None
    """None when too little was measured to tell."""


class MetricPlateau(msgspec.Struct, frozen=True):
    mean: float
    peak: float


class MoveSummary(msgspec.Struct, frozen=True):
    name: str
    """``p95_ms``, ``tps``, ``error_percent``, or of a server ``web1/memory_percent``."""
    before: float
    now: float
    text: str


class PlateauSummary(msgspec.Struct, frozen=True):
    """A stretch of steady load, settled. Times are of passed transactions, ms."""

    from_s: float
    """Run seconds."""
    until_s: float
    vus: dict[str, int]
    """At work, by group; open groups are left out."""
    rate: float | None
    """Arrivals a second wanted, of all open groups."""
    tps: float
    """Passed a second."""
    failed_per_s: float
    hits_per_s: float
    error_percent: float | None
    mean_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    servers: dict[str, dict[str, MetricPlateau]]
    """By server and metric."""
    ended_by: str
    """What changed the load."""
    since: int | None = None
    """Number, from 1, of the first plateau under about the same load; None where it was compared
    with none."""
    moved: tuple[MoveSummary, ...] = ()
    """What was another than then, by more than its noise."""


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
    phases: dict[str, PhaseSummary] = {}
    connections: ConnectionSummary = ConnectionSummary(0, 0)
    requests_by_name: dict[str, NamedRequestSummary] = {}
    saturated_s: float = 0.0
    """Seconds in which the load generator was the bottleneck."""
    insecure: bool = False
    """The target's certificate was not verified."""
    seed: int = 0
    """With which the run can be repeated."""
    alarms: tuple[AlarmSummary, ...] = ()
    """All but that of the end."""
    plateaus: tuple[PlateauSummary, ...] = ()
    snapshots: tuple[SnapshotSummary, ...] = ()
    growth: dict[str, Trend] = {}
    """Of the transactions' ``p50_ms``, ``p95_ms`` and ``tps``, where they moved."""
