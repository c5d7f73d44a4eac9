"""The row of 5,000 connected VUs that mostly think: memory of each, and how late they are.

Memory is (resident with 5,000 less resident with 10) / 4,990, of the injector, while they think.
Lateness is what a server sees (gaps.py): the next request's arrival less the answer's departure
less the think time. Of two think times in the flow one is fixed and timed; the other is random
and keeps the VUs from coming in step.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ours
from machine import cores
from measuring import until
from nginx import Target, free_ports
from processes import child, memory_kb
from rows import Reach, Row, figure

VUS, FEW = 5000, 10
THINK_S = 2.0
RANDOM_THINK = "1s to 3s"
RAMP_S = 6.0
SETTLING_S = 3.0
WATCHED_S = 8.0


@dataclass(frozen=True, slots=True)
class Seen:
    resident_kb: int
    late: dict[str, Any]
    lag_p99_ms: float
    """The injector's own figure, its worst second."""


def measure(target: Target) -> Row:
    (port,) = free_ports(1)
    where, _, _ = cores()
    gaps = [sys.executable, Path(__file__).with_name("gaps.py"), str(port), str(THINK_S)]
    plain, tls = f"http://127.0.0.1:{port}", target.url(tls=True)
    with child(gaps, {where}, talks=True) as server:
        server.hear()

        def late(*, begin: bool) -> dict[str, Any]:
            server.tell("")
            return {} if begin else json.loads(server.hear())

        few_plain = _seen(plain, target, FEW, late).resident_kb
        many_plain = _seen(plain, target, VUS, late)
    few_tls = _seen(tls, target, FEW, None).resident_kb
    many_tls = _seen(tls, target, VUS, None)
    row = Row(f"{VUS:,} connected VUs thinking ({THINK_S:g} s each)")
    seen = many_plain.late
    late_ms, timers_ms = seen["late"], seen["timers"]
    each = VUS - FEW
    row.reaches = [
        Reach("memory a VU, plain", (many_plain.resident_kb - few_plain) / each, 15, " KB"),
        Reach("memory a VU, TLS", (many_tls.resident_kb - few_tls) / each, 80, " KB"),
        Reach("think time's lateness as the server saw it, p99", late_ms["p99"], 5, " ms"),
    ]
    row.notes = [
        f"of {seen['gaps']:,} gaps on {seen['connections']:,} connections: p50 "
        f"{figure(late_ms['p50'])} ms, p99.9 {figure(late_ms['p999'])} ms, at most "
        f"{figure(late_ms['max'])} ms late; the server's and the kernel's own delay is in it",
        f"the server's own timers meanwhile: p99 {figure(timers_ms['p99'])} ms late, at most "
        f"{figure(timers_ms['max'])} ms",
        f"the injector's own `loop_lag_p99_ms` (its worst second, the ramp among them): plain "
        f"{figure(many_plain.lag_p99_ms)} ms, TLS {figure(many_tls.lag_p99_ms)} ms",
        f"resident with {VUS:,} VUs: plain {many_plain.resident_kb / 1024:.0f} MB, TLS "
        f"{many_tls.resident_kb / 1024:.0f} MB",
    ]
    return row


def _seen(url: str, target: Target, vus: int, late: Any) -> Seen:
    _, core, _ = cores()
    ramp_s = RAMP_S if vus == VUS else 0.0
    with ours.running(_scenario(url, target, vus, ramp_s), [core]) as run:
        pid = run.injectors[0]
        until(lambda: _descriptors(pid) > vus, RAMP_S + 30, f"{vus} VUs did not connect")
        time.sleep(SETTLING_S)
        if late:
            late(begin=True)
        resident = 0
        end = time.monotonic() + (WATCHED_S if ramp_s else THINK_S)
        while time.monotonic() < end:
            time.sleep(0.5)
            resident = max(resident, memory_kb(pid))
        told = late(begin=False) if late else {}
        run.stop()
        lag = run.finish(60)["injectors"][0]["loop_lag_p99_ms"]
    return Seen(resident, told, lag)


def _descriptors(pid: int) -> int:
    """Open ones, connections among them."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def _scenario(url: str, target: Target, vus: int, ramp_s: float) -> dict[str, Any]:
    group = {"ramp": f"to {vus} over {ramp_s:g}s"} if ramp_s else {"vus": vus}
    check = {"status": 200}
    timed = {"request": "GET /timed", "check": check}
    untimed = {"request": "GET /", "check": check}
    return {
        "name": "thinking",
        "target": url,
        "duration": "2m",
        "http": {"ca": str(target.ca)},
        "groups": {"crowd": group},
        "flows": {
            "crowd": [
                {"transaction": "timed", "steps": [timed]},
                {"think": f"{THINK_S:g}s"},
                {"transaction": "untimed", "steps": [untimed]},
                {"think": RANDOM_THINK},
            ]
        },
    }
