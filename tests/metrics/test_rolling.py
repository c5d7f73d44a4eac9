"""What a client that attaches is sent: short, quickly made, the newest kept longest."""

from __future__ import annotations

import msgspec
import pytest

from perfconsole.metrics.fold_groups import COURSE_POINTS
from perfconsole.metrics.parts import CoursePoint
from perfconsole.metrics.rolling import shortened_json
from perfconsole.metrics.view import (
    CommandView,
    ErrorView,
    GroupView,
    Line,
    MetricView,
    RunView,
    ServerView,
    TraceView,
    TransactionView,
)
from perfconsole.model.event import MOST_STAGES, StageInfo, TracedExchange
from perfconsole.model.plateau import Plateau
from perfconsole.model.tick import Times

MOST_BYTES = 1_000_000


def long_run(servers: int, metrics: int = 8, seconds: int = 3600) -> RunView:
    view = RunView(run="r", name="soak", seq=9)
    for name in (f"web{n}" for n in range(servers)):
        shown = view.servers[name] = ServerView(name, f"deploy@{name}", True, {})
        for n in range(metrics):
            kept = shown.metrics[f"metric_{n}"] = MetricView(limit=75.0)
            for second in range(0, seconds, 2):
                kept.series.add(float(second), second % 7 / 3)
    for series in view.series.values():
        for second in range(seconds):
            series.add(float(second), float(second % 1000))
    view.transactions = {f"name {n}": TransactionView(f"name {n}", n) for n in range(200)}
    return view


def read(body: bytes) -> RunView:
    assert len(body) <= MOST_BYTES
    return msgspec.json.decode(body, type=RunView)


def overflow_texts(view: RunView) -> None:
    view.lines = [Line(float(n), "error", "errors", "x" * 5000) for n in range(500)]
    view.errors = {f"e{n}": ErrorView(f"e{n}", n, "y" * 3000, "z" * 4000) for n in range(501)}
    view.commands = [CommandView(f"c{n}", 1.0, "ann", "z" * 1000, {}) for n in range(500)]
    servers = {f"web{n}/metric": (1.0, 2.0) for n in range(200)}
    view.plateaus = [
        Plateau(n, 0, 9, True, {"a": n}, None, 1, 1, 1, 0, Times(), servers) for n in range(200)
    ]
    names = (f"{n} {'w' * 200}" for n in range(5000))
    view.transactions = {name: TransactionView(name, n) for n, name in enumerate(names)}


@pytest.mark.parametrize("servers", [0, 50])
def test_it_fits_however_much_there_is_of_everything(servers: int):
    view = long_run(servers)
    overflow_texts(view)
    short = read(shortened_json(view, MOST_BYTES))
    for kept, whole in ((short.lines, view.lines), (short.commands, view.commands),
                        (short.plateaus, view.plateaus)):  # fmt: skip
        assert kept == whole[-len(kept) :] != []
    assert "e500" in short.errors and "e0" not in short.errors
    assert short.errors["e500"].exchange
    assert min(seen.passed for seen in short.transactions.values()) > 2000
    assert all(series.now is not None for series in short.series.values())
    assert (len(view.lines), len(view.errors), len(view.transactions)) == (500, 501, 5000)


def test_hundreds_of_groups_fit_with_the_newest_of_their_courses():
    view = long_run(0)
    stages = tuple(StageInfo("to", 60.5 * n, 100.0 + n, 120.0) for n in range(MOST_STAGES))
    course = [CoursePoint(10.25 * n, 10.123456 * n, True) for n in range(COURSE_POINTS)]
    view.groups = {
        f"group {n}": GroupView(f"group {n}", "flow", 9, stages=stages, course=course)
        for n in range(600)
    }
    short = read(shortened_json(view, MOST_BYTES))
    assert len(short.groups) == 600
    some = short.groups["group 7"]
    assert some.course == course[-len(some.course) :] != []
    assert some.stages == stages[: len(some.stages)] != ()
    assert len(short.series["vus"].recent) > 10


def test_what_fits_is_sent_in_full():
    view = long_run(1, seconds=900)
    assert read(shortened_json(view, MOST_BYTES)) == view


def test_the_newest_seconds_are_sent_as_they_came_where_they_fit():
    view = long_run(3, seconds=20_000)
    short = read(shortened_json(view, MOST_BYTES))
    assert short.series["p95_ms"].recent == view.series["p95_ms"].recent
    assert short.servers["web1"].metrics["metric_1"].series.size > 60


def test_a_run_without_a_single_second_fits_too():
    view = RunView(run="r")
    overflow_texts(view)
    view.servers = {"s": ServerView("s", "w" * MOST_BYTES, True, {})}
    assert msgspec.json.decode(shortened_json(view, MOST_BYTES), type=RunView).run == "r"
    assert read(shortened_json(RunView(), MOST_BYTES)) == RunView()


@pytest.mark.parametrize("servers", [1, 50])
def test_it_uses_the_room_and_changes_nothing(servers: int):
    view = long_run(servers, seconds=7200)
    before = msgspec.msgpack.encode(view)
    body = shortened_json(view, MOST_BYTES)
    assert len(body) > MOST_BYTES / 2
    assert msgspec.msgpack.encode(view) == before


def test_exchanges_leave_before_any_error_does() -> None:
    """Those of the most frequent errors are kept, wherever they stand."""
    view = long_run(0)
    view.errors = {f"e{n}": ErrorView(f"e{n}", 1000 - n, "y" * 50, "z" * 4000) for n in range(100)}
    short = read(shortened_json(view, MOST_BYTES))
    assert list(short.errors) == list(view.errors)
    assert [error.sample for error in short.errors.values()] == ["y" * 50] * 100
    shown = [key for key, error in short.errors.items() if error.exchange]
    assert shown == [f"e{n}" for n in range(len(shown))]
    assert 20 < len(shown) < 40
    assert view.errors["e99"].exchange


def traced(n: int) -> TracedExchange:
    return TracedExchange(float(n), "0.1", "GET /", True, "z" * 4000)


def test_of_traces_the_newest_exchanges_are_sent_that_fit() -> None:
    view = long_run(0)
    view.traces = {f"g{n}": TraceView(n, [traced(5 * i + n) for i in range(50)]) for n in range(5)}
    short = read(shortened_json(view, MOST_BYTES))
    assert [trace.left for trace in short.traces.values()] == [0, 1, 2, 3, 4]
    kept = sorted(int(e.at) for trace in short.traces.values() for e in trace.exchanges)
    assert kept == list(range(250 - len(kept), 250))
    assert 40 < len(kept) < 100
    assert len(view.traces["g0"].exchanges) == 50


def test_traces_leave_before_anything_else_does() -> None:
    view = long_run(50)
    overflow_texts(view)
    view.traces = {"g": TraceView(3, [traced(n) for n in range(50)])}
    short = read(shortened_json(view, MOST_BYTES))
    assert short.traces["g"].left == 3
    assert len(short.traces["g"].exchanges) < 12
    assert all(series.now is not None for series in short.series.values())


def test_what_a_trace_has_kept_is_sent_in_full_where_it_fits() -> None:
    view = long_run(0, seconds=900)
    view.traces = {"g": TraceView(3, [traced(n) for n in range(20)])}
    assert read(shortened_json(view, MOST_BYTES)) == view
