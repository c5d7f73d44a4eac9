"""An open model in the end-of-run text and in the JSON."""

from __future__ import annotations

from perfconsole.metrics.totals import Accumulator, Totals
from perfconsole.metrics.view import GroupView, RunView
from perfconsole.model.summary import GroupSummary
from perfconsole.model.tick import Arrivals
from perfconsole.report.ink import Ink
from perfconsole.report.open_model import (
    arrivals_table,
    dropped_of,
    group_summary,
    service_summary,
    service_table,
)
from perfconsole.report.summarize import RunRecord, summary_of

ARRIVALS = Arrivals(100.0, 100, 90, 5, 5)


def test_dropped_arrivals_belong_to_the_transactions_of_their_groups() -> None:
    view = RunView()
    view.groups = {
        "a": GroupView("a", "f", 1, arrivals=ARRIVALS, due=100, asked=120, offered=90, dropped=5),
        "b": GroupView("b", "f", 1, arrivals=ARRIVALS, dropped=7),
        "c": GroupView("c", "g", 1),
    }
    totals = Totals(
        {("a", "home"): Accumulator(), ("b", "home"): Accumulator(), ("c", "list"): Accumulator()}
    )
    assert dropped_of("home", totals, view) == 12
    assert dropped_of("list", totals, view) == 0
    assert group_summary(view.groups["a"]) == GroupSummary(0, 0, 100, 90, 5, 120)
    assert group_summary(view.groups["c"]) == GroupSummary(0, 0)
    summary = summary_of(RunRecord(view=view, totals=totals))
    lines = arrivals_table(summary, 100, Ink(colour=False))
    assert [line.split() for line in lines[1:]] == [
        ["a", "120", "100", "90", "90", "%", "5", "5"], ["b", "0", "0", "0", "-", "7", "0"],
    ]  # fmt: skip


def test_a_closed_model_has_none_of_it() -> None:
    sums = Accumulator(passed=1, sum_us=5.0, min_us=5.0, max_us=5.0)
    assert service_summary(sums) is None
    view = RunView()
    view.groups = {"c": GroupView("c", "g", 1)}
    summary = summary_of(RunRecord(view=view, totals=Totals({("c", "list"): sums})))
    assert arrivals_table(summary, 100, Ink(colour=False)) == []
    assert service_table(summary, 100, Ink(colour=False)) == []
