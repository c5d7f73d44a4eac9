"""Stretches of steady load, found and measured as seconds close."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfconsole.controller.load.rate_schedule import ArrivalMode, RateSchedule
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.controller.watching.plateaus import Plateaus
from perfconsole.metrics.histogram import bucket_numbers, sparse
from perfconsole.metrics.merge import GroupLoad, MergedSecond, run_tick
from perfconsole.model import event as ev
from perfconsole.model.plateau import Plateau
from perfconsole.model.profile import Profile
from perfconsole.model.sample import ServerSample
from perfconsole.model.sketch import Sketch, ramp
from perfconsole.model.states import RunState, VuState
from perfconsole.model.wire import TransactionCounts

START = 1000.0


def row(group: str, times_ms: list[float], failed: int = 0) -> TransactionCounts:
    us = np.array(times_ms) * 1000
    buckets, counts = sparse(bucket_numbers(us))
    return TransactionCounts(
        group, "home", len(us), failed, 0, float(us.sum()), float((us * us).sum()),
        float(us.min()), float(us.max()), 0.0, 0.0, buckets, counts,
    )  # fmt: skip


class Played:
    """A run without processes: schedules advance, seconds close, every VU wanted is there a second
    later unless a test says otherwise."""

    def __init__(self, record: Record, kept: Any, schedules: dict[str, GroupSchedule]) -> None:
        self.record, self.kept, self.schedules = record, kept, schedules
        self.plateaus = Plateaus(record, schedules)
        self.second = 0
        self.alive: Counter[str] = Counter()
        self.times_ms = [100.0]
        """Of each VU in a second."""
        self.paused_as = VuState.PAUSED
        record.add(
            ev.Started, at=START, run="r", name="n", target="", rendezvous=(), duration_s=None,
            groups=tuple(ev.GroupInfo(name, name, 1) for name in schedules), servers=(),
            response_limit_ms=None, pass_rate_limit=None, scenario={},
        )  # fmt: skip
        record.add(ev.StateChanged, state=RunState.RUNNING)

    def command(self, said: str, do: str = "vus") -> None:
        self.record.add(ev.Commanded, id=said, by="ann", command={"do": do}, said=said)

    def play(self, seconds: int, alive: dict[str, int] | None = None) -> None:
        for _ in range(seconds):
            wanted_before = {name: each.target for name, each in self.schedules.items()}
            for each in self.schedules.values():
                each.advance(1.0)
                if each.rate is not None:
                    mode = ArrivalMode.ON if each.running else ArrivalMode.OFF
                    each.rate.follow(mode, each.by_hand, self.second + 1.0)
            self.alive.update(dict.fromkeys(wanted_before, 0))
            self.alive = Counter(alive if alive is not None else wanted_before)
            self._close()

    def _close(self) -> None:
        merged = MergedSecond(self.second)
        loads = {}
        for name, each in self.schedules.items():
            vus = self.alive[name]
            state = self.paused_as if each.paused else VuState.RUNNING
            merged.states[name] = Counter({state: vus})
            if each.rate is not None:
                idle = self.second % (vus + 1)
                merged.states[name] = Counter({VuState.READY: idle, state: vus - idle})
            if not each.paused and vus:
                merged.rows.append(row(name, self.times_ms * vus))
                merged.requests += vus
            rate = each.rate
            loads[name] = (
                GroupLoad(each.target, {})
                if rate is None
                else GroupLoad(each.target, {}, rate.now, rate.asked)
            )
        tick = run_tick(merged, loads, ())
        self.record.at = START + self.second + 1.05  # type: ignore[attr-defined] # a stand-in's
        self.record.add(ev.Second, tick=tick)
        self.plateaus.take(merged, tick)
        self.second += 1

    @property
    def told(self) -> list[Plateau]:
        """Each as told last."""
        last: dict[int, Plateau] = {}
        for event in self.kept.of(ev.PlateauMeasured):
            last[event.plateau.number] = event.plateau
        return list(last.values())


@pytest.fixture
def made(timed: Record, kept: Any):
    def make(**plans: Profile | GroupSchedule) -> Played:
        schedules = {
            name: plan if isinstance(plan, GroupSchedule) else GroupSchedule(name, plan)
            for name, plan in plans.items()
        }
        for schedule in schedules.values():
            schedule.start()
        return Played(timed, kept, schedules)

    return make


def stepped(*loads: int, every_s: float = 20.0) -> Profile:
    sketch = Sketch(loads[0], whole=True)
    for n, load in enumerate(loads[1:], 1):
        sketch.line(sketch.value, n * every_s)
        sketch.stage("hold")
        sketch.jump(load)
        sketch.stage("to")
    return sketch.profile()


def test_each_step_of_a_schedule_is_a_plateau_less_its_settling(made) -> None:
    run = made(browse=stepped(10, 20, 30))
    run.play(60)
    run.plateaus.close()
    first, second, third = run.told
    assert [p.vus for p in run.told] == [{"browse": 10}, {"browse": 20}, {"browse": 30}]
    assert [p.tps for p in run.told] == [10.0, 20.0, 30.0]
    assert (first.from_s, first.until_s) == (3.0, 19.0)
    assert (second.from_s, second.until_s) == (23.0, 39.0)
    assert first.ended_by == "VUs of browse 10 → 20"
    assert second.ended_by == "VUs of browse 20 → 30"
    assert third.ended_by == "the end of the run"
    assert all(p.over for p in run.told)
    assert [p.number for p in run.told] == [1, 2, 3]


def test_it_is_told_every_few_seconds_while_it_lasts(made, kept) -> None:
    run = made(browse=ramp(5, 5))
    run.play(23)
    lengths = [
        (e.plateau.until_s - e.plateau.from_s, e.plateau.over) for e in kept.of(ev.PlateauMeasured)
    ]
    assert lengths == [(5.0, False), (10.0, False), (15.0, False), (20.0, False)]
    assert run.record.view.plateaus[-1].until_s == 23.0
    assert not any(line.kind == "plateau" for line in run.record.view.lines)
    run.plateaus.close()
    assert run.record.view.lines[-1].text == "plateau at 5 VUs: 5 TPS, p95 100 ms"


@pytest.mark.parametrize("over_s", [10.0, 100.0, 2000.0])
def test_a_continuous_ramp_is_none_however_slow(made, over_s) -> None:
    run = made(browse=ramp(0, 20, over_s))
    run.play(int(over_s))
    run.plateaus.close()
    assert run.told == []


def test_steps_that_follow_each_other_too_soon_are_none(made) -> None:
    run = made(browse=stepped(*range(5, 50, 5), every_s=8.0))
    run.play(64)
    run.plateaus.close()
    assert run.told == []


def test_a_hand_ends_it_with_what_it_did(made) -> None:
    run = made(browse=ramp(10, 10), buy=ramp(4, 4))
    run.play(20)
    run.schedules["browse"].change(30, over_s=10.0)
    run.command("VUs of browse 10 → 30 over 10s")
    run.play(30)
    run.schedules["buy"].paused = True
    run.command("paused buy", "pause")
    run.play(20)
    run.command("note: coffee", "note")
    run.play(5)
    run.plateaus.close()
    assert [(p.vus, p.ended_by) for p in run.told] == [
        ({"browse": 10, "buy": 4}, "VUs of browse 10 → 30 over 10s"),
        ({"browse": 30, "buy": 4}, "paused buy"),
        ({"browse": 30}, "the end of the run"),
    ]
    assert run.told[1].from_s >= 30


def test_a_load_that_is_paused_whole_is_none(made) -> None:
    run = made(browse=ramp(10, 10))
    run.play(5)
    run.schedules["browse"].paused = True
    run.play(60)
    run.plateaus.close()
    assert run.told == []


def test_a_paused_crowd_at_a_rendezvous_is_none(made) -> None:
    run = made(browse=ramp(10, 10))
    run.play(5)
    run.schedules["browse"].paused = True
    run.paused_as = VuState.RENDEZVOUS
    run.play(60)
    run.plateaus.close()
    assert run.told == []


def test_it_begins_when_the_vus_wanted_are_there(made) -> None:
    run = made(browse=ramp(10, 10))
    run.play(9, alive={"browse": 7})
    run.play(15)
    (plateau,) = run.told
    assert plateau.from_s == 12.0


def test_vus_that_never_come_or_go_by_themselves_are_the_load_there_is(made) -> None:
    run = made(browse=ramp(10, 10))
    run.play(30, alive={"browse": 9})
    run.play(20, alive={"browse": 8})
    run.plateaus.close()
    first, second = run.told
    assert (first.vus, first.ended_by) == ({"browse": 9}, "VUs alive in browse 9 → 8")
    assert second.vus == {"browse": 8}


def test_percentiles_are_of_all_its_transactions(made) -> None:
    run = made(browse=ramp(10, 10))
    run.play(3)
    for second in range(10):
        run.times_ms = [1000.0] if second == 0 else [10.0]
        run.play(1)
    (plateau,) = run.told
    assert plateau.times.p50_ms == pytest.approx(10, rel=0.01)
    assert plateau.times.p90_ms == pytest.approx(10, rel=0.01)
    assert plateau.times.p95_ms == pytest.approx(1000, rel=0.01)
    assert plateau.times.mean_ms == pytest.approx(109)
    assert (plateau.hits_per_s, plateau.failed_per_s, plateau.error_percent) == (10.0, 0.0, 0.0)


def test_servers_are_measured_in_its_seconds_only(made) -> None:
    run = made(browse=stepped(10, 20))
    for second in range(40):
        cpu = 10.0 if second < 3 else 40.0 + second % 2 * 20 if second < 20 else 90.0
        run.record.at = START + second + 0.5
        run.plateaus.sampled(ServerSample("web1", True, {"cpu_percent": cpu}))
        run.play(1)
    assert run.told[0].servers == {"web1/cpu_percent": (pytest.approx(50, abs=1), 60.0)}
    assert run.told[1].servers == {"web1/cpu_percent": (90.0, 90.0)}


def test_an_open_group_stands_with_its_rate(made) -> None:
    schedule = GroupSchedule("buy", ramp(3, 3), rate=RateSchedule(ramp(50, 50)))
    run = made(buy=schedule)
    run.play(20)
    schedule.rate.change(80.0, 0.0, 20.0)
    schedule.by_hand = True
    run.command("rate of buy 50/s → 80/s", "rate")
    run.play(20)
    assert [(p.vus, p.rate) for p in run.told] == [({}, 50.0), ({}, 80.0)]
    assert run.told[0].ended_by == "rate of buy 50/s → 80/s"


def test_think_times_are_load_too(made) -> None:
    run = made(browse=ramp(10, 10))
    run.play(20)
    run.schedules["browse"].change_think(0.5)
    run.play(20)
    assert run.told[0].ended_by == "think time of browse × 0.5"
    assert len(run.told) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 20), st.sampled_from([0.0, 0.0, 3.0, 25.0])),
        max_size=12,
    )
)
def test_whatever_hands_do_each_plateau_is_long_steady_and_apart(changes, kept, timed, made):
    kept.events.clear()
    timed.view = type(timed.view)()
    run = made(browse=ramp(10, 10))
    first = run.second
    wanted: list[int] = []
    for wait, vus, over_s in changes:
        for _ in range(wait):
            run.play(1)
            wanted.append(run.schedules["browse"].target)
        run.schedules["browse"].change(vus, over_s)
    run.plateaus.close()
    until = 0.0
    for plateau in run.told:
        assert plateau.until_s - plateau.from_s >= 5
        assert plateau.from_s >= until
        until = plateau.until_s
        stretch = wanted[int(plateau.from_s) - first : int(plateau.until_s) - first]
        assert set(stretch) == {plateau.total_vus}
        assert plateau.tps == plateau.total_vus > 0
