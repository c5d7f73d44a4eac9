"""A soak compared with itself: what is another than on the first plateau like the present one."""

from __future__ import annotations

import re
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from perfconsole.controller.watching.comparing import Comparing, GroupLoad, Loads
from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.move_words import moved_line
from perfconsole.metrics.parts import MetricView, ServerView
from perfconsole.metrics.stretch import Stretch
from perfconsole.metrics.view import RunView
from perfconsole.model.plateau import Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.wire import TransactionCounts

LOADS: Loads = {"browse": GroupLoad(100, None, 1.0)}


def row(times_ms: list[float], failed: int = 0) -> TransactionCounts:
    us = np.array(times_ms) * 1000
    buckets, counts = sparse(bucket_numbers(us))
    return TransactionCounts(
        "browse", "home", len(us), failed, 0, float(us.sum()), float((us * us).sum()),
        float(us.min()), float(us.max()), 0.0, 0.0, buckets, counts,
    )  # fmt: skip


class Compared:
    def __init__(self) -> None:
        server = ServerView("web1", "", True, {"memory_percent": 75.0})
        server.metrics = {"memory_percent": MetricView(limit=75.0), "forks_s": MetricView()}
        self.comparing = Comparing(RunView(servers={"web1": server}))
        self.random = Random(3)
        self.number = 0

    def plateau(
        self,
        seconds: int,
        p95_ms: float = 400.0,
        memory: float = 50.0,
        loads: Loads = LOADS,
        tps: int = 20,
        failed: int = 0,
    ) -> Plateau:
        """As told at its end; each second's times are its own by a tenth or so."""
        self.number += 1
        stretch = Stretch(0)
        self.comparing.begin()
        told = None
        for second in range(seconds):
            times = [self.random.gauss(p95_ms * 0.8, p95_ms * 0.1) for _ in range(tps)]
            stretch.add([row(times, failed)], tps)
            percent = memory + self.random.gauss(0, 0.5)
            sample = ServerSample("web1", True, {"memory_percent": percent, "forks_s": percent})
            stretch.sampled(sample)
            self.comparing.sampled(sample)
            self.comparing.add([row(times, failed)])
            over = second == seconds - 1
            figures = stretch.figures(self.number, {"browse": 100}, None, over=over)
            if over or second % 5 == 4:
                told = self.comparing.compared(figures, loads)
        assert told is not None
        return told


@pytest.fixture
def run() -> Compared:
    return Compared()


def test_what_has_moved_since_the_first_plateau_is_told(run: Compared) -> None:
    assert moved_line(run.plateau(120)) == ""
    assert run.plateau(90, loads={"browse": GroupLoad(300, None, 1.0)}).since is None
    later = run.plateau(120, p95_ms=560, memory=57)
    assert later.since == 1
    assert {move.name for move in later.moved} == {"p95_ms", "p50_ms", "web1/memory_percent"}
    text = moved_line(later)
    assert re.match(r"since the first plateau: p95 \+\d\d % \(\d{3} → \d{3} ms\), p50 \+", text)
    assert text.endswith(" ms), web1 memory +7 points")


def test_noise_has_moved_nothing(run: Compared) -> None:
    run.plateau(120)
    later = [run.plateau(120) for _ in range(5)]
    assert [plateau.since for plateau in later] == [1] * 5
    assert [plateau.moved for plateau in later] == [()] * 5
    assert moved_line(later[0]) == "since the first plateau: nothing has moved"


def test_errors_and_throughput_are_told_too(run: Compared) -> None:
    run.plateau(120)
    later = run.plateau(120, tps=15, failed=1)
    assert [move.name for move in later.moved] == ["tps", "error_percent"]
    assert moved_line(later) == ("since the first plateau: TPS −25 % (20 → 15), errors +6.2 points")


@pytest.mark.parametrize(
    "loads",
    [
        {"browse": GroupLoad(80, None, 1.0)},
        {"browse": GroupLoad(100, None, 0.5)},
        {"browse": GroupLoad(0, 100.0, 1.0)},
        {"browse": GroupLoad(100, None, 1.0), "buy": GroupLoad(5, None, 1.0)},
    ],
)
def test_another_load_is_not_compared(run: Compared, loads: Loads) -> None:
    run.plateau(120)
    assert run.plateau(120, p95_ms=800, loads=loads).since is None


def test_a_load_within_a_tenth_is_about_the_same(run: Compared) -> None:
    run.plateau(120)
    assert run.plateau(120, loads={"browse": GroupLoad(108, None, 1.0)}).since == 1


def test_a_short_plateau_is_compared_with_none(run: Compared) -> None:
    assert run.plateau(40).since is None
    assert run.plateau(120).since is None, "the first was too short to be one"
    assert run.plateau(40).since is None
    assert run.plateau(120).since == 2
    assert moved_line(replace(run.plateau(120), moved=())).startswith("since plateau 2: ")
