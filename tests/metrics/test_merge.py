from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.merge import GroupLoad, SecondMerger, run_tick
from perfconsole.metrics.parts import ERROR_KEYS
from perfconsole.metrics.totals import Totals
from perfconsole.model.states import VuState
from perfconsole.model.tick import PointTick
from perfconsole.model.wire import ErrorCount, GroupCounts


def running(count: int, iterations: int = 0) -> GroupCounts:
    return GroupCounts("browse", {VuState.RUNNING: count}, iterations, 0)


def seconds(closed) -> list[int]:
    return [merged.second for merged in closed]


def test_a_second_closes_when_every_live_injector_has_passed_it(row, tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    merger.add(tick(0, 0, [row(times_us=[1000.0])]))
    assert merger.close(1) == []
    merger.add(tick(1, 0, [row(times_us=[3000.0])]))
    (merged,) = merger.close(1)
    assert merged.second == 0
    assert Totals.of(merged.rows).overall().passed == 2
    assert merged.requests == 2


def test_a_silent_injector_is_waited_for_two_seconds_and_its_vus_still_count(tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    merger.add(tick(0, 0, groups=[running(5)]))
    merger.add(tick(1, 0, groups=[running(7)]))
    assert seconds(merger.close(1)) == [0]
    merger.add(tick(0, 1, groups=[running(6)]))
    assert merger.close(3) == []
    (merged,) = merger.close(4)
    assert merged.states == {"browse": {VuState.RUNNING: 13}}
    assert [health.injector for health in merged.injectors] == [0]


def test_a_second_shows_the_states_of_its_own_end_though_newer_ones_are_known(tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    for second, vus in enumerate((1, 2, 3)):
        merger.add(tick(0, second, groups=[running(vus)]))
    for second in range(3):
        merger.add(tick(1, second))
    assert [m.states["browse"][VuState.RUNNING] for m in merger.close(3)] == [1, 2, 3]


def test_late_data_counts_in_the_earliest_open_second(row, tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    merger.add(tick(0, 0, [row(times_us=[1.0])]))
    assert seconds(merger.close(3)) == [0]
    merger.add(tick(0, 1, [row(times_us=[1.0])]))
    merger.add(tick(1, 0, [row(times_us=[1.0] * 5)]))
    merger.add(tick(1, 1, [row(times_us=[1.0] * 2)]))
    (merged,) = merger.close(2)
    assert Totals.of(merged.rows).overall().passed == 8


def test_an_injector_that_said_its_last_second_is_not_waited_for_and_keeps_its_ended_vus(tick):
    ended = GroupCounts("browse", {VuState.PASSED: 4}, 0, 0)
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    merger.add(tick(0, 0, groups=[ended], last=True))
    merger.add(tick(1, 0, groups=[running(2)]))
    merger.add(tick(1, 1, groups=[running(2)]))
    first, second = merger.close(2)
    assert first.states == second.states == {"browse": {VuState.PASSED: 4, VuState.RUNNING: 2}}


def test_a_lost_injector_is_not_waited_for_and_its_cut_requests_count(row, tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    merger.add(tick(0, 0, [row(times_us=[1.0])], [running(3)]))
    merger.add(tick(1, 0, [row(times_us=[1.0])], [running(2)]))
    merger.lost(0, cut=3)
    (merged,) = merger.close(1)
    assert Totals.of(merged.rows).overall().passed == 2
    assert merged.states == {"browse": {VuState.RUNNING: 2}}
    assert merged.cut == 3


def test_what_was_cut_with_the_last_injector_is_not_forgotten(tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.lost(0, cut=2)
    assert [merged.cut for merged in merger.flush()] == [2]
    assert merger.flush() == []


def test_flush_closes_all_that_was_reported(row, tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.expect(1, 101)
    merger.add(tick(0, 3, [row(times_us=[1.0])]))
    assert seconds(merger.flush()) == [0, 1, 2, 3]
    assert merger.flush() == []
    merger.add(tick(1, 2, [row(times_us=[1.0])]))
    assert [Totals.of(m.rows).overall().passed for m in merger.flush()] == [1]


def test_an_injector_whose_clock_is_an_hour_ahead_opens_no_hour_of_seconds(row, tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.add(tick(0, 0))
    merger.close(1)
    merger.add(tick(0, 3601, [row(times_us=[1.0])]))
    flushed = merger.flush()
    assert len(flushed) <= 6
    assert sum(Totals.of(merged.rows).overall().passed for merged in flushed) == 1


def test_a_second_never_closes_before_it_is_over(tick):
    merger = SecondMerger()
    assert merger.close(0) == []
    assert seconds(merger.close(2)) == [0, 1]


arrivals = st.permutations([(injector, second) for injector in range(3) for second in range(6)])


@given(order=arrivals, closes=st.lists(st.integers(0, 12), max_size=18))
def test_whatever_the_order_and_lateness_the_totals_are_exact(row, tick, order, closes):
    merger, whole, seen = SecondMerger(), Totals(), []
    for injector in range(3):
        merger.expect(injector, 100 + injector)
    for number, (injector, second) in enumerate(order):
        part = row(times_us=[float(1 + injector + 10 * second)], failed_us=[1.0] * injector)
        whole.add(part)
        merger.add(
            tick(
                injector, second, [part], [running(1, iterations=2)], cut=injector, bytes_in=7,
                errors=[ErrorCount("e", 3, "s")], last=second == 5,
            )
        )  # fmt: skip
        if number < len(closes):
            seen += merger.close(closes[number])
    seen += merger.flush()
    assert seconds(seen) == list(range(len(seen)))
    merged = Totals()
    for one in seen:
        merged.merge(Totals.of(one.rows))
    assert merged.overall().counts("", "") == whole.overall().counts("", "")
    assert sum(one.requests for one in seen) == merged.overall().completed
    assert sum(one.cut for one in seen) == 6 * (0 + 1 + 2)
    assert sum(one.bytes_in for one in seen) == 18 * 7
    assert sum((one.errors for one in seen), Counter()) == {"e": 54}
    assert sum((one.iterations for one in seen), Counter()) == {"browse": 36}
    assert [one.samples for one in seen if one.samples] == [{"e": "s"}]


def test_error_kinds_are_capped_and_each_is_sampled_once(tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    merger.add(tick(0, 0, errors=[ErrorCount(f"id {n}", 1, f"s{n}") for n in range(ERROR_KEYS)]))
    merger.add(tick(0, 1, errors=[ErrorCount(f"new {n}", 2, f"t{n}") for n in range(9)]))
    merger.add(tick(0, 2, errors=[ErrorCount("id 3", 1, "again"), ErrorCount("more", 1, "u")]))
    first, second, third = merger.close(3)
    assert len(first.errors) == len(first.samples) == ERROR_KEYS
    assert (second.errors, second.samples) == ({"other": 18}, {"other": "t0"})
    assert (third.errors, third.samples) == ({"id 3": 1, "other": 1}, {})


def test_cpu_is_taken_over_the_time_between_ticks(tick):
    merger = SecondMerger()
    merger.expect(0, 4711)
    for second, cpu_s in ((0, 0.5), (1, 0.9), (4, 1.5)):
        merger.add(tick(0, second, cpu_s=cpu_s, last=second == 4))
    health = [one for merged in merger.close(5) for one in merged.injectors]
    assert [one.pid for one in health] == [4711] * 3
    assert [one.cpu_percent for one in health] == pytest.approx([0.0, 40.0, 20.0])
    assert [one.cpu_s for one in health] == [0.5, 0.9, 1.5]


def test_the_run_tick_adds_the_slots_that_no_injector_has_made(row, tick):
    merger = SecondMerger()
    merger.expect(0, 100)
    rows = [row("browse", "home", [2000.0]), row("quote", "home", [4000.0], [1.0])]
    merger.add(tick(0, 0, [*rows, row("browse", "gone", cut=1)], [running(3, iterations=2)]))
    (merged,) = merger.close(1)
    points = [PointTick("top-up", {"browse": 1}, 4, True)]
    made = run_tick(
        merged,
        {
            "browse": GroupLoad(5, {VuState.PENDING: 2}),
            "quote": GroupLoad(0, {VuState.DOWN: 4}),
        },
        points,
    )
    browse, quote = made.groups
    assert browse.states == {VuState.RUNNING: 3, VuState.PENDING: 2}
    assert (browse.target, browse.iterations, browse.passed) == (5, 2, 1)
    assert quote.states == {VuState.DOWN: 4}
    assert (quote.passed, quote.failed, quote.times.max_ms) == (1, 1, 4.0)
    assert [(t.name, t.passed, t.failed) for t in made.transactions] == [("home", 2, 1)]
    assert made.times.mean_ms == 3.0
    assert made.rendezvous == tuple(points)
