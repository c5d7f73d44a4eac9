"""RunView: what is known of a run, for the screen, `ctl status`, headless and reports.

A view is plain data (it is the API's snapshot) and `fold` is its only way to change. It must stay
light: no numpy, bounded in size however long the run.
"""

from __future__ import annotations

import msgspec

from perfconsole.metrics.fold import take_in
from perfconsole.metrics.parts import (
    ERROR_KEYS,
    AlarmView,
    Band,
    CommandView,
    ErrorView,
    GeneratorView,
    GroupView,
    InjectorView,
    Line,
    MetricView,
    PhaseView,
    PointView,
    ServerView,
    SnapshotView,
    TraceView,
    TransactionView,
    WarmUp,
)
from perfconsole.metrics.series import Series
from perfconsole.model.event import RunEvent
from perfconsole.model.phase import Phase
from perfconsole.model.plateau import Plateau
from perfconsole.model.states import LOADING, GroupState, RunState, Verdict
from perfconsole.model.tick import Times

__all__ = [
    "ERROR_KEYS",
    "AlarmView",
    "Band",
    "CommandView",
    "ErrorView",
    "GeneratorView",
    "GroupView",
    "InjectorView",
    "Line",
    "MetricView",
    "PhaseView",
    "PointView",
    "RunView",
    "ServerView",
    "SnapshotView",
    "TraceView",
    "TransactionView",
]

SERIES = (
    "tps_passed", "tps_failed", "p50_ms", "p95_ms", "p99_ms", "error_percent",
    "vus", "vus_target", "hits", "bytes", "connections_opened", "connections_reused",
)  # fmt: skip
"""Names of the client-side series. A server's are in its metrics."""


