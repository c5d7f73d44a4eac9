"""The fold: how each event changes a `RunView`. One for the screen and for every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.generator import generator_second, gone, saturated
from perfconsole.metrics.parts import (
    ERROR_KEYS,
    OTHER_ERRORS,
    Band,
    CommandView,
    CoursePoint,
    ErrorView,
    GroupView,
    InjectorView,
    Line,
    MetricView,
    PhaseView,
    PointView,
    ServerView,
    TransactionView,
    WarmUp,
)
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import GroupState, RunState, active
from perfconsole.model.tick import GroupTick, InjectorHealth, RunTick
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

EVENT_LINES = 500
BANDS = 200
PAUSE = "pause"
WARM_UP = "warm-up"
COURSE_POINTS = 100
_MOVING = frozenset({GroupState.PENDING, GroupState.RAMPING, GroupState.RUNNING})
"""States in which time passes in a group's plan."""
_UNDER_WAY = _MOVING | {GroupState.PAUSED}


def take_in(view: RunView, event: ev.RunEvent) -> None:  # noqa: PLR0912 - one case per event
    """Change `view` as `event`, the next one, says."""
    view.seq = event.seq
    view.now_at = max(view.now_at, event.at)
    match event:
        case ev.Started():
            _start(view, event)
        case ev.LoadBegan():
            view.loaded_from = event.at
        case ev.WarmedUp():
            _warmed_up(view, event)
        case ev.StateChanged():
            view.state, view.reason = event.state, event.reason
            if event.state is RunState.STOPPING and view.loaded_from is not None:
                view.loaded_until = max(event.at, view.loaded_until or 0.0)
        case ev.Second():
            _second(view, event.tick)
        case ev.Sampled():
            _sample(view, event.second, event.sample)
        case ev.GroupChanged():
            _group_changed(view, event)
        case ev.PointChanged():
            point = view.rendezvous.setdefault(event.name, PointView(event.name, ""))
            point.waiting, point.needed, point.on = event.waiting, event.needed, event.on
        case ev.Released():
            _released(view, event)
        case ev.Commanded():
            _commanded(view, event)
        case ev.TookEffect():
            for command in view.commands:
                if command.id == event.id:
                    command.effect_ms = event.effect_ms
        case ev.Breached():
            _breached(view, event)
        case ev.Saturated():
            text = saturated(view, event)
            _line(view, event.at, "error" if event.on else "info", "generator", text)
        case ev.Noted():
            _line(view, event.at, event.level, event.kind, event.text, event.detail)
        case ev.Ended():
            view.state, view.verdict = RunState.ENDED, event.verdict
            view.reasons = event.reasons
            gone(view)
            _close_bands(view, view.elapsed_s)


def _warmed_up(view: RunView, event: ev.WarmedUp) -> None:
    samples = {
        f"{server.name}/{name}": (metric.samples, metric.mean)
        for server in view.servers.values()
        for name, metric in server.metrics.items()
    }
    view.warm_up = WarmUp(event.second, view.requests, view.bytes_in, view.saturated_s, samples)
    start = 0.0 if view.loaded_from is None else view.loaded_from - view.started_at
    view.bands.append(Band(WARM_UP, start, float(event.second)))
    text = say("the warm-up is over: objectives are about what comes from now on")
    _line(view, event.at, "info", "run", text)


def _line(view: RunView, at: float, level: str, kind: str, text: str, detail: str = "") -> None:
    view.lines.append(Line(at, level, kind, text, detail, view.seq))
    del view.lines[:-EVENT_LINES]


def _start(view: RunView, event: ev.Started) -> None:
    view.run, view.name, view.target = event.run, event.name, event.target
    view.started_at, view.duration_s, view.seed = event.at, event.duration_s, event.seed
    view.response_limit_ms = event.response_limit_ms
    view.pass_rate_limit = event.pass_rate_limit
    view.groups = {
        g.name: GroupView(g.name, g.flow, g.vus, stages=g.stages, open=g.open) for g in event.groups
    }
    view.servers = {s.name: ServerView(s.name, s.where, s.judged, s.limits) for s in event.servers}
    view.rendezvous = {p.name: PointView(p.name, p.policy) for p in event.rendezvous}


