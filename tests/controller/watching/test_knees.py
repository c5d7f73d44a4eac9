"""The hint that throughput follows the load no more, as seconds close."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.controller.watching.knees import Knees
from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.merge import GroupLoad, MergedSecond, run_tick
from perfconsole.model import event as ev
from perfconsole.model.sketch import ramp
from perfconsole.model.states import RunState, VuState
from perfconsole.model.wire import TransactionCounts

MOST_TPS = 100.0
THINK_S = 2.0


def row(group: str, count: int, time_s: float) -> TransactionCounts:
    us = np.full(count, 1e6 * time_s)
    return TransactionCounts(
        group, "home", count, 0, 0, float(us.sum()), float((us * us).sum()), 1e6 * time_s,
        1e6 * time_s, 0.0, 0.0, *sparse(bucket_numbers(us)),
    )  # fmt: skip


class System:
    """Each VU asks every two seconds; the target answers at once, up to 100 a second: then the
    others wait, as Little's law has it."""

    def __init__(self, record: Record, kept: Any) -> None:
        self.record, self.kept, self.second = record, kept, 0
        self.schedules = {name: GroupSchedule(name, ramp(0, 1)) for name in ("browse", "buy")}
        self.knees = Knees(record, self.schedules)
        record.add(
            ev.Started, at=1000.0, run="r", name="n", target="", rendezvous=(), duration_s=None,
            groups=tuple(ev.GroupInfo(name, name, 1) for name in self.schedules), servers=(),
            response_limit_ms=None, pass_rate_limit=None, scenario={},
        )  # fmt: skip
        record.add(ev.StateChanged, state=RunState.RUNNING)

    def play(self, *vus: int, rate: float | None = None, begun: int = 0, waiting: int = 0) -> None:
        """Seconds of `browse`; of `buy` with the arrivals of an open group."""
        for count in vus:
            merged = MergedSecond(self.second)
            merged.states["browse"] = Counter({VuState.RUNNING: count})
            tps = min(MOST_TPS, count / (THINK_S + 0.1))
            if int(tps):
                merged.rows.append(row("browse", int(tps), count / tps - THINK_S))
            loads = {"browse": GroupLoad(count, {})}
            if rate is not None:
                merged.arrivals["buy"] = Counter(due=int(rate), offered=begun, waiting=waiting)
                loads["buy"] = GroupLoad(5, {}, rate)
            self.knees.take(merged, run_tick(merged, loads, ()))
            self.second += 1

    @property
    def hints(self) -> list[str]:
        return [e.text for e in self.kept.of(ev.Noted) if e.kind == "knee"]


@pytest.fixture
def system(timed: Record, kept: Any) -> System:
    return System(timed, kept)


def test_the_knee_is_a_hint_with_the_load(system: System) -> None:
    system.play(*range(0, 200, 2))
    assert system.hints == []
    system.play(*range(200, 500, 2))
    (hint,) = system.hints
    words = hint.split()
    assert hint.startswith("TPS flat since ")
    assert 180 <= int(words[3]) <= 230
    assert words[4:8] == ["VUs:", "100", "TPS,", "p95"]
    assert "→" in hint


def test_it_says_nothing_while_the_generator_is_the_bottleneck(system: System) -> None:
    system.record.add(ev.Saturated, injector=0, on=True, text="busy", since=1000.0)
    system.play(*range(0, 500, 2))
    assert system.hints == []


def test_other_think_times_make_loads_that_cannot_be_compared(system: System) -> None:
    system.play(*range(0, 250, 2))
    system.schedules["browse"].change_think(4.0)
    system.play(*[260] * 60)
    assert system.hints == []


def test_an_open_group_that_falls_behind_is_told_with_its_rate(system: System) -> None:
    system.play(*[0] * 20, rate=100.0, begun=100)
    for second in range(20):
        system.play(0, rate=150.0, begun=100, waiting=50 * second)
    (hint,) = system.hints
    assert hint.startswith("arrivals of buy fall behind since 150/s: 100/s begun, ")
    assert "wait for a free VU" in hint
