"""Hours of a soak in seconds: what is told of growth, when, and what an alarm makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from perfconsole.controller.alarms.alarm_watch import Alarms
from perfconsole.controller.record import Record
from perfconsole.controller.watching.soaks import TURN_S, Soaks
from perfconsole.model import event as ev
from perfconsole.model.plateau import Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.scenario import Scenario
from perfconsole.model.tick import Times

START = 1_700_000_000.0
EVERY_S = 20.0
GB = 1e9
Metrics = Callable[[float], dict[str, float]]


class Soaked:
    """A run whose servers say what a test makes up, sampled every `EVERY_S`; a clock that stands
    lets each look at all there is."""

    def __init__(self, record: Record, kept: Any, *, groups: bool = True) -> None:
        self.record, self.kept = record, kept
        self.soaks = Soaks(record, lambda: 0.0)
        self.at_s = 0.0
        self.alarms: list[ev.Alarmed] = []
        scenario = Scenario.model_validate({"name": "soak", "servers": {"web1": {"local": True}}})
        Alarms(scenario, record, self.alarms.append)
        record.at = START  # type: ignore[attr-defined] # of this stand-in
        record.add(
            ev.Started, run="r", name="n", target="", rendezvous=(), duration_s=None, scenario={},
            groups=(ev.GroupInfo("browse", "browse", 300),) if groups else (),
            servers=(ev.ServerInfo("web1", "this machine", {"memory_percent": 75.0}, True),),
            response_limit_ms=None, pass_rate_limit=None,
        )  # fmt: skip
        self._plateau = Plateau(
            1, 0.0, 0.0, False, {"browse": 300}, None, 400.0, 0.0, 400.0, 0.0, Times(), {}
        )
        self._groups = groups

    def play(self, hours: float, metrics: Metrics, p95_ms: Callable[[float], float] | None = None):
        until_s = self.at_s + 3600 * hours
        while self.at_s < until_s:
            self.at_s += EVERY_S
            self.record.at = START + self.at_s  # type: ignore[attr-defined] # of this stand-in
            sample = ServerSample("web1", True, metrics(self.at_s), interval_s=EVERY_S)
            self.record.add(ev.Sampled, second=self.at_s, sample=sample)
            if p95_ms is not None:
                self.record.view.series["p95_ms"].add(self.at_s, p95_ms(self.at_s))
            if self._groups:
                self._plateau = replace(self._plateau, until_s=self.at_s)
                self.record.add(ev.PlateauMeasured, plateau=self._plateau)
            self.soaks.beat(self.at_s)

    def next_load(self) -> None:
        self.record.add(ev.PlateauMeasured, plateau=replace(self._plateau, over=True))
        number = self._plateau.number + 1
        self._plateau = replace(self._plateau, number=number, from_s=self.at_s, until_s=self.at_s)

    @property
    def told(self) -> list[str]:
        return [event.text for event in self.kept.of(ev.Grew) if event.loud]


@pytest.fixture
def soaked(timed: Record, kept: Any) -> Soaked:
    return Soaked(timed, kept)


def leaking(percent_per_h: float, noise: float = 0.3, seed: int = 1) -> Metrics:
    """Of 10 GB, from 40 % on."""
    random = Random(seed)

    def metrics(at_s: float) -> dict[str, float]:
        percent = 40 + percent_per_h * at_s / 3600 + random.gauss(0, noise)
        return {"memory_percent": percent, "memory_used_bytes": percent * GB / 10}

    return metrics


def test_a_leak_is_told_once_with_its_pace_and_when_it_reaches_its_limit(soaked: Soaked) -> None:
    soaked.play(6, leaking(percent_per_h=4))
    memory = soaked.record.view.servers["web1"].metrics["memory_percent"]
    assert memory.growth == soaked.told[-1]
    assert re.fullmatch(
        r"web1 memory growing \d{3} ± \d+ MB/h \([34]\.\d+ ± 0\.\d+ points/h\), "
        r"reaches 75 % between \d\d:\d\d and \d\d:\d\d",
        re.sub(r"\d{4}-\d\d-\d\d ", "", memory.growth),
    )
    assert len(soaked.told) <= 6, "not once a minute"
    trend = soaked.kept.of(ev.Grew)[-1].trend
    assert trend.low_per_h <= 4 <= trend.high_per_h
    first_s, last_s = trend.reaches_limit_s
    assert first_s <= 3600 * 35 / 4 <= last_s
    warnings = [line for line in soaked.record.view.lines if line.kind == "growth"]
    assert {line.level for line in warnings} == {"warning"}
    assert [(alarm.cause, alarm.level, alarm.on) for alarm in soaked.alarms] == [
        ("growth web1/memory_percent", "warning", True)
    ]


def test_a_limit_that_is_far_off_is_not_foretold(soaked: Soaked) -> None:
    soaked.play(5, leaking(percent_per_h=1, noise=0.05))
    assert soaked.told and "reaches" not in soaked.told[-1]


def test_noise_is_no_growth(soaked: Soaked) -> None:
    soaked.play(5, leaking(percent_per_h=0, noise=3))
    assert soaked.told == []
    assert soaked.alarms == []


def test_a_warm_up_that_flattens_is_no_growth(soaked: Soaked) -> None:
    soaked.play(5, lambda at_s: {"memory_percent": 40 + 20 * min(1.0, at_s / 360)})
    assert soaked.told == []
    assert soaked.record.view.servers["web1"].metrics["memory_percent"].growth == ""


def test_a_growth_that_ends_is_no_alarm_any_more(soaked: Soaked) -> None:
    """Somebody found the leak: at the next load memory stays."""
    soaked.play(2, leaking(percent_per_h=6))
    assert soaked.record.view.servers["web1"].metrics["memory_percent"].growth
    soaked.next_load()
    random = Random(2)
    soaked.play(3, lambda _: {"memory_percent": 52 + random.gauss(0, 0.3)})
    assert soaked.told[-1] == "web1 memory grows no more"
    assert soaked.record.view.servers["web1"].metrics["memory_percent"].growth == ""


def test_a_load_that_keeps_changing_tells_nothing(soaked: Soaked) -> None:
    metrics = leaking(percent_per_h=30)
    for _ in range(12):
        soaked.play(9 / 60, metrics)
        soaked.next_load()
    assert soaked.kept.of(ev.Grew) == []


def heap(leak_per_h: float) -> Metrics:
    """Collected every two minutes and a half, in MB: what is left grows."""
    return lambda at_s: {
        "shop.heap_used_bytes": 1e6 * (200 + leak_per_h * at_s / 3600 + 300 * (at_s % 150) / 150)
    }


def test_a_heap_leaks_when_more_is_left_after_each_collection(soaked: Soaked) -> None:
    soaked.play(6, heap(leak_per_h=30))
    assert [text.partition(" ± ")[0] for text in soaked.told][-1].startswith(
        "web1 shop heap growing "
    )
    assert soaked.kept.of(ev.Grew)[-1].trend.per_h == pytest.approx(30e6, rel=0.15)


def test_a_heap_that_is_collected_does_not(soaked: Soaked) -> None:
    soaked.play(6, heap(leak_per_h=0))
    assert soaked.kept.of(ev.Grew) == []


def test_what_has_no_limit_and_fills_nothing_is_kept_and_raises_no_alarm(soaked: Soaked) -> None:
    soaked.play(4, lambda at_s: {"run_queue": 5 + at_s / 3600})
    assert soaked.told == []
    assert "growing 1" in soaked.record.view.servers["web1"].metrics["run_queue"].growth


def test_times_that_climb_under_the_same_load_are_told(soaked: Soaked) -> None:
    random = Random(4)
    soaked.play(4, lambda _: {}, lambda at_s: 200 + 25 * at_s / 3600 + random.gauss(0, 10))
    assert soaked.told[-1].startswith("p95 growing 2")
    assert soaked.told[-1].endswith(" ms/h")
    assert soaked.record.view.growth["p95_ms"] == soaked.told[-1]
    assert soaked.alarms[-1].cause == "growth p95_ms"


def test_without_load_all_of_the_run_is_steady(timed: Record, kept: Any) -> None:
    watched = Soaked(timed, kept, groups=False)
    watched.play(4, leaking(percent_per_h=5))
    assert watched.told


def test_a_turn_takes_no_longer_than_it_may(soaked: Soaked) -> None:
    """As if each look took a fifth of what a turn may."""
    soaked.play(0.5, lambda at_s: {f"probe.m{n}": 1 + at_s for n in range(60)})
    ticks, looked = count(), []
    soaked.soaks = Soaks(soaked.record, lambda: next(ticks) * TURN_S / 4.9)
    soaked.soaks._look = lambda subject, _: looked.append(subject)  # type: ignore[method-assign]
    turns = []
    for turn in range(20):
        before = len(looked)
        soaked.soaks.beat(1e6 + turn)
        turns.append(len(looked) - before)
    assert turns[:12] == [5] * 12
    assert len(looked) == len(set(looked)) == 3 + 60
    assert not any(turns[13:]), "the next round is a minute after the last one began"


def test_what_was_to_come_is_not_foretold_any_more_when_the_load_is_another(
    soaked: Soaked,
) -> None:
    metrics = leaking(percent_per_h=4)
    soaked.play(6, metrics)
    memory = soaked.record.view.servers["web1"].metrics["memory_percent"]
    assert ", reaches 75 % between " in memory.growth
    soaked.next_load()
    soaked.play(0.5, metrics)
    assert ", would reach 75 % between " in memory.growth