def _second(view: RunView, tick: RunTick) -> None:
    view.second = tick.second
    _transactions_second(view, tick)
    for group in tick.groups:
        _group_second(view, group)
    for key, count in tick.errors.items():
        _error(view, key, count, tick.samples.get(key, ""))
    for key, exchange in tick.exchanges.items():
        if key in view.errors:
            view.errors[key].exchange = exchange
    for phase in tick.phases:
        view.phases.setdefault(phase.phase, PhaseView(phase, 0)).add(phase, tick.second)
    for injector in view.injectors.values():
        injector.living = False
    for health in tick.injectors:
        _injector(view, health)
    generator_second(view, tick)
    for point in tick.rendezvous:
        shown = view.rendezvous.setdefault(point.name, PointView(point.name, ""))
        shown.waiting, shown.needed, shown.on = point.waiting, point.needed, point.on
    for server in view.servers.values():
        _count_due(server, float(tick.second))
    view.times = tick.times
    view.requests += tick.requests
    view.requests_failed += tick.requests_failed
    view.cut += tick.cut
    view.bytes_in += tick.bytes_in
    view.connections_opened += tick.connections_opened
    view.connections_reused += tick.connections_reused
    passed = sum(row.passed for row in tick.transactions)
    failed = sum(row.failed for row in tick.transactions)
    view.passed += passed
    view.failed += failed
    if passed or failed or tick.requests or tick.cut:
        view.loaded_until = view.started_at + tick.second + 1
    _series_second(view, tick, passed, failed)


def _transactions_second(view: RunView, tick: RunTick) -> None:
    current = {row.name: row for row in tick.transactions}
    for name, row in current.items():
        seen = view.transactions.setdefault(name, TransactionView(name))
        seen.passed += row.passed
        seen.failed += row.failed
    for name, seen in view.transactions.items():
        now = current.get(name)
        seen.tps, seen.failed_per_s = (now.passed, now.failed) if now else (0, 0)
        if now and now.passed:
            seen.times, seen.service = now.times, now.service


def _series_second(view: RunView, tick: RunTick, passed: int, failed: int) -> None:
    t, loaded = float(tick.second), bool(view.groups)
    gap = not loaded or (view.paused and not passed + failed)
    values: dict[str, float | None] = {
        "tps_passed": None if gap else passed,
        "tps_failed": None if gap else failed,
        "p50_ms": tick.times.p50_ms,
        "p95_ms": tick.times.p95_ms,
        "p99_ms": tick.times.p99_ms,
        "error_percent": 100 * failed / (passed + failed) if passed + failed else None,
        "vus": view.vus if loaded else None,
        "vus_target": view.vus_target if loaded else None,
        "hits": None if gap else tick.requests,
        "bytes": None if gap else tick.bytes_in,
        "connections_opened": None if gap else tick.connections_opened,
        "connections_reused": None if gap else tick.connections_reused,
    }
    for name, value in values.items():
        view.series[name].add(t, value)


def _group_second(view: RunView, tick: GroupTick) -> None:
    group = view.groups.setdefault(tick.name, GroupView(tick.name, tick.name, 0))
    group.states, group.target = tick.states, tick.target
    group.vus = active(tick.states)
    group.peak_vus = max(group.peak_vus, group.vus, tick.peak)
    group.iterations += tick.iterations
    group.iterations_per_s = tick.iterations
    group.passed += tick.passed
    group.failed += tick.failed
    group.tps, group.failed_per_s, group.times = tick.passed, tick.failed, tick.times
    group.service, group.arrivals = tick.service, tick.arrivals
    if tick.arrivals is not None:
        group.due += tick.arrivals.due
        group.asked = tick.arrivals.asked
        group.offered += tick.arrivals.offered
        group.dropped += tick.arrivals.dropped


