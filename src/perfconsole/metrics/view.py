"""RunView: the one fold of a run's events, for the screen, `ctl status`, headless and reports.

A view is plain data (it is the API's snapshot) and `fold` is its only way to change. It must stay
light: no numpy, bounded in size however long the run.
"""

from __future__ import annotations

from typing import Any

import msgspec

from perfconsole.metrics.series import Series
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import GroupState, RunState, Verdict, VuState, active
from perfconsole.model.tick import GroupTick, InjectorHealth, RunTick, Times

EVENT_LINES = 500
BANDS = 200
ERROR_KEYS = 500


class GroupView(msgspec.Struct):
    name: str
    flow: str
    planned: int
    state: GroupState = GroupState.DOWN
    vus: int = 0
    """Alive now."""
    target: int = 0
    held: bool = False
    by_hand: bool = False
    states: dict[VuState, int] = msgspec.field(default_factory=dict)
    peak_vus: int = 0
    iterations: int = 0
    """Since the start."""
    iterations_per_s: int = 0
    passed: int = 0
    """Transactions since the start."""
    failed: int = 0
    tps: int = 0
    """Passed in the last second."""
    failed_per_s: int = 0
    times: Times = Times()


class TransactionView(msgspec.Struct):
    name: str
    passed: int = 0
    failed: int = 0
    tps: int = 0
    failed_per_s: int = 0
    times: Times = Times()
    """Of the last second in which one passed."""


class MetricView(msgspec.Struct):
    limit: float | None = None
    value: float | None = None
    over: bool = False
    """The last sample was over the limit."""
    breached: bool = False
    series: Series = msgspec.field(default_factory=Series)
    mean: float = 0.0
    peak: float | None = None
    samples: int = 0
    seconds_over: float = 0.0
    breaches: int = 0
    first_breach: str = ""
    """As announced, with the load at that moment."""


class ServerView(msgspec.Struct):
    name: str
    where: str
    judged: bool
    limits: dict[str, float]
    ok: bool | None = None
    """None before the first sample."""
    detail: str = ""
    metrics: dict[str, MetricView] = msgspec.field(default_factory=dict)
    expected: int = 0
    """Samples that were due."""
    at_s: float = 0.0
    """Run time of the last sample."""


class PointView(msgspec.Struct):
    name: str
    policy: str
    waiting: dict[str, int] = msgspec.field(default_factory=dict)
    needed: int | None = None
    on: bool = True
    releases: int = 0
    spread_ms_max: float | None = None

    @property
    def total(self) -> int:
        return sum(self.waiting.values())


class ErrorView(msgspec.Struct):
    key: str
    count: int = 0
    sample: str = ""


class InjectorView(msgspec.Struct):
    health: InjectorHealth
    requests: int = 0
    living: bool = True
    cpu_percent_peak: float = 0.0
    lag_p99_ms_peak: float = 0.0


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of the events panel."""

    at: float
    level: str
    """``info``, ``warning`` or ``error``."""
    kind: str
    text: str


class Band(msgspec.Struct, array_like=True):
    """A stretch to be shown behind the series, run seconds; `end` None while it lasts."""

    kind: str
    start: float
    end: float | None = None


class CommandView(msgspec.Struct):
    id: str
    at: float
    by: str
    said: str
    command: dict[str, Any]
    effect_ms: float | None = None


SERIES = (
    "tps_passed", "tps_failed", "p50_ms", "p95_ms", "p99_ms", "error_percent",
    "vus", "vus_target", "hits", "bytes",
)  # fmt: skip
"""Names of the client-side series. A server's are in its metrics."""


