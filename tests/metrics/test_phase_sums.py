"""Phases and named requests, from the ticks of injectors to the view and the totals."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.metrics.merge import SecondMerger, run_tick
from perfconsole.metrics.phases import RequestTotals
from perfconsole.metrics.view import RunView
from perfconsole.model.event import Second
from perfconsole.model.phase import Phase
from perfconsole.model.wire import RequestCounts


def told(*ticks):
    """The run's seconds from the ticks of one or two injectors."""
    merger = SecondMerger()
    for injector in {tick.injector for tick in ticks}:
        merger.expect(injector, 1)
    for tick in ticks:
        merger.add(tick)
    return [run_tick(merged, {}, ()) for merged in merger.flush()]


def test_a_second_has_the_phases_of_all_injectors_in_their_order(tick, phase) -> None:
    one = tick(0, phases=(phase(Phase.WAIT, [1000, 2000]),), connections_reused=2)
    other = tick(
        1, phases=(phase(Phase.CONNECT, [500]), phase(Phase.WAIT, [9000])), connections_opened=1
    )
    (second,) = told(one, other)
    assert [(p.phase, p.count) for p in second.phases] == [(Phase.CONNECT, 1), (Phase.WAIT, 3)]
    wait = second.phases[1]
    assert (wait.mean_ms, wait.max_ms) == (4.0, 9.0)
    assert wait.p95_ms == pytest.approx(9.0, rel=0.01)
    assert (second.connections_opened, second.connections_reused) == (1, 2)


def test_what_takes_no_time_is_shown_as_no_time(tick, phase) -> None:
    (second,) = told(tick(0, phases=(phase(Phase.SEND, [0.0, 0.0]),)))
    assert second.phases[0].p95_ms == second.phases[0].mean_ms == 0.0


def test_the_view_has_the_last_second_of_each_phase_and_its_run(tick, phase) -> None:
    view = RunView(started_at=1.0)
    first = tick(0, 0, phases=(phase(Phase.CONNECT, [400]), phase(Phase.WAIT, [1000, 3000])))
    later = tick(0, 1, phases=(phase(Phase.WAIT, [8000]),), connections_reused=1)
    for seq, second in enumerate(told(first, later), 1):
        view.fold(Second(seq=seq, at=2.0 + seq, tick=second))
    assert view.phases[Phase.CONNECT].last.count == 1
    wait = view.phases[Phase.WAIT]
    assert (wait.last.count, wait.last.mean_ms) == (1, 8.0)
    assert (wait.count, wait.mean_ms, wait.max_ms) == (3, 4.0, 8.0)
    assert view.connections_reused == 1


@given(st.lists(st.lists(st.floats(0, 1e8), max_size=30), min_size=1, max_size=5))
def test_parts_add_up_to_the_whole_whatever_way_they_are_kept(phase, parts) -> None:
    kept = RequestTotals()
    for times in parts:
        window = RequestTotals()
        window.add([phase(Phase.RECEIVE, times)], [])
        kept.merge(window)
    whole = sorted(us for times in parts for us in times)
    sums = kept.phases[Phase.RECEIVE]
    assert sums.count == len(whole)
    assert sums.max_ms == max(whole, default=0.0) / 1000
    (p95,) = sums.percentiles_ms((95,))
    if whole:
        true_us = whole[math.ceil(len(whole) * 95 / 100) - 1]
        assert sums.mean_ms * 1000 == pytest.approx(sum(whole) / len(whole), rel=1e-9)
        assert p95 * 1000 == pytest.approx(true_us, rel=0.01, abs=1.01)


def test_requests_of_a_name_are_put_together_over_groups() -> None:
    totals = RequestTotals()
    for group, opened in (("a", 1), ("b", 2)):
        us = (0.0, 100.0, 0.0, 0.0, 2000.0, 300.0)
        totals.add([], [RequestCounts(group, "GET /", 5, 1, opened, us, 4)])
    again = RequestTotals()
    again.add([], totals.request_rows())
    named = again.by_name()["GET /"]
    assert (named.count, named.failed, named.opened, named.answered) == (10, 2, 3, 8)
    assert named.phases_ms["wait"] == 0.5
    assert list(named.phases_ms) == ["dns", "connect", "tls", "send", "wait", "receive"]


def test_a_name_that_was_never_answered_has_no_times() -> None:
    totals = RequestTotals()
    totals.add([], [RequestCounts("a", "GET /", 5, 5, 0, (0.0,) * 6, 0)])
    assert totals.by_name()["GET /"].phases_ms == {}
