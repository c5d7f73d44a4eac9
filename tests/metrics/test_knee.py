"""The knee, on systems that are simulated: queues with so many servers, users who think."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfconsole.metrics.knee import BehindWatch, GroupSecond, Knee, KneeWatch
from perfconsole.model.wire import TransactionCounts

Load = Callable[[float], float]
"""VUs at a second; only rising."""


def ramp(to: int, over_s: float) -> Load:
    return lambda t: min(to, to * t / over_s)


def steps(by: int, every_s: float, most: int = 10**6) -> Load:
    return lambda t: min(most, by * (1 + t // every_s))


def simulate(
    load: Load,
    *,
    servers: int,
    service_s: float,
    think_s: float,
    seconds: int,
    seed: int,
    think_first: bool = False,
    constant: bool = False,
) -> Iterator[tuple[int, list[float]]]:
    """For each second the VUs, and the times of what was answered in it."""
    chance = random.Random(seed)
    starts = [t / 10 for t in range(10 * seconds) for _ in range(
        int(load(t / 10)) - (int(load((t - 1) / 10)) if t else 0))]  # fmt: skip

    def think() -> float:
        return think_s if constant else chance.expovariate(1 / think_s) if think_s else 0.0

    asks = [start + (think() if think_first else 0.0) for start in starts]
    heapq.heapify(asks)
    free = [0.0] * servers
    answered: list[list[float]] = [[] for _ in range(seconds)]
    while asks and asks[0] < seconds:
        asked = heapq.heappop(asks)
        done = max(asked, free[0]) + chance.expovariate(1 / service_s)
        heapq.heapreplace(free, done)
        if done < seconds:
            answered[int(done)].append(done - asked)
        heapq.heappush(asks, done + think())
    return ((int(load(second + 1)), times) for second, times in enumerate(answered))


def watch(seconds: Iterator[tuple[int, Sequence[float]]], row) -> list[tuple[int, int, Knee]]:
    """Second and VUs at which each knee was told."""
    watch, told = KneeWatch(), []
    for second, (vus, times) in enumerate(seconds):
        rows: list[TransactionCounts] = [row("browse", "home", [1e6 * time for time in times])]
        knee = watch.take({"browse": GroupSecond(vus, len(times))}, rows if times else [])
        if knee is not None:
            told.append((second, vus, knee))
    return told


SLOW = {"servers": 10, "service_s": 0.1, "think_s": 2.0}
"""100/s at most; its knee is at 210 VUs."""


@pytest.mark.parametrize("load", [ramp(600, 180), ramp(600, 60), steps(50, 20, 500)])
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("constant", [True, False])
def test_a_saturating_system_is_told_once_with_its_knee(load, seed, constant, row) -> None:
    ((_, vus, knee),) = watch(
        simulate(load, seconds=240, seed=seed, constant=constant, **SLOW), row
    )
    assert 150 <= knee.vus <= 320
    assert vus <= 500
    assert knee.tps == pytest.approx(100, rel=0.15)
    assert knee.groups == ("browse",)
    assert knee.p95_ms[1] > 1.1 * knee.p95_ms[0]


def test_without_think_time_it_is_told_too(row) -> None:
    told = watch(simulate(steps(4, 15, 60), servers=8, service_s=0.05, think_s=0.0, seconds=150,
                          seed=5), row)  # fmt: skip
    ((_, vus, knee),) = told
    assert 4 <= knee.vus <= 14
    assert vus <= 30


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    most=st.integers(5, 400),
    over_s=st.floats(1, 200),
    think_s=st.floats(0.2, 20),
    service_s=st.floats(0.01, 2),
    in_steps=st.booleans(),
    think_first=st.booleans(),
    constant=st.booleans(),
)
def test_a_system_that_keeps_up_is_never_told(
    seed, most, over_s, think_s, service_s, in_steps, think_first, constant, row
) -> None:
    """As many servers as VUs: nobody ever waits."""
    load = steps(max(1, most // 8), over_s / 8, most) if in_steps else ramp(most, over_s)
    seconds = simulate(
        load, servers=most, service_s=service_s, think_s=think_s, seconds=int(over_s) + 60,
        seed=seed, think_first=think_first, constant=constant,
    )  # fmt: skip
    assert watch(seconds, row) == []


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), over_s=st.floats(5, 200), constant=st.booleans())
def test_a_system_under_half_its_most_is_never_told(seed, over_s, constant, row) -> None:
    seconds = simulate(
        ramp(100, over_s), seconds=int(over_s) + 60, seed=seed, constant=constant, **SLOW
    )
    assert watch(seconds, row) == []


def test_it_is_told_again_only_when_the_load_went_down_and_up(row) -> None:
    knees = KneeWatch()

    def play(seconds: Iterator[tuple[int, list[float]]]) -> int:
        told = 0
        for vus, times in seconds:
            rows = [row("browse", "home", [1e6 * time for time in times])] if times else []
            told += knees.take({"browse": GroupSecond(vus, len(times))}, rows) is not None
        return told

    rising = {"seconds": 240, **SLOW}
    assert play(simulate(ramp(600, 180), seed=1, **rising)) == 1
    assert play(iter([(600, [5.9] * 100)] * 60)) == 0
    assert play(iter([(550, [5.4] * 100)] * 10 + [(600, [5.9] * 100)] * 30)) == 0
    assert play(simulate(ramp(600, 180), seed=2, **rising)) == 1


def test_groups_whose_vus_stay_are_left_out(row) -> None:
    """A group of 1,000 TPS beside it would hide the knee, and a slow one would look like one."""
    knees, told = KneeWatch(), []
    for vus, times in simulate(ramp(600, 180), seconds=240, seed=3, **SLOW):
        groups = {"browse": GroupSecond(vus, len(times)), "steady": GroupSecond(1000, 1000)}
        rows = [row("steady", "ping", [9000.0] * 1000)]
        rows += [row("browse", "home", [1e6 * time for time in times])] if times else []
        told.append(knees.take(groups, rows))
    (knee,) = filter(None, told)
    assert knee.groups == ("browse",)
    assert knee.tps == pytest.approx(100, rel=0.15)


def test_a_slow_group_that_comes_to_a_fast_one_is_no_knee(row) -> None:
    knees = KneeWatch()
    for second in range(200):
        slow = min(500, 5 * second)
        groups = {"fast": GroupSecond(100, 1000), "slow": GroupSecond(slow, slow // 50)}
        rows = [row("fast", "ping", [9000.0] * 1000)]
        rows += [row("slow", "report", [4e6] * (slow // 50))] if slow >= 50 else []
        assert knees.take(groups, rows) is None


def behind(seconds: Sequence[tuple[float, int, int, int]]) -> list[tuple[int, float]]:
    watch = BehindWatch()
    found = ((n, watch.take(*second)) for n, second in enumerate(seconds))
    return [(n, since) for n, since in found if since is not None]


def test_an_open_group_that_falls_behind_is_told_once_until_its_rate_came_down() -> None:
    well = [(100.0, 100, 100, 0)] * 20
    rising = [(100.0 + n, 100 + n, 100, n * n // 2) for n in range(1, 60)]
    ((second, since),) = behind([*well, *rising])
    assert 100 < since <= 100.0 + second - 20
    down = [(50.0, 50, 50, 0)] * 20
    assert len(behind([*well, *rising, *down, *well, *rising])) == 2


@given(st.lists(st.integers(0, 300), min_size=20, max_size=100))
def test_an_open_group_whose_arrivals_begin_at_once_is_never_told(due) -> None:
    assert behind([(float(each), each, each, 0) for each in due]) == []