class RunView(msgspec.Struct):
    seq: int = 0
    """Of the last event folded."""
    run: str = ""
    name: str = ""
    target: str = ""
    state: RunState = RunState.STARTING
    reason: str = ""
    started_at: float = 0.0
    """Unix time of run second 0."""
    now_at: float = 0.0
    """Unix time of the last event."""
    second: int = 0
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
    times: Times = Times()
    requests: int = 0
    requests_failed: int = 0
    cut: int = 0
    bytes_in: int = 0
    passed: int = 0
    failed: int = 0

    # ------------------------------------------------------------ figures derived from the fields

    @property
    def elapsed_s(self) -> float:
        return max(0.0, self.now_at - self.started_at) if self.started_at else 0.0

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

    def worst_metric(self) -> tuple[str, str, MetricView] | None:
        """Server, metric name and metric that is nearest to, or furthest over, its limit."""
        known = [
            (metric.value / metric.limit, server.name, name, metric)
            for server in self.servers.values()
            for name, metric in server.metrics.items()
            if metric.limit and metric.value is not None
        ]
        return max(known, key=lambda row: row[0])[1:] if known else None

    # ------------------------------------------------------------ the fold

    def fold(self, event: ev.RunEvent) -> None:  # noqa: PLR0912 - one case per event, a line each
        """Take in the next event; one already folded (seq not above ours) changes nothing."""
        if event.seq <= self.seq:
            return
        self.seq = event.seq
        self.now_at = max(self.now_at, event.at)
        match event:
            case ev.Started():
                self._start(event)
            case ev.StateChanged():
                self.state, self.reason = event.state, event.reason
            case ev.Second():
                self._second(event.tick)
            case ev.Sampled():
                self._sample(event.second, event.sample)
            case ev.GroupChanged():
                self._group_changed(event)
            case ev.PointChanged():
                point = self.rendezvous.setdefault(event.name, PointView(event.name, ""))
                point.waiting, point.needed, point.on = event.waiting, event.needed, event.on
            case ev.Released():
                self._released(event)
            case ev.Commanded():
                self.commands.append(
                    CommandView(event.id, event.at, event.by, event.said, event.command)
                )
                del self.commands[:-EVENT_LINES]
                self._line(event.at, "info", "command", event.said)
            case ev.TookEffect():
                for command in self.commands:
                    if command.id == event.id:
                        command.effect_ms = event.effect_ms
            case ev.Breached():
                self._breached(event)
            case ev.Noted():
                self._line(event.at, event.level, event.kind, event.text)
            case ev.Ended():
                self.state, self.verdict, self.reasons = (
                    RunState.ENDED,
                    event.verdict,
                    event.reasons,
                )
                self._close_bands(self.elapsed_s)

    def _line(self, at: float, level: str, kind: str, text: str) -> None:
        self.lines.append(Line(at, level, kind, text))
        del self.lines[:-EVENT_LINES]

    def _start(self, event: ev.Started) -> None:
        self.run, self.name, self.target = event.run, event.name, event.target
        self.started_at, self.duration_s = event.at, event.duration_s
        self.response_limit_ms = event.response_limit_ms
        self.pass_rate_limit = event.pass_rate_limit
        self.groups = {g.name: GroupView(g.name, g.flow, g.vus) for g in event.groups}
        self.servers = {
            s.name: ServerView(s.name, s.where, s.judged, s.limits) for s in event.servers
        }
        self.rendezvous = {p.name: PointView(p.name, p.policy) for p in event.rendezvous}

    def _second(self, tick: RunTick) -> None:
        self.second = tick.second
        passed = failed = 0
        for row in tick.transactions:
            seen = self.transactions.setdefault(row.name, TransactionView(row.name))
            seen.passed += row.passed
            seen.failed += row.failed
            passed += row.passed
            failed += row.failed
        current = {row.name: row for row in tick.transactions}
        for name, seen in self.transactions.items():
            now = current.get(name)
            seen.tps, seen.failed_per_s = (now.passed, now.failed) if now else (0, 0)
            if now and now.passed:
                seen.times = now.times
        for group in tick.groups:
            self._group_second(group)
        for key, count in tick.errors.items():
            self._error(key, count, tick.samples.get(key, ""))
        for injector in self.injectors.values():
            injector.living = False
        for health in tick.injectors:
            self._injector(health)
        for point in tick.rendezvous:
            shown = self.rendezvous.setdefault(point.name, PointView(point.name, ""))
            shown.waiting, shown.needed, shown.on = point.waiting, point.needed, point.on
        self.times = tick.times
        self.requests += tick.requests
        self.requests_failed += tick.requests_failed
        self.cut += tick.cut
        self.bytes_in += tick.bytes_in
        self.passed += passed
        self.failed += failed
        self._series_second(tick, passed, failed)

    def _series_second(self, tick: RunTick, passed: int, failed: int) -> None:
        t, gap = float(tick.second), self.paused and not passed + failed
        values: dict[str, float | None] = {
            "tps_passed": None if gap else passed,
            "tps_failed": None if gap else failed,
            "p50_ms": tick.times.p50_ms,
            "p95_ms": tick.times.p95_ms,
            "p99_ms": tick.times.p99_ms,
            "error_percent": 100 * failed / (passed + failed) if passed + failed else None,
            "vus": self.vus,
            "vus_target": self.vus_target,
            "hits": None if gap else tick.requests,
            "bytes": None if gap else tick.bytes_in,
        }
        for name, value in values.items():
            self.series[name].add(t, value)

    def _group_second(self, tick: GroupTick) -> None:
        group = self.groups.setdefault(tick.name, GroupView(tick.name, tick.name, 0))
        group.states, group.target = tick.states, tick.target
        group.vus = active(tick.states)
        group.peak_vus = max(group.peak_vus, group.vus, tick.peak)
        group.iterations += tick.iterations
        group.iterations_per_s = tick.iterations
        group.passed += tick.passed
        group.failed += tick.failed
        group.tps, group.failed_per_s, group.times = tick.passed, tick.failed, tick.times

    def _error(self, key: str, count: int, sample: str) -> None:
        if key not in self.errors and len(self.errors) >= ERROR_KEYS:
            key = "other"
        error = self.errors.setdefault(key, ErrorView(key))
        error.count += count
        error.sample = error.sample or sample

    def _injector(self, health: InjectorHealth) -> None:
        shown = self.injectors.setdefault(health.injector, InjectorView(health))
        shown.health, shown.living = health, True
        shown.requests += health.requests
        shown.cpu_percent_peak = max(shown.cpu_percent_peak, health.cpu_percent)
        shown.lag_p99_ms_peak = max(shown.lag_p99_ms_peak, health.lag_p99_ms)

    def _sample(self, second: float, sample: ServerSample) -> None:
        server = self.servers.get(sample.server)
        if server is None:
            return
        server.ok, server.detail, server.at_s = sample.ok, sample.detail, second
        server.expected += 1
        for name, metric in server.metrics.items():
            if name not in sample.metrics:
                metric.value, metric.over = None, False
                metric.series.add(second, None)
        for name, value in sample.metrics.items():
            self._metric(server, name, value, second, sample.interval_s)

    @staticmethod
    def _metric(server: ServerView, name: str, value: float, second: float, every: float) -> None:
        metric = server.metrics.get(name)
        if metric is None:
            limit = server.limits.get(name, server.limits.get(name.split(":", 1)[0]))
            metric = server.metrics[name] = MetricView(limit=limit)
        metric.value = value
        metric.over = metric.limit is not None and value > metric.limit
        metric.samples += 1
        metric.mean += (value - metric.mean) / metric.samples
        metric.peak = value if metric.peak is None else max(metric.peak, value)
        metric.seconds_over += every if metric.over else 0.0
        metric.series.add(second, value)

    def _group_changed(self, event: ev.GroupChanged) -> None:
        group = self.groups.setdefault(event.name, GroupView(event.name, event.name, 0))
        group.state, group.target = event.state, event.target
        group.held, group.by_hand = event.held, event.by_hand
        at = max(0.0, event.at - self.started_at)
        pausing = bool(self.bands) and self.bands[-1].end is None
        if self.paused and not pausing:
            self.bands.append(Band("pause", at))
            del self.bands[:-BANDS]
        elif pausing and not self.paused:
            self._close_bands(at)

    def _close_bands(self, at: float) -> None:
        for band in self.bands:
            if band.end is None:
                band.end = at

    def _released(self, event: ev.Released) -> None:
        point = self.rendezvous.setdefault(event.name, PointView(event.name, ""))
        point.releases = max(point.releases, event.release)
        point.spread_ms_max = max(point.spread_ms_max or 0.0, event.spread_ms)

    def _breached(self, event: ev.Breached) -> None:
        server = self.servers.get(event.server)
        if server and (metric := server.metrics.get(event.metric)):
            metric.breached = event.over
            if event.over:
                metric.breaches += 1
                metric.first_breach = metric.first_breach or event.text
        self._line(event.at, "error" if event.over else "info", "threshold", event.text)


def rolled(view: RunView, most_points: int) -> RunView:
    """A copy whose series together have at most about `most_points` points, peaks kept."""
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=RunView)
    metrics = [m for server in copy.servers.values() for m in server.metrics.values()]
    each = max(60, most_points // (len(copy.series) + len(metrics) or 1))
    copy.series = {name: series.rolled_to(each) for name, series in copy.series.items()}
    for metric in metrics:
        metric.series = metric.series.rolled_to(each)
    return copy