class RunView(msgspec.Struct):
    seq: int = 0
    """Of the last event folded."""
    run: str = ""
    name: str = ""
    target: str = ""
    watch: bool = False
    """Its groups send no load, only a request that tells how the target answers."""
    state: RunState = RunState.STARTING
    reason: str = ""
    started_at: float = 0.0
    """Unix time of run second 0."""
    now_at: float = 0.0
    """Unix time of the last event."""
    second: int = 0
    """The last one closed."""
    loaded_from: float | None = None
    """Unix time at which the first VU was wanted."""
    loaded_until: float | None = None
    """Unix time at which the load was told to end, or of the end of the last second in which
    anything finished or was cut after that."""
    duration_s: float | None = None
    response_limit_ms: float | None = None
    pass_rate_limit: float | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    groups: dict[str, GroupView] = msgspec.field(default_factory=dict)
    transactions: dict[str, TransactionView] = msgspec.field(default_factory=dict)
    servers: dict[str, ServerView] = msgspec.field(default_factory=dict)
    rendezvous: dict[str, PointView] = msgspec.field(default_factory=dict)
    errors: dict[str, ErrorView] = msgspec.field(default_factory=dict)
    injectors: dict[int, InjectorView] = msgspec.field(default_factory=dict)
    series: dict[str, Series] = msgspec.field(default_factory=lambda: {n: Series() for n in SERIES})
    lines: list[Line] = msgspec.field(default_factory=list)
    bands: list[Band] = msgspec.field(default_factory=list)
    commands: list[CommandView] = msgspec.field(default_factory=list)
    """The last ones; reports read all of them from the journal."""
    revision: int = 0
    """Number of the last event that told a command: what a command sent now is based on."""
    plateaus: list[Plateau] = msgspec.field(default_factory=list)
    """The last ones, the present one at the end; reports read all of them from the journal."""
    crossed: dict[str, str] = msgspec.field(default_factory=dict)
    """Objectives over their limit now, as announced, by `Crossed.key`."""
    growth: dict[str, str] = msgspec.field(default_factory=dict)
    """What was told last of ``p50_ms``, ``p95_ms`` and ``tps``: how they moved under the same load.
    A server's metrics have theirs with them."""
    alarms: dict[str, AlarmView] = msgspec.field(default_factory=dict)
    """Those that last, by cause."""
    snapshots: list[SnapshotView] = msgspec.field(default_factory=list)
    """All of them, `snapshot_spec.MOST_SNAPSHOTS` at most."""
    traces: dict[str, TraceView] = msgspec.field(default_factory=dict)
    """By group."""
    times: Times = Times()
    phases: dict[Phase, PhaseView] = msgspec.field(default_factory=dict)
    """Those that some request had, in the order in which they came up."""
    requests: int = 0
    requests_failed: int = 0
    cut: int = 0
    bytes_in: int = 0
    connections_opened: int = 0
    connections_reused: int = 0
    """Requests sent on a connection that was open already."""
    passed: int = 0
    failed: int = 0
    warm_up: WarmUp | None = None
    """When it is over; None before, and for runs without one."""
    generator: GeneratorView = msgspec.field(default_factory=GeneratorView)
    machine_cpu_percent: float | None = None
    """Of the machine that generates the load, all cores together, in the last second."""
    seed: int = 0
    """Of all that is drawn at random."""
    dead_man_s: float | None = None
    """The load is paused when nobody has touched the run for this long: a front end whose keys are
    pressed sends `Confirm`, once a minute at most."""

    @property
    def watches(self) -> bool:
        """It is about its servers: there is no load."""
        return self.watch or (self.started_at > 0 and not self.groups)

    @property
    def elapsed_s(self) -> float:
        return max(0.0, self.now_at - self.started_at) if self.started_at else 0.0

    @property
    def loaded_s(self) -> float:
        """Seconds that rates are over: those under load, or the whole run when there was none."""
        if self.loaded_from is None:
            return self.elapsed_s
        over = self.state in (RunState.STOPPING, RunState.ENDED) and self.loaded_until is not None
        until = min(self.now_at, self.loaded_until or 0.0) if over else self.now_at
        return max(0.0, until - self.loaded_from)

    @property
    def judged_s(self) -> float:
        """Those of `loaded_s` that objectives are about: without the warm-up."""
        if self.warm_up is None:
            return self.loaded_s
        warm_until = self.started_at + self.warm_up.second
        return max(0.0, self.loaded_s - max(0.0, warm_until - (self.loaded_from or 0.0)))

    @property
    def saturated_s(self) -> float:
        """Seconds so far in which the load generator was the bottleneck."""
        since = self.generator.since
        open_s = 0.0 if since is None else max(0.0, self.now_at - since)
        return self.generator.seconds + open_s

    def load_at(self, second: float) -> tuple[float, float]:
        """VUs and TPS (completed) at a second of the recent past."""
        t = min(max(0.0, float(int(second))), float(self.second))
        vus, passed, failed = (
            next((p.last for p in reversed(self.series[name].recent) if p.t <= t), None)
            for name in ("vus", "tps_passed", "tps_failed")
        )
        return vus or 0.0, (passed or 0.0) + (failed or 0.0)

    @property
    def vus(self) -> int:
        return sum(group.vus for group in self.groups.values())

    @property
    def vus_target(self) -> int:
        return sum(group.target for group in self.groups.values())

    @property
    def tps(self) -> float:
        """Completed in the last second, passed and failed."""
        return (self.series["tps_passed"].now or 0) + (self.series["tps_failed"].now or 0)

    @property
    def errors_per_s(self) -> float:
        return self.series["tps_failed"].now or 0

    @property
    def paused(self) -> bool:
        """Every living group is paused."""
        living = [g for g in self.groups.values() if g.vus or g.state is GroupState.PAUSED]
        return bool(living) and all(g.state is GroupState.PAUSED for g in living)

    @property
    def at_rest(self) -> bool:
        """There is something to resume, and nothing that could still be paused."""
        states = {group.state for group in self.groups.values()}
        return GroupState.PAUSED in states and not states & LOADING

    def worst_metric(self) -> tuple[str, str, MetricView] | None:
        """Server, metric name and metric that is nearest to, or furthest beyond, its limit; of
        limits that are not judged only where there are no others."""
        known = [
            (metric.traits.judged, metric.used(metric.value), server.name, name, metric)
            for server in self.servers.values()
            for name, metric in server.metrics.items()
            if metric.limit and metric.value is not None
        ]
        return max(known, key=lambda row: row[:2])[2:] if known else None

    def fold(self, event: RunEvent) -> None:
        """Take in the next event; one already folded (seq not above ours) changes nothing."""
        if event.seq > self.seq:
            take_in(self, event)
