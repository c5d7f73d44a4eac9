"""How a second of load changes a `RunView`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.fold_servers import count_due
from perfconsole.metrics.generator import generator_second
from perfconsole.metrics.parts import (
    ERROR_KEYS,
    OTHER_ERRORS,
    ErrorView,
    GroupView,
    InjectorView,
    PhaseView,
    PointView,
    TransactionView,
)
from perfconsole.model.states import active
from perfconsole.model.tick import GroupTick, InjectorHealth, RunTick

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView


def fold_second(view: RunView, tick: RunTick) -> None:
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
        count_due(server, float(tick.second))
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
