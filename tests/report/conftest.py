"""Runs on disk, as a controller would have left them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfconsole.journal.writer import JournalWriter
from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.merge import GroupLoad, SecondMerger, run_tick
from perfconsole.metrics.phases import RequestTotals
from perfconsole.metrics.totals import Totals
from perfconsole.model import event as ev
from perfconsole.model.phase import Phase
from perfconsole.model.plateau import Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import RunState, Verdict, VuState
from perfconsole.model.summary import ObjectiveSummary
from perfconsole.model.wire import (
    ErrorCount,
    GroupCounts,
    InjectorTick,
    PhaseCounts,
    RequestCounts,
    TransactionCounts,
)

MakeRun = Callable[..., Path]
STARTED_AT = 1_700_000_000.0
NAMES = ("home page", "supply and demand list with a long name", "在线申请办理不动产登记")


def row(group: str, name: str, times_ms: list[float], failed: int) -> TransactionCounts:
    us = np.array(times_ms) * 1000
    buckets, counts = sparse(bucket_numbers(us))
    return TransactionCounts(
        group, name, len(us), failed, 0, float(us.sum()), float((us * us).sum()),
        float(us.min()), float(us.max()), 2000.0 * failed, 2000.0, buckets, counts,
    )  # fmt: skip


def phase(phase: Phase, times_ms: list[float]) -> PhaseCounts:
    us = np.array(times_ms) * 1000
    buckets = sparse(bucket_numbers(us))
    return PhaseCounts(phase, len(us), float(us.sum()), float(us.max()), *buckets)


EXCHANGE = """> GET /a?token=*** HTTP/1.1
> Host: shop
>
< HTTP/1.1 503 Service Unavailable
< Content-Length: 4
<
< busy
* HTTP 503"""


class Recording:
    """Puts events in order, with their numbers and times."""

    def __init__(self, path: Path) -> None:
        self.writer = JournalWriter(path)
        self._seq = 0

    def tell(self, kind: type[ev.Event], at_s: float, /, **fields: Any) -> None:
        self._seq += 1
        self.writer.put(kind(seq=self._seq, at=STARTED_AT + at_s, **fields))


def _start(run: Recording, servers: bool) -> None:
    limits = {"cpu_percent": 75.0, "memory_percent": 75.0, "disk_percent": 80.0}
    run.tell(
        ev.Started, 0, run="20260101-120000-abcd", name="shop 店铺", target="http://127.0.0.1:1",
        groups=(ev.GroupInfo("browse", "browse", 10),),
        servers=(ev.ServerInfo("web1", "this machine", limits, True),) if servers else (),
        rendezvous=(ev.PointInfo("top-up", "100% of all"),), duration_s=30.0,
        response_limit_ms=500.0, pass_rate_limit=99.0,
        scenario={"name": "shop", "objectives": [{"metric": "p95_ms", "max": 500}]},
    )  # fmt: skip


@dataclass
class Sums:
    totals: Totals = field(default_factory=Totals)
    timing: RequestTotals = field(default_factory=RequestTotals)


def _second(run: Recording, merger: SecondMerger, sums: Sums, n: int) -> None:
    wave = 40 + 30 * math.sin(n / 4)
    rows = [
        row("browse", name, [wave * (1 + part / 10) * (k + 1) for part in range(10)], int(n == 7))
        for k, name in enumerate(NAMES)
    ]
    tick = InjectorTick(
        injector=0, second=n, transactions=tuple(rows),
        groups=(GroupCounts("browse", {VuState.RUNNING: min(10, n + 1)}, 10, 0),),
        errors=(
            ErrorCount("GET /a: HTTP 503", 3, "HTTP/1.1 503 \x1b[31mred\r\nbusy", EXCHANGE),
        ) * (n == 7),
        requests=30 + 3 * (n == 7), requests_failed=3 * (n == 7), cut=0, bytes_in=30_000,
        connections_opened=1, lag_p99_ms=1.5, cpu_s=0.5 + n * 0.0015, rss_mb=44.0,
        connections_reused=29,
        phases=(
            *((phase(Phase.CONNECT, [0.5 + n]),) * (n < 2)),
            phase(Phase.SEND, [0.0] * 30), phase(Phase.WAIT, [wave] * 29 + [200.0]),
            phase(Phase.RECEIVE, [1.0] * 30),
        ),
        by_request=(
            RequestCounts("browse", "GET /a", 30, 0, 1, (0, 500, 0, 0, 30_000, 3000), 30),
        ),
    )  # fmt: skip
    merger.add(tick)
    for merged in merger.close(n + 1):
        load = {"browse": GroupLoad(10, {VuState.PENDING: max(0, 9 - n)})}
        run.tell(ev.Second, n + 1, tick=run_tick(merged, load, ()))
        sums.totals.merge(Totals.of(merged.rows))
        sums.timing.merge(merged.timing)
    run.writer.put_window(0, sums.totals.rows())
    run.writer.put_timing(0, sums.timing.phase_rows(), sums.timing.request_rows())


def _make(
    folder: Path,
    seconds: int = 30,
    servers: bool = True,
    ended: tuple[Verdict, tuple[str, ...]] | None = (Verdict.PASSED, ("all well ≥ 99 %",)),
    judged: tuple[ObjectiveSummary, ...] = (ObjectiveSummary("p95 ≤ 500 ms", 207.9, True),),
    loaded: tuple[float, float] | None = None,
    begun: list[int] | None = None,
    plateaus: Sequence[Plateau] = (),
) -> Path:
    """A run of one injector: 3 transactions of 10 a second each, 3 requests failed at second 7.

    `loaded`: when the load began, and when the run ended, run seconds.
    """
    folder.mkdir(parents=True)
    run = Recording(folder / "journal.db")
    _start(run, servers)
    merger, sums = SecondMerger(), Sums()
    merger.expect(0, 4711)
    run.tell(ev.StateChanged, 0, state=RunState.RUNNING)
    if loaded:
        run.tell(ev.LoadBegan, loaded[0])
    run.tell(
        ev.Commanded, 1, id="c1", by="ann", command={"do": "note"}, said="paused browse by hand"
    )
    run.tell(ev.TookEffect, 1.1, id="c1", effect_ms=12.5)
    run.tell(ev.Commanded, 2, id="c2", by="bob", command={"do": "note"}, said="noted")
    run.tell(ev.Released, 3, name="top-up", release=1, vus=10, spread_ms=9.0)
    run.tell(ev.Released, 4, name="top-up", release=2, vus=10, spread_ms=11.0)
    for n in range(seconds):
        _second(run, merger, sums, n)
        if servers and n % 2 == 0:
            metrics = {
                "cpu_percent": 40.0 + n, "memory_percent": 50.0, "disk_percent:/": 64.0,
                "net_rx_bytes_s": 125_000.0,
            }  # fmt: skip
            run.tell(ev.Sampled, n, second=float(n), sample=ServerSample("web1", True, metrics))
    for plateau in plateaus:
        run.tell(ev.PlateauMeasured, plateau.until_s, plateau=plateau)
    if ended:
        at_s = loaded[1] if loaded else seconds
        run.tell(ev.Ended, at_s, verdict=ended[0], reasons=ended[1], objectives=judged)
    run.writer.close()
    if begun is not None:
        (folder / "begun").write_bytes(np.array(begun, np.uint64).tobytes())
    return folder


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    return lambda name="run", **fields: _make(tmp_path / name, **fields)
