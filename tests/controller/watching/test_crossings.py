"""Objectives held against the last seconds, as these close."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from perfconsole.controller.record import Record
from perfconsole.controller.watching.crossings import Crossings
from perfconsole.controller.watching.goals import Goals
from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.merge import GroupLoad, MergedSecond, run_tick
from perfconsole.model import event as ev
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.states import GroupState, RunState, VuState
from perfconsole.model.wire import TransactionCounts

START = 1000.0


def row(name: str, times_ms: list[float], failed: int = 0) -> TransactionCounts:
    us = np.array(times_ms) * 1000
    return TransactionCounts(
        "browse", name, len(us), failed, 0, float(us.sum()), float((us * us).sum()),
        float(us.min(initial=1e12)), float(us.max(initial=0)), 0.0, 0.0,
        *sparse(bucket_numbers(us)),
    )  # fmt: skip


class Held:
    """A run of one group of `vus`, held to objectives."""

    def __init__(self, record: Record, kept: Any, objectives: Any, warmup: float = 0) -> None:
        scenario = Scenario.model_validate(
            {
                "name": "shop", "target": "http://127.0.0.1:1", "warmup": warmup,
                "groups": {"browse": {"vus": 1}}, "flows": {"browse": [{"request": "GET /"}]},
                "objectives": objectives,
            }
        )  # fmt: skip
        self.record, self.kept, self.second, self.vus = record, kept, 0, 100
        self.goals = Goals(scenario, record)
        self.crossings = Crossings(self.goals, record, warms_up=warmup > 0)
        record.add(
            ev.Started, at=START, run="r", name="n", target="", rendezvous=(), duration_s=None,
            groups=(ev.GroupInfo("browse", "browse", 1),), servers=(),
            response_limit_ms=None, pass_rate_limit=None, scenario={},
        )  # fmt: skip
        record.add(ev.StateChanged, state=RunState.RUNNING)
        record.add(ev.LoadBegan, at=START)

    def play(self, seconds: int, *rows: TransactionCounts) -> None:
        for _ in range(seconds):
            merged = MergedSecond(self.second, rows=list(rows))
            merged.states["browse"] = Counter({VuState.RUNNING: self.vus})
            merged.requests = sum(one.passed + one.failed for one in rows)
            tick = run_tick(merged, {"browse": GroupLoad(self.vus, {})}, ())
            self.record.at = START + self.second + 1.05  # type: ignore[attr-defined] # stand-in
            self.record.add(ev.Second, tick=tick)
            self.crossings.take(merged, tick)
            self.second += 1

    @property
    def told(self) -> list[tuple[str, bool, float, str]]:
        return [(e.key, e.over, e.since - START, e.text) for e in self.kept.of(ev.Crossed)]


@pytest.fixture
def held(timed: Record, kept: Any):
    return lambda *objectives, **more: Held(timed, kept, objectives, **more)


def test_a_percentile_over_the_last_ten_seconds_is_told_with_the_load(held) -> None:
    run = held({"metric": "p95_ms", "max": 800})
    run.play(30, row("home", [500.0] * 10))
    run.vus = 340
    run.play(30, row("home", [1000.0] * 10))
    run.vus = 200
    run.play(40, row("home", [300.0] * 10))
    assert run.told == [
        ("p95_ms", True, 30.0, "p95 over 800 ms at 340 VUs, 10 TPS"),
        ("p95_ms", False, 69.0, "p95 back under 800 ms at 200 VUs, 10 TPS"),
    ]
    assert run.record.view.crossed == {}
    assert [line.kind for line in run.record.view.lines] == ["objective"] * 2


def test_the_default_objective_is_held_against_too(held) -> None:
    run = held()
    run.play(20, row("home", [50.0] * 100))
    run.play(20, row("home", [50.0] * 90, failed=10))
    assert [text for *_, text in run.told] == ["pass rate under 99 % at 100 VUs, 100 TPS"]
    assert run.record.view.crossed.keys() == {"pass_rate"}


def test_each_transaction_has_its_own(held) -> None:
    run = held(
        {"metric": "p90_ms", "of": "buy", "max": 100},
        {"metric": "p90_ms", "of": "home", "max": 100},
    )
    run.play(20, row("home", [50.0] * 10), row("buy", [200.0] * 10))
    assert [key for key, *_ in run.told] == ["p90_ms of buy"]


def test_few_transactions_are_told_of_more_seconds_or_not_at_all(held) -> None:
    run = held({"metric": "p95_ms", "max": 800})
    run.play(19, row("home", [900.0]))
    assert run.told == []
    run.play(10, row("home", [900.0]))
    assert [over for _, over, *_ in run.told] == [True]


def test_a_least_rate_is_none_before_it_was_reached_nor_while_all_is_paused(held) -> None:
    run = held({"metric": "tps", "min": 50})
    run.play(30, row("home", [9.0] * 20))
    run.play(20, row("home", [9.0] * 60))
    run.record.add(ev.GroupChanged, name="browse", state=GroupState.PAUSED, target=100, held=False,
                   by_hand=False)  # fmt: skip
    run.play(60)
    assert run.told == []
    run.record.add(ev.GroupChanged, name="browse", state=GroupState.RUNNING, target=100,
                   held=False, by_hand=False)  # fmt: skip
    run.play(10, row("home", [9.0] * 60))
    run.play(20, row("home", [9.0] * 20))
    assert [text for *_, text in run.told] == ["passed TPS under 50 at 100 VUs, 20 TPS"]


def test_the_warm_up_says_nothing(held) -> None:
    run = held({"metric": "p95_ms", "max": 100}, warmup=20)
    run.play(20, row("home", [900.0] * 10))
    run.record.add(ev.WarmedUp, second=20)
    run.play(30, row("home", [50.0] * 10))
    assert run.told == []


def test_another_limit_is_held_against_from_then_on(held) -> None:
    run = held({"metric": "p95_ms", "max": 800})
    run.play(20, row("home", [900.0] * 10))
    before = run.goals.change(ObjectiveSpec(metric="p95_ms", max=1000))
    assert before == ObjectiveSpec(metric="p95_ms", max=800)
    run.play(20, row("home", [900.0] * 10))
    run.goals.change(ObjectiveSpec(metric="p95_ms", max=850))
    run.play(20, row("home", [900.0] * 10))
    assert [(over, text) for _, over, _, text in run.told] == [
        (True, "p95 over 800 ms at 100 VUs, 10 TPS"),
        (False, "p95: its limit is 800 ms no more"),
        (True, "p95 over 850 ms at 100 VUs, 10 TPS"),
    ]
    assert run.record.view.response_limit_ms == 850


def test_a_new_objective_leaves_the_default_beside_it(held) -> None:
    run = held()
    assert run.goals.change(ObjectiveSpec(metric="p95_ms", max=800)) is None
    assert [spec.metric for spec in run.goals.specs] == ["pass_rate", "p95_ms"]
    assert run.record.view.pass_rate_limit == 99.0
    assert run.goals.change(ObjectiveSpec(metric="pass_rate", min=95)) is not None
    assert [spec.min for spec in run.goals.specs] == [95, None]
    assert run.kept.of(ev.ObjectivesChanged)[-1].objectives == (
        {"metric": "pass_rate", "min": 95.0},
        {"metric": "p95_ms", "max": 800.0},
    )
