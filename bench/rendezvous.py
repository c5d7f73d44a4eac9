"""The row of 1,000 VUs released together in two injectors, beside bare tasks in two processes.

Both send the very same bytes: those that perfconsole sends are caught first. Spread is first to
last request written after a release, both processes taken together, stamped right after the
write in either case.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import ours
from machine import cores
from nginx import Target
from processes import BenchError, child
from rows import Reach, Row, figure, spread

from perfconsole.model.event import Released

VUS, RELEASES = 1000, 15
POINT = "together"


def measure(target: Target, rounds: int) -> Row:
    request = caught_request(target)
    our_ms: list[list[float]] = []
    bare_ms: list[list[float]] = []
    for _ in range(rounds):
        our_ms.append(_ours(target))
        bare_ms.append(_bare(target, request))
    row = Row(f"rendezvous of {VUS:,} VUs in two injectors, {RELEASES} releases a round")
    row.head = ("", "greatest spread, ms", "median spread, ms")
    for name, taken in (("perfconsole", our_ms), ("bare uvloop tasks", bare_ms)):
        medians = spread([median(times) for times in taken])
        row.table.append((name, spread([max(times) for times in taken]), medians))
    greatest = median(max(t) for t in our_ms) / median(max(t) for t in bare_ms)
    typical = median(median(t) for t in our_ms) / median(median(t) for t in bare_ms)
    row.reaches = [Reach("greatest spread, perfconsole ÷ bare tasks", greatest, 1.5)]
    row.notes = [
        f"the same of the median release: {figure(typical)}",
        "each process has a core; nginx and the controller (or what plays it) share one with "
        "the second when there are only two",
    ]
    return row


def _placed() -> list[int]:
    """Cores of the two processes."""
    _, core, others = cores()
    return [core, min(others)]


def _ours(target: Target) -> list[float]:
    scenario = _scenario(target.url(), VUS, RELEASES)
    with ours.running(scenario, _placed()) as run:
        summary = run.finish(120)
        told = [e.spread_ms for e in run.events() if isinstance(e, Released) and e.vus == VUS]
    times = [ms for ms in told if ms is not None]
    if len(times) < RELEASES:
        raise BenchError(f"{len(times)} full releases: {summary['rendezvous']}")
    return times


def _scenario(url: str, vus: int, iterations: int) -> dict[str, Any]:
    request = {"request": "GET /", "check": {"status": 200}}
    return {
        "name": "rendezvous",
        "target": url,
        "groups": {"crowd": {"vus": vus, "iterations": iterations}},
        "rendezvous": {POINT: {"wait_for": "100% of all"}},
        "flows": {"crowd": [request, {"rendezvous": POINT}, {**request, "name": "together"}]},
    }


def _bare(target: Target, request: bytes) -> list[float]:
    half = VUS // 2
    script = Path(__file__).with_name("bare.py")
    argv = [sys.executable, script, *map(str, (target.port, half, RELEASES)), request.hex()]
    with contextlib.ExitStack() as held:
        crowds = [held.enter_context(child(argv, {core}, talks=True)) for core in _placed()]
        for _ in range(RELEASES):
            for crowd in crowds:
                if (said := crowd.hear()) != "full":
                    raise BenchError(f"bare tasks: {said}")
            for crowd in crowds:
                crowd.tell("go")
        written = [json.loads(crowd.hear()) for crowd in crowds]
    return [
        1000 * (max(last for _, last in both) - min(first for first, _ in both))
        for both in zip(*written, strict=True)
    ]


def caught_request(target: Target) -> bytes:
    """The bytes of perfconsole's request to `target`: its Host header is set right."""
    with (
        _catcher() as (port, caught),
        ours.running(_scenario(f"http://127.0.0.1:{port}", 1, 1), _placed()[:1]) as run,
    ):
        run.finish(30)
    return caught[0].replace(f":{port}".encode(), f":{target.port}".encode())


@contextlib.contextmanager
def _catcher() -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers whatever comes, and keeps it."""
    caught: list[bytes] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    while data := connection.recv(65536):
                        caught.append(data)
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], caught
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
