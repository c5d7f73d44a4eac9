"""From a view to what is shown: pure functions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.console.feed import Link
from perfconsole.console.present import charts, header, lines, pages, shapes
from perfconsole.console.present.chart_parts import shown_server
from perfconsole.console.present.details import details
from perfconsole.console.present.timing import timing
from perfconsole.console.typed import shared
from perfconsole.console.uistate import (
    Layout,
    Page,
    UiState,
    layout_of,
    logged,
    moved,
    stepped,
    window,
    zoomed,
)  # fmt: skip
from perfconsole.console.widgets.headline import kept
from perfconsole.metrics.series import Series
from perfconsole.metrics.view import Line, RunView
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import GroupState, RunState, Verdict, VuState

NARROW = UiState(layout=Layout.NARROW)


@pytest.fixture
def view_of():
    def folded(written) -> RunView:
        view = RunView()
        for event in written.events:
            view.fold(event)
        return view

    return folded


@pytest.fixture
def view(script, view_of):
    return view_of(script().started().play(range(600)))


def texts(parts):
    return [part.text for part in parts]


def test_headline_wide(view):
    assert texts(header.headline(view, Link.LIVE, UiState(), "x")) == [
        "● LIVE", "shop · marketplace peak", "00:10:00 of 30:00", "VUs 340/340", "TPS 391",
        "p95 884 ms", "err 2.56 %!", "worst web1 CPU 77.2 % > 75", "generator ok 31 %",
    ]  # fmt: skip


def test_headline_narrow(view):
    assert texts(header.headline(view, Link.LIVE, NARROW, "x")) == [
        "●", "shop · ma…", "00:10:00/30:00", "VUs 340/340", "TPS 391", "p95 884ms", "err 2.56%!",
        "CPU 77.2!",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "link", "words"),
    [
        (RunState.STARTING, Link.LIVE, "◌ STARTING"),
        (RunState.RUNNING, Link.LIVE, "● LIVE"),
        (RunState.STOPPING, Link.LIVE, "■ STOPPING"),
        (RunState.RUNNING, Link.LOST, "✗ controller lost"),
        (RunState.RUNNING, Link.DEAD, "✗ controller lost"),
        (RunState.ENDED, Link.DEAD, "■ ENDED"),
    ],
)
def test_states_in_the_headline(state, link, words, view):
    view.state = state
    assert texts(header.headline(view, link, UiState(), "x"))[0] == words


def test_paused_when_everything_is(script, view_of):
    view = view_of(script().started().play(range(330)))
    assert texts(header.headline(view, Link.LIVE, UiState(), "x"))[0] == "‖ PAUSED"
    begin = pytest.approx(300.01)
    assert header.timeline(view).spans == (("pause", "pause", begin, None),)
    assert charts.charts(view, UiState())[0].bands == (("pause", begin, 330.0),)


def test_unknown_is_never_zero(script, view_of):
    view = view_of(script().started().play(range(330)))
    shown = texts(header.headline(view, Link.LIVE, UiState(), "x"))
    assert {"TPS –", "p95 –", "err –"} <= set(shown)
    row = pages.rows(view, Page.GROUPS)[0]
    assert row.cells[6:10] == ("–", "–", "–", ("–", "dim"))


def test_a_silent_server_is_named_and_unknown(script, view_of):
    written = script().started().play(range(10))
    sample = ServerSample("web1", False, {}, "no route to host")
    written.add(ev.Sampled, 12, second=12.0, sample=sample)
    view = view_of(written)
    assert "no answer: web1" in texts(header.headline(view, Link.LIVE, UiState(), "x"))
    row = pages.rows(view, Page.SERVERS)[0]
    assert row.cells == ("web1", ("unknown", "warn"))
    assert row.rest == ("no answer for 4s: no route to host", "warn")


@pytest.mark.parametrize(
    ("ui", "words"), [(UiState(), "generator is the bottleneck!"), (NARROW, "generator!")]
)
def test_a_saturated_generator_is_red_on_any_screen(ui, words, script, view_of):
    written = script().started().play(range(60)).saturated(60.0)
    view = view_of(written)
    parts = header.headline(view, Link.LIVE, ui, "x")
    assert (parts[-1].text, parts[-1].role) == (words, "over")
    places = kept([len(part.text) for part in parts], [part.keep for part in parts], 78)
    assert len(parts) - 1 in places
    assert ("saturated", "generator!", 57.0, None) in header.timeline(view).spans
    assert charts.charts(view, ui)[0].bands == (("saturated", 57.0, 60.0),)
    written.saturated(70.0, on=False)
    assert words not in texts(header.headline(view_of(written), Link.LIVE, ui, "x"))


def test_the_page_of_load_generators(script, view_of):
    view = view_of(script().started().play(range(60)).saturated(60.0))
    (row,) = pages.rows(view, Page.GENERATORS)
    assert row.cells[:7] == ("injector 0", "31", "1.4", "0.6", "81.5", "88", "19,640")
    assert row.cells[-1] == ("bottleneck", "over")
    ui = UiState(page=Page.GENERATORS)
    assert pages.head(view, ui) == "machine CPU 24 %  bottleneck for 3 s"
    told = dict(details(view, Page.GENERATORS, "0"))
    assert told["state"] == "injector 0 uses 98 % of its core, limit 85 %"
    assert told["sockets"] == "19,640 left, 19,640 when fewest"
    assert not details(view, Page.GENERATORS, "7")
    view.injectors[0].living, view.injectors[0].saturated_since = False, None
    assert pages.rows(view, Page.GENERATORS)[0].cells[-1] == ("gone", "dim")


def test_six_charts(view):
    shown = charts.charts(view, UiState())
    assert [(c.key, c.title, c.unit, c.head, c.limit, c.over) for c in shown] == [
        ("1", "TPS", "", "passed 381  failed 10", None, False),
        ("2", "Response", "ms", "p50 508  p95 884  p99 1.5k", 1000.0, False),
        ("3", "Errors", "%", "2.56 ▲  limit 1", 1.0, True),
        ("4", "VUs", "", "340 of 340  rendezvous 7", None, False),
        ("5", "web1 CPU · memory", "%", "cpu 77.2 ▲  mem 50", 75, True),
        ("6", "Disk space", "%", "web1 64  db1 58", 80, False),
    ]
    assert {c.window for c in shown} == {(300.0, 600.0)}
    assert all(line.points[0].t >= 298 for c in shown for line in c.lines)


def test_the_chart_of_servers_stays_with_the_one_in_breach(view):
    assert shown_server(view, UiState()).name == "web1"
    view.servers["db1"].metrics["cpu_percent"].value = 99.0
    assert shown_server(view, UiState()).name == "web1"
    selected = UiState(page=Page.SERVERS, server="db1")
    assert shown_server(view, selected).name == "db1"


def test_group_states(view):
    view.groups["browse"].held = True
    view.groups["quote"].state = GroupState.FINISHED
    states = [row.cells[1] for row in pages.rows(view, Page.GROUPS)]
    assert states == [("held", "warn"), ("running", ""), ("finished", "dim"), ("", "dim")]


def test_one_group_needs_no_row_for_all(script, view_of):
    view = view_of(script().started().play(range(10)))
    view.groups = {"browse": view.groups["browse"]}
    assert [row.key for row in pages.rows(view, Page.GROUPS)] == ["browse"]


@pytest.mark.parametrize("page", list(Page))
def test_every_row_fits_its_columns_and_has_details(page, view):
    for row in pages.rows(view, page):
        assert len(row.cells) == len(shapes.SHAPES[page].columns)
        assert details(view, page, row.key) or page is Page.SERVERS
    assert details(view, page, "nobody") == []


@pytest.mark.parametrize("page", list(Page))
def test_every_page_of_an_empty_run_is_empty(page):
    assert pages.rows(RunView(), page) == []
    assert shapes.SHAPES[page].empty


def test_vu_states_add_up(view):
    for row in pages.rows(view, Page.VUS):
        counts = [cell if isinstance(cell, str) else cell[0] for cell in row.cells[1:]]
        wanted = view.groups[row.key].planned if row.key in view.groups else 340
        assert sum(map(int, counts)) == wanted
    assert set().union(*pages._VU_COLUMNS) == set(VuState)


def test_an_event_names_its_author_when_it_is_somebody_else(view):
    assert lines.events(view, "anna") is view.lines
    view.commands[0].by = "ben"
    assert lines.events(view, "anna")[0].text == "paused all by hand (ben)"
    view.commands[0].client = "ctl:4711"
    assert lines.events(view, "anna")[0].text == "paused all by hand (ben, ctl)"
    assert lines.events(view, "ben")[0].text == "paused all by hand (ctl)"
    view.commands[0].by = "ctl"
    assert lines.events(view, "anna")[0].text == "paused all by hand (ctl)"
    view.commands[0].by, view.commands[0].client = "ben", "console:4711"
    assert lines.last_event(view, "ben")[0].text.endswith("402 TPS")
    assert lines.events(view, "ben")[0].text == "paused all by hand"


def test_values_at_the_cursor(view):
    shown = texts(lines.at_cursor(view, replace(UiState(), cursor=200.0)))
    assert shown[0] == "┆ 08:03:20"
    assert "VUs 340" in shown
    paused = texts(lines.at_cursor(view, replace(UiState(), cursor=330.0)))
    assert "TPS –" in paused


def test_value_at():
    series = Series()
    for second in range(0, 3000, 2):
        series.add(float(second), None if 1000 <= second < 1100 else float(second))
    assert series.rolled
    assert lines.value_at(series, 2801.0) == 2800.0
    assert lines.value_at(series, 3002.0) == 2998.0
    assert lines.value_at(series, 3100.0) is None
    assert lines.value_at(series, -1.0) is None
    assert lines.value_at(series, 1050.0) is None
    assert lines.value_at(Series(), 1.0) is None


@pytest.mark.parametrize(
    ("width", "height", "layout"),
    [(160, 45, "wide"), (120, 34, "wide"), (119, 50, "narrow"), (80, 24, "narrow"),
     (79, 24, "tiny"), (80, 23, "narrow"), (80, 18, "narrow"), (80, 17, "tiny"), (1, 1, "tiny")],
)  # fmt: skip
def test_layout_of(width, height, layout):
    assert layout_of(width, height) == layout


def test_steps_and_zooms_stop_at_their_ends():
    ui = UiState()
    assert stepped(stepped(ui, 1), 1).step == 100
    assert stepped(stepped(ui, -1), -1).step == 1
    assert zoomed(zoomed(ui, -1, 700), -1, 700).zoom == 60
    assert window(replace(ui, zoom=None, auto=False), 7000) == (0, 7000)
    assert logged(logged(ui)).log == frozenset()


@pytest.mark.parametrize(
    ("now", "shown"),
    [(0, (0, 60)), (60, (0, 60)), (61, (0, 120)), (121, (0, 180)), (181, (0, 300)),
     (300, (0, 300)), (301, (1, 301)), (7000, (6700, 7000))],
)  # fmt: skip
def test_charts_grow_with_a_young_run(now, shown):
    assert window(UiState(), now) == shown


@pytest.mark.parametrize(
    ("now", "out", "into"), [(20, 300, 60), (90, 300, 60), (150, 300, 60), (700, 900, 60)]
)
def test_the_first_zoom_starts_from_what_is_shown(now, out, into):
    ui = UiState()
    assert zoomed(ui, 1, now).zoom == out
    assert zoomed(ui, -1, now).zoom == into
    assert window(zoomed(ui, 1, now), now)[1] == max(out, now)


@given(st.floats(0, 1e6), st.lists(st.integers(-100, 100), max_size=30), st.sampled_from(Layout))
def test_the_cursor_is_always_in_the_window(now, moves, layout):
    ui = UiState(layout=layout)
    for by in moves:
        ui = moved(ui, by, now)
        start, end = window(ui, now)
        assert ui.cursor is None or start <= ui.cursor <= end
        assert 0 <= start < end


@given(
    st.integers(0, 1_000_000),
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 9999), min_size=1, max_size=9),
)
def test_shares_add_up(total, weights):
    parts = shared(total, weights)
    assert sum(parts.values()) == total
    assert all(part >= 0 for part in parts.values())
    whole = sum(weights.values())
    if whole:
        assert all(abs(parts[name] - total * weights[name] / whole) < 1 for name in weights)


def test_the_last_event_is_one_part_that_a_narrow_line_cuts_and_does_not_leave_out():
    sentence = "injector 0 (pid 6391) was lost: it ended with status -9; " * 3
    view = RunView(lines=[Line(1000.0, "error", "injector", sentence)])
    (part,) = lines.last_event(view)
    assert part.text.endswith(sentence)
    assert kept([len(part.text)], [part.keep], 78) == [0]


def test_the_last_event_is_what_ended_a_plateau_and_not_the_figures_told_behind_it():
    paused = Line(1000.0, "info", "command", "paused all groups")
    told = Line(1000.3, "info", "plateau", "plateau at 40 VUs: 75 TPS")
    assert lines.last_event(RunView(lines=[paused, told]))[0].text.endswith("all groups")
    late = [Line(900.0, "info", "command", "paused all groups"), told]
    assert lines.last_event(RunView(lines=late))[0].text.endswith("75 TPS")


def test_the_line_of_phases_tells_stale_figures_and_sums_up_at_the_end(script, view_of):
    written = script().started().play(range(300))
    parts = {part.text: part.role for part in timing(view_of(written))}
    assert parts["wait 226/390"] == ""
    assert parts["connect 0.41/0.9"] == "dim", "no connection was opened in the last second"
    assert {"opened 2/s", "reused 1.1k/s"} <= set(parts)
    assert not any(text.startswith("send") for text in parts), "it takes no time"
    written.ended(300, Verdict.PASSED).add(ev.StateChanged, 300, state=RunState.ENDED)
    ended = [part.text for part in timing(view_of(written))]
    assert ended[0] == "mean/max ms" and "wait 226/1.9k" in ended
    assert timing(RunView()) == []
