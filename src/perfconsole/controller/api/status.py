"""The run's state in a few keys, for `ctl status` and scripts."""

from __future__ import annotations

from typing import Any

from perfconsole.metrics.view import GroupView, InjectorView, RunView
from perfconsole.model.states import GroupState, RunState, Verdict, VuState

_WHOLE = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number"}
_KNOWN = {"type": ["number", "null"], "description": "null while it is unknown"}
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}


def _object(**keys: Any) -> dict[str, Any]:
    """With these keys, and maybe others."""
    return {"type": "object", "properties": keys, "required": [*keys]}


def _named(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


_GROUP = _object(
    state={"enum": [*GroupState]},
    vus=_WHOLE, target_vus=_WHOLE, held=_FLAG, by_hand=_FLAG, think_factor=_NUMBER,
    iterations=_WHOLE, states=_named(_WHOLE),
)  # fmt: skip
_POINT = _object(waiting=_WHOLE, needed={"type": ["integer", "null"]}, on=_FLAG)
_INJECTOR = _object(number=_WHOLE, pid=_WHOLE, cpu_percent=_NUMBER, saturated=_FLAG)
STATUS = _object(
    seq=_WHOLE, run=_TEXT, name=_TEXT, state={"enum": [*RunState]},
    verdict={"enum": [*Verdict, None]}, controller_pid=_WHOLE, elapsed_s=_NUMBER,
    vus=_WHOLE, target_vus=_WHOLE, tps=_NUMBER, errors_per_s=_NUMBER, error_percent=_KNOWN,
    p50_ms=_KNOWN, p95_ms=_KNOWN, p99_ms=_KNOWN, requests=_WHOLE,
    saturated=_FLAG, saturated_why=_TEXT, saturated_s=_NUMBER, machine_cpu_percent=_KNOWN,
    groups=_named(_GROUP), rendezvous=_named(_POINT), servers=_named(_named(_KNOWN)),
    injectors={"type": "array", "items": _INJECTOR},
)  # fmt: skip
"""JSON Schema of what `status_of` returns."""


def status_of(view: RunView, controller_pid: int) -> dict[str, Any]:
    """JSON-able; the keys are part of the command line's promise."""
    return {
        "seq": view.seq,
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
        "error_percent": view.series["error_percent"].now,
        "p50_ms": view.series["p50_ms"].now,
        "p95_ms": view.series["p95_ms"].now,
        "p99_ms": view.series["p99_ms"].now,
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
                "states": {state.value: group.states.get(state, 0) for state in VuState},
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