def _error(view: RunView, key: str, count: int, sample: str) -> None:
    if key not in view.errors and len(view.errors) >= ERROR_KEYS:
        key = OTHER_ERRORS
    error = view.errors.setdefault(key, ErrorView(key))
    error.count += count
    error.sample = error.sample or sample


def _injector(view: RunView, health: InjectorHealth) -> None:
    is_new = health.injector not in view.injectors
    shown = view.injectors.setdefault(health.injector, InjectorView(health))
    shown.health, shown.living = health, True
    shown.requests += health.requests
    shown.cpu_percent_peak = max(shown.cpu_percent_peak, health.cpu_percent)
    if not is_new:  # its own start is in its first second
        shown.lag_p99_ms_peak = max(shown.lag_p99_ms_peak, health.lag_p99_ms)


def _sample(view: RunView, second: float, sample: ServerSample) -> None:
    server = view.servers.get(sample.server)
    if server is None:
        return
    server.ok, server.detail, server.at_s = sample.ok, sample.detail, second
    server.came += 1
    server.interval_s = sample.interval_s
    if server.first_due_s is None:
        server.first_due_s = second
    _count_due(server, second)
    for name, metric in server.metrics.items():
        if name not in sample.metrics:
            metric.value, metric.over = None, False
            metric.series.add(second, None)
    for name, value in sample.metrics.items():
        _metric(server, name, value, second, sample.interval_s)


def _count_due(server: ServerView, second: float) -> None:
    """A sampler that says nothing any more does not stop its samples from being due."""
    due = 0
    if server.first_due_s is not None and server.interval_s > 0:
        due = int((second - server.first_due_s) / server.interval_s)
    server.expected = max(server.expected, server.came, due)


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


def _group_changed(view: RunView, event: ev.GroupChanged) -> None:
    group = view.groups.setdefault(event.name, GroupView(event.name, event.name, 0))
    at = max(0.0, event.at - view.started_at)
    _course(group, event, at)
    group.state, group.target = event.state, event.target
    group.held, group.by_hand = event.held, event.by_hand
    group.think_factor = event.think_factor
    pausing = any(band.kind == PAUSE and band.end is None for band in view.bands)
    if view.paused and not pausing:
        view.bands.append(Band(PAUSE, at))
        del view.bands[:-BANDS]
    elif pausing and not view.paused:
        _close_bands(view, at, PAUSE)


def _course(group: GroupView, event: ev.GroupChanged, at_s: float) -> None:
    if event.course_s is None or (group.state not in _UNDER_WAY and event.state in _UNDER_WAY):
        group.course = []
    if event.course_s is None:
        return
    moving = event.state in _MOVING and not event.held and not event.by_hand
    group.course.append(CoursePoint(at_s, event.course_s, moving))
    del group.course[:-COURSE_POINTS]


def _close_bands(view: RunView, at: float, kind: str = "") -> None:
    """Those of `kind`; all of them when it is empty."""
    for band in view.bands:
        if band.end is None and kind in ("", band.kind):
            band.end = at


def _commanded(view: RunView, event: ev.Commanded) -> None:
    done = CommandView(event.id, event.at, event.by, event.said, event.command)
    view.revision = event.seq
    view.commands.append(done)
    del view.commands[:-EVENT_LINES]
    _line(view, event.at, "info", "command", event.said)


def _released(view: RunView, event: ev.Released) -> None:
    point = view.rendezvous.setdefault(event.name, PointView(event.name, ""))
    point.releases = max(point.releases, event.release)
    if event.spread_ms is not None:
        point.spread_ms_max = max(point.spread_ms_max or 0.0, event.spread_ms)


def _breached(view: RunView, event: ev.Breached) -> None:
    server = view.servers.get(event.server)
    if server and (metric := server.metrics.get(event.metric)):
        metric.breached = event.over
        if event.over:
            metric.breaches += 1
            metric.first_breach = metric.first_breach or event.text
    _line(view, event.at, "error" if event.over else "info", "threshold", event.text)
