"""The run's state in a few keys, for `ctl status` and scripts."""

from __future__ import annotations

from typing import Any

from perfconsole.metrics.view import GroupView, InjectorView, RunView


def status_of(view: RunView, controller_pid: int) -> dict[str, Any]:
    """JSON-able; the keys are part of the command line's promise."""
    return {
        "run": view.run,
        "name": view.name,
        "state": view.state.value,
        "verdict": view.verdict.value if view.verdict else None,
        "controller_pid": controller_pid,
        "elapsed_s": round(view.elapsed_s, 3),
        "vus": view.vus,
        "target_vus": view.vus_target,
        "tps": view.tps,
        "errors_per_s": view.errors_per_s,
        "requests": view.requests,
        "saturated": bool(view.generator.causes),
        "saturated_why": "; ".join(view.generator.causes.values()),
        "saturated_s": round(view.saturated_s, 3),
        "machine_cpu_percent": view.machine_cpu_percent,
        "alarms": {
            cause: {"level": alarm.level, "text": alarm.text, "since": alarm.since}
            for cause, alarm in view.alarms.items()
        },
        "groups": {
            group.name: {
                "state": group.state.value,
                "vus": group.vus,
                "target_vus": group.target,
                "held": group.held,
                "by_hand": group.by_hand,
                "think_factor": group.think_factor,
                "iterations": group.iterations,
                **_arrivals(group),
                "states": {state.value: count for state, count in group.states.items()},
            }
            for group in view.groups.values()
        },
        "rendezvous": {
            point.name: {"waiting": point.total, "needed": point.needed, "on": point.on}
            for point in view.rendezvous.values()
        },
        "servers": {
            server.name: {name: metric.value for name, metric in server.metrics.items()}
            for server in view.servers.values()
        },
        "injectors": [
            _injector(view, number, shown)
            for number, shown in view.injectors.items()
            if shown.living
        ],
    }


def _injector(view: RunView, number: int, shown: InjectorView) -> dict[str, Any]:
    health = shown.health
    return {
        "number": number,
        "pid": health.pid,
        "cpu_percent": health.cpu_percent,
        "loop_lag_p99_ms": round(health.lag_p99_ms, 3),
        "gc_pause_ms": round(health.gc_pause_ms, 3),
        "sockets_left": health.sockets_left,
        "memory_mb": health.memory_mb,
        "peak_rss_mb": health.rss_mb,
        "saturated": shown.saturated_since is not None,
        "saturated_s": round(shown.saturated_until(view.now_at), 3),
    }


def _arrivals(group: GroupView) -> dict[str, Any]:
    """Of an open model; the counts are since the start."""
    if group.arrivals is None:
        return {}
    return {
        "rate": group.arrivals.rate,
        "offered_per_s": group.arrivals.offered,
        "due": group.due,
        "offered": group.offered,
        "waiting": group.arrivals.waiting,
        "dropped": group.dropped,
    }
