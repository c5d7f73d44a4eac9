"""Rows of CPU for one request: perfconsole beside its peers, interleaved, round after round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import ours
from measuring import Reading
from nginx import Target
from peers import AB, HEY, K6, K9, LOCUST, WRK, Job, Peer
from processes import BenchError
from rows import Reach, Row, figure, spread

VUS = 50
OURS = "perfconsole"
QUIET = 0.05
"""Share of the time that others may hold the core of a measured process."""


@dataclass(frozen=True, slots=True)
class Work:
    title: str
    path: str | None
    """None: the five-step flow."""
    tls: bool
    peers: Sequence[Peer]
    reach: dict[str, float]
    """Highest ratio of our CPU for a request to a peer's, by its name."""


WORKS = {
    "get": Work(
        f"GET, keep-alive, {VUS} VUs", "/", False, (WRK, HEY, AB, K9, LOCUST, K6),
        {WRK.name: 1.8, LOCUST.name: 0.15, HEY.name: 0.7},
    ),
    "tls": Work(f"GET over TLS, {VUS} VUs", "/", True, (WRK, HEY, AB, K9), {WRK.name: 2.2}),
    "body": Work(f"GET of 20 KB, {VUS} VUs", "/big", False, (WRK, HEY, AB, K9), {WRK.name: 2.2}),
    "flow": Work(
        f"five-step flow, {VUS} VUs: login (cookie), three pages with a value extracted and sent"
        " back, POST with JSON from a CSV row",
        None, False, (K9, LOCUST), {LOCUST.name: 0.35},
    ),
}  # fmt: skip


def measure(work: Work, target: Target, rounds: int, seconds: float) -> Row:
    tools = _tools(work, target, seconds)
    readings: dict[str, list[Reading]] = {name: [] for name in tools}
    troubles: list[str] = []
    names = list(tools)
    for number in range(rounds):
        turn = number % len(names)  # nobody always runs after the same other
        for name in names[turn:] + names[:turn]:
            try:
                readings[name].append(tools[name]())
            except BenchError as error:
                if name == OURS:
                    raise
                troubles.append(f"no reading of {name} in round {number + 1}: {error}")
    row = _row(work, {name: taken for name, taken in readings.items() if taken})
    row.notes += troubles
    return row


def _tools(work: Work, target: Target, seconds: float) -> dict[str, Callable[[], Reading]]:
    if work.path is None:
        scenario = ours.order(target, vus=VUS, seconds=seconds)
    else:
        scenario = ours.page(target, work.path, vus=VUS, seconds=seconds, tls=work.tls)
    tools: dict[str, Callable[[], Reading]] = {
        OURS: partial(ours.reading, scenario, target, seconds)
    }
    job = Job(target, VUS, seconds, work.path, work.tls)
    for peer in work.peers:
        if peer.here:
            tools[peer.name] = partial(peer.reading, job)
    return tools


def _row(work: Work, readings: dict[str, list[Reading]]) -> Row:
    row = Row(
        work.title,
        ("tool", "CPU µs a request", "requests/s", "peak MB", "whole process, µs", "perfconsole ÷"),
    )
    our_us = _cpu_us(readings[OURS])
    for name, taken in readings.items():
        row.table.append(
            (
                name,
                spread([r.window.cpu_us for r in taken]),
                figure(median(r.window.rate for r in taken)),
                figure(median(r.window.peak_mb for r in taken)),
                figure(median(r.whole_us for r in taken)),
                "" if name == OURS else f"{our_us / _cpu_us(taken):.2f}",
            )
        )
    for name, limit in work.reach.items():
        theirs = readings.get(name)
        row.reaches.append(
            Reach(f"perfconsole ÷ {name}", our_us / _cpu_us(theirs) if theirs else None, limit)
        )
    own = [r.own_us for r in readings[OURS] if r.own_us is not None]
    row.notes.append(f"`cpu_us_per_request` of perfconsole's own summary: {spread(own)} µs")
    waiting = max(r.window.kept_waiting for r in readings[OURS])
    if waiting > QUIET:
        row.notes.append(
            f"**disturbed**: others held perfconsole's core {waiting:.0%} of the time; measure anew"
        )
    missing = [peer.name for peer in work.peers if not peer.here]
    if missing:
        row.notes.append(f"not on this machine, so not measured: {', '.join(missing)}")
    return row


def _cpu_us(readings: Sequence[Reading]) -> float:
    cpu_us: float = median(r.window.cpu_us for r in readings)
    return cpu_us
