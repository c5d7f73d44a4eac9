"""Servers on the screen: rows, their order, the page of one server, a watch with a request."""

from __future__ import annotations

from itertools import pairwise
from math import isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.console.feed import Link
from perfconsole.console.orders import Choice, NothingToDo
from perfconsole.console.present import charts, header, lines, pages, server_page, server_told
from perfconsole.console.present.chart_parts import shown_server
from perfconsole.console.present.server_rows import against, server_line
from perfconsole.console.present.server_standing import Rank, Standing, short_names, standing, state
from perfconsole.console.present.strip_figures import figures
from perfconsole.console.present.trends import trend, way
from perfconsole.console.screens.dialogs import EntryDialog
from perfconsole.console.screens.server_screen import ServerScreen
from perfconsole.console.steady_order import HOLD_S, SteadyOrder
from perfconsole.console.uistate import Layout, Page, UiState
from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.headline import kept
from perfconsole.console.widgets.meter import meter
from perfconsole.console.widgets.raster import Canvas, Columns, Ink, strokes
from perfconsole.console.widgets.scale import linear
from perfconsole.console.widgets.table import fitted, layout
from perfconsole.metrics.series import Point, Series
from perfconsole.metrics.view import MetricView, RunView
from perfconsole.metrics.words import metric_figure
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.limit_traits import LimitTraits, is_beyond, share_used
from perfconsole.model.server_metrics import METRICS

WIDE, NARROW = (160, 45), (80, 24)
SERVERS = UiState(page=Page.SERVERS)


def folded(written) -> RunView:
    view = RunView()
    for event in written.events:
        view.fold(event)
    return view


def mixed(script):
    """At 0:40: calm, over, breached, silent since 0:20, and never reached."""
    written = script().watch("calm", "over", "breached", "silent", "never")
    for second in range(0, 41, 2):
        written.told("calm", second, cpu_percent=20, memory_percent=30, disk=40, load_1m=1)
        written.told("over", second, cpu_percent=80, memory_percent=30, disk=40)
        written.told("breached", second, cpu_percent=50, memory_percent=30, disk=81, load_1m=9)
        if second <= 20:
            written.told("silent", second, cpu_percent=99, memory_percent=30)
        else:
            written.silent("silent", second, "no answer in time")
        written.silent("never", second, "connection refused")
    return written.add(
        ev.Breached, 40, server="breached", metric="disk_percent:/", limit=80.0, over=True,
        since=0.0, text="breached disk / over 80 %",
    )  # fmt: skip


@pytest.fixture
def servers(script):
    return mixed(script)


@pytest.fixture
def view(servers):
    return folded(servers)


# ---------------------------------------------------------------- rows


def test_every_state_is_a_word_and_unknown_is_never_a_number(view):
    rows = {row.key: row for row in pages.rows(view, Page.SERVERS)}
    assert rows["calm"].cells[1:3] == (("ok", "good"), ("20/75 ", ""))
    assert rows["over"].cells[1:3] == (("over", "over"), ("80!/75 ", "over"))
    assert rows["breached"].cells[1] == ("BREACHED", "over")
    assert rows["breached"].cells[8:11] == (("81!/80 ", "over"), ("━━━━┿─", "over"), "/")
    assert rows["silent"].cells == ("silent", ("unknown", "warn"))
    assert rows["silent"].rest == ("no answer for 20s: no answer in time", "warn")
    assert rows["never"].rest == ("not reached yet: connection refused", "warn")
    assert pages.head(view, SERVERS) == "5 servers  2 over  2 unknown"


def test_what_is_breached_beside_the_three_is_named(view):
    view.servers["calm"].metrics["load_1m"].breached = True
    rows = {row.key: row for row in pages.rows(view, Page.SERVERS)}
    assert rows["calm"].cells[1] == ("BREACHED load", "over")


def test_before_the_first_sample_it_says_where_it_connects_to(script):
    view = folded(script().watch("web1"))
    (row,) = pages.rows(view, Page.SERVERS)
    assert row.cells[1] == ("waiting", "dim")
    assert row.rest == ("connecting to web1:22", "dim")


def test_a_server_of_which_nothing_is_heard_any_more_is_unknown(script):
    written = script().watch("web1", "web2").told("web1", 0, cpu_percent=10)
    for second in range(0, 30, 2):
        written.told("web2", second, cpu_percent=10)
    row = pages.rows(folded(written), Page.SERVERS)[0]
    assert row.rest == ("no answer for 28s", "warn")


def test_columns_leave_by_importance():
    from perfconsole.console.present.shapes import SHAPES

    columns = SHAPES[Page.SERVERS].columns

    def shown(width):
        return [columns[number].key for number, _ in layout(columns, width)]

    assert shown(101) == [column.key for column in columns]
    narrow = shown(76)
    assert {"server", "state", "cpu", "cpu_meter", "memory", "disk", "mount"} <= set(narrow)
    assert not {"cpu_trend", "memory_trend", "age"} & set(narrow)


def test_servers_whose_names_end_differently_can_be_told_apart(script):
    from perfconsole.console.present.shapes import SHAPES

    names = "prod-shop-web-01", "prod-shop-web-02", "数据库服务器二号"
    written = script().watch(*names)
    for name in names:
        written.told(name, 0, cpu_percent=10)
    rows = pages.rows(folded(written), Page.SERVERS)
    columns = fitted(SHAPES[Page.SERVERS].columns, rows)
    for width in (76, 101):
        kept = {columns[number].key: cells for number, cells in layout(columns, width)}
        assert kept["server"] >= 16
        assert {"cpu", "memory", "disk"} <= set(kept)
    assert "age" in kept


def test_metrics_of_a_probe_can_be_told_apart(view):
    server = view.servers["over"]
    names = "longest_query_seconds", "longest_transaction_seconds", "longest_autovacuum_seconds"
    server.metrics |= {f"orders.{name}": MetricView() for name in names}
    columns = fitted(server_page.COLUMNS, server_page.metric_rows(view, server))
    for width in (76, 101):
        kept = {columns[number].key: cells for number, cells in layout(columns, width)}
        assert kept["metric"] >= len("orders longest transaction")


@given(
    st.floats(0, 200), st.one_of(st.none(), st.floats(1, 150)), st.integers(1, 40),
    st.sampled_from([glyphs.UNICODE.meter, glyphs.ASCII.meter]),
)  # fmt: skip
def test_a_meter_passes_its_mark_exactly_when_the_value_is_over(value, limit, width, cells):
    drawn = meter(value, limit, width, cells)
    assert len(drawn) == width
    assert (cells.passed in drawn) == (limit is not None and value > limit)
    assert (cells.ahead in drawn) == (limit is not None and value <= limit)
    if limit is not None:
        before, _, after = drawn.replace(cells.passed, cells.ahead).partition(cells.ahead)
        assert cells.empty not in before if value > limit else cells.full not in after
    assert meter(None, limit, width, cells).strip() == ""


def test_a_way_is_told_only_when_it_is_one(view, script):
    written = script().watch("web1")
    for second in range(0, 121, 2):
        written.told("web1", second, cpu_percent=20 + second / 4, memory_percent=30 + second % 4)
    metrics = folded(written).servers["web1"].metrics
    assert way(metrics["cpu_percent"], 120) == "↗"
    assert way(metrics["memory_percent"], 120) == " "
    assert way(view.servers["calm"].metrics["cpu_percent"], 40) == " "


def test_only_the_newest_bar_of_a_trend_changes(script):
    written, drawn = script().watch("web1"), []
    for second in range(0, 418, 2):
        written.told("web1", second, cpu_percent=second % 100)
        if second >= 300:
            metric = folded(written).servers["web1"].metrics["cpu_percent"]
            drawn.append(trend(metric, second, 5, 100.0))
    assert {len(bars) for bars in drawn} == {5}
    steps = [n for n, (one, other) in enumerate(pairwise(drawn)) if one[:-1] != other[:-1]]
    assert steps == [29]


def test_names_are_short_as_long_as_they_differ():
    names = ["deploy@web1:22", "deploy@web2:2222", "local", "root@[::1]:22"]
    assert list(short_names(names).values()) == ["web1", "web2", "local", "[::1]"]
    twins = ["a@web1", "b@web1"]
    assert list(short_names(twins).values()) == twins
    ports = ["a@web1:22", "a@web1:23"]
    assert list(short_names(ports).values()) == ["web1:22", "web1:23"]


# ---------------------------------------------------------------- order


def test_worst_first_and_unknown_above_calm(view):
    standings = {name: standing(server, 40) for name, server in view.servers.items()}
    assert SteadyOrder().arrange(standings, 40) == ["breached", "over", "silent", "never", "calm"]
    assert standings["over"].rank is Rank.OVER


def calm(pressure: float) -> Standing:
    return Standing(Rank.CALM, pressure)


def test_noise_moves_nobody_and_what_lasts_does():
    order = SteadyOrder()
    first = {"a": calm(0.8), "b": calm(0.5)}
    assert order.arrange(first, 0) == ["a", "b"]
    worse = {"a": calm(0.8), "b": Standing(Rank.BREACHED, 1.2)}
    assert order.arrange(worse, 1) == ["a", "b"]
    assert order.arrange(first, 1 + HOLD_S) == ["a", "b"]
    assert order.arrange(worse, 7) == ["a", "b"]
    assert order.arrange(worse, 7 + HOLD_S) == ["b", "a"]


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.floats(0, 2), min_size=4), max_size=20))
def test_nobody_moves_before_it_has_lasted(pressures):
    order, at_s, shown = SteadyOrder(), 0.0, None
    for each in pressures:
        arranged = order.arrange({name: calm(each[name]) for name in "abcd"}, at_s)
        assert sorted(arranged) == list("abcd")
        assert shown is None or at_s >= HOLD_S or arranged == shown
        shown, at_s = arranged, at_s + 1.0


# ---------------------------------------------------------------- one server


def test_all_metrics_of_a_server_by_kind(view):
    server = view.servers["breached"]
    server.metrics["postgres.locks"] = server.metrics["cpu_percent"]
    rows = server_page.metric_rows(view, server)
    assert [row.key for row in rows] == [
        "cpu_percent", "load_1m", "memory_percent", "disk_percent:/", "postgres.locks",
    ]  # fmt: skip
    assert [row.cells[0][0] for row in rows] == ["CPU", "", "memory", "disks", "postgres"]
    disk = dict(zip((c.key for c in server_page.COLUMNS), rows[3].cells, strict=True))
    assert disk["value"] == ("81 %! ", "over")
    assert (disk["limit"], disk["mean"], disk["peak"]) == ("80", "81 %", "81 %")
    assert disk["over"] == ("42s", "over")
    assert disk["coverage"] == ("100 %", "dim")


def test_every_metric_has_its_group_and_probes_come_last(view):
    assert all(server_page.group_of(metric) in server_page.ORDER for metric in METRICS)
    assert server_page.group_of("memory_db.used") == "memory_db"
    assert server_page.group_of("sessions") == server_page.group_of("network_sales") == "probes"
    server = view.servers["calm"]
    for name in ("log_matches_s:app", "memory_db.used", "cgroup_cpu_percent", "inode_percent:/"):
        server.metrics[name] = MetricView()
    server.metrics["memory_db.used"].unit, server.metrics["memory_db.used"].value = "B", 1.2e9
    rows = {row.key: row for row in server_page.metric_rows(view, server)}
    assert list(rows)[-3:] == ["cgroup_cpu_percent", "log_matches_s:app", "memory_db.used"]
    assert list(rows).index("inode_percent:/") == list(rows).index("disk_percent:/") + 1
    assert rows["memory_db.used"].cells[2] == ("1.2 GB ", "")


def test_amounts_have_their_units():
    assert metric_figure("net_rx_bytes_s", 3.2e6) == "3.2 MB/s"
    assert metric_figure("cache.used", 3.2e6, "B") == "3.2 MB"
    assert metric_figure("db.deadlocks", 0.5, "/min") == "0.5/min"
    assert metric_figure("disk_await_ms:sda", 0.5) == "0.5 ms"
    assert metric_figure("cpu_percent", None) == "–"


def traits(view: RunView, server: str, metric: str, limit: float, **traits: bool) -> MetricView:
    """Of a metric at its last value."""
    seen = view.servers[server].metrics[metric]
    seen.limit, seen.traits = limit, LimitTraits(**traits)
    seen.over = seen.is_beyond(seen.value)
    return seen


def test_less_is_worse_where_the_limit_says_so(view):
    seen = traits(view, "calm", "load_1m", 4, least=True)
    server = view.servers["calm"]
    assert seen.over
    assert standing(server, 40) == Standing(Rank.OVER, 4.0)
    assert state(server, 40) == ("over load", "over")
    assert against(seen) == "1!/≥4"
    assert view.worst_metric()[:2] == ("calm", "load_1m")
    model, *_ = server_page.server_charts(view, server, "load_1m", SERVERS)
    assert (model.limit, model.least, model.over, model.judged) == (4, True, True, True)
    about = server_page.about_metric(view, server, "load_1m", SERVERS)
    assert [(part.text, part.role) for part in about[1:3]] == [
        ("load 1!", "over"), ("limit ≥ 4", "dim"),
    ]  # fmt: skip
    traits(view, "calm", "load_1m", 0.5, least=True)
    assert standing(server, 40).pressure == 0.5


def test_a_limit_that_is_not_judged_warns_and_is_no_failure(view):
    traits(view, "breached", "load_1m", 4, judged=False).breached = True
    view.servers["breached"].metrics["disk_percent:/"].breached = False
    traits(view, "breached", "disk_percent:/", 90)
    server = view.servers["breached"]
    assert state(server, 40) == ("ok", "good")
    assert standing(server, 40).rank is Rank.CALM
    assert view.worst_metric()[0] != "breached"
    rows = {row.key: row for row in server_page.metric_rows(view, server)}
    assert rows["load_1m"].cells[2:4] == (("9! ", "warn"), ("(4)", "dim"))
    model, *_ = server_page.server_charts(view, server, "load_1m", SERVERS)
    assert (model.over, model.judged) == (True, False)


@given(st.floats(0, 1e9), st.floats(0.01, 1e6), st.booleans())
def test_a_limit_is_used_beyond_all_of_it_exactly_when_the_value_is_beyond(value, limit, least):
    used = share_used(value, limit, least=least)
    assert isfinite(used)
    if not isclose(value, limit):
        assert (used > 1) == is_beyond(value, limit, least=least)


def test_a_line_under_its_limit_is_drawn_as_beyond_where_less_is_worse():
    canvas, scale = Canvas(4, 4), linear(0.0, 100.0, 100.0)
    columns = Columns((0.0, 8.0), 8)
    points = [Point(t, v, v, v) for t, v in ((0, 90.0), (1, 90.0), (6, 10.0), (7, 10.0))]
    canvas.draw(Ink(1, False, least=True), strokes(points, columns), scale, 50.0)
    assert canvas.owner[0][0] == 2
    assert canvas.owner[3][3] == 3


def test_what_is_told_under_the_metrics(view):
    server = view.servers["over"]
    server.metrics["cpu_percent"].growth = "over CPU growing 2 ± 1 points/h"
    server.probes = {f"db{n}": "password refused" for n in range(5)}
    lines = server_told.told(view, server, "cpu_percent")
    assert lines[:2] == (
        ("over CPU growing 2 ± 1 points/h", ""),
        ("first over 75 % at 00:00:00  peak 80 % at 00:00:00", ""),
    )
    assert lines[2] == ("db0 fails: password refused", "warn")
    assert lines[4:] == (("(and 2 more) db2 fails: password refused", "warn"),)
    assert server_told.told(view, view.servers["never"], "cpu_percent") == ()


def test_the_first_crossing_is_told_with_the_limit_that_stood_then(view):
    server = view.servers["over"]
    server.metrics["cpu_percent"].limit = 95.0
    lines = server_told.told(view, server, "cpu_percent")
    assert lines == (("first over 75 % at 00:00:00  peak 80 % at 00:00:00", ""),)


def test_the_load_generator_is_marked(view):
    view.servers["calm"].generator = True
    rows = {row.key: row for row in pages.rows(view, Page.SERVERS)}
    assert rows["calm"].cells[:2] == ("calm", ("ok (generator)", "good"))
    head = server_page.server_head(view, Link.LIVE, view.servers["calm"], 0)
    assert "load generator" in [part.text for part in head]


def test_a_silent_server_says_why_on_its_page(view):
    (part,) = server_page.server_head(view, Link.LIVE, view.servers["never"], 4)
    assert part.text == "never  unknown: not reached yet: connection refused"
    lost, _ = server_page.server_head(view, Link.DEAD, view.servers["never"], 4)
    assert lost.text == "✗ controller lost"
    model, *_ = server_page.server_charts(view, view.servers["never"], "cpu_percent", SERVERS)
    assert (model.title, model.empty) == ("CPU", "not reached yet: connection refused")


def test_a_history_goes_on_where_the_whole_one_ends():
    whole, cut = Series(), Series()
    for second in range(2000):
        whole.add(second, float(second))
    shown = whole.rolled_to(100)
    for second in range(2000, 2050):
        shown.add(second, float(second))
        cut.add(second, float(second))
    merged = whole.followed_by(shown)
    assert merged.recent[-1].t == 2049
    assert [point.t for point in merged.recent[-50:]] == [point.t for point in cut.recent]
    assert merged.stride == whole.stride
    times = [point.t for point in merged.points()]
    assert times == sorted(set(times))
    assert Series().followed_by(cut).size == 50


async def opened(app, pilot, until, name="breached"):
    await until(lambda: app.feed.view and app.screen.ui.page is Page.SERVERS, pilot)
    await until(lambda: app.screen.table.rows, pilot)
    app.screen.table.select(name)
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, ServerScreen) and app.screen.table.rows, pilot)
    return app.screen


async def test_the_page_of_a_server(servers, scripted_run, console, until):
    run = scripted_run(servers)
    app = console(run)
    async with app.run_test(size=WIDE) as pilot:
        page = await opened(app, pilot, until)
        await until(lambda: run.recalled == ["breached"], pilot)
        await pilot.press("j", "j")
        await until(lambda: page.ui.metric == "memory_percent", pilot)
        chart = page.query_one("#history-0")
        await until(lambda: chart.model.title == "memory", pilot)
        assert chart.model.limit == 75
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, EntryDialog), pilot)
        await pilot.press("ctrl+u", *"60 %", "enter")
        await until(lambda: run.sent, pilot)
        assert run.sent == [
            cmd.ChangeThreshold(metric="memory_percent", limit=60, server="breached")
        ]
        await pilot.press("u")
        await until(lambda: run.sent[1:] == [cmd.Undo()], pilot)
        await pilot.press("slash", *"disk", "enter")
        await until(lambda: [row.key for row in page.table.rows] == ["disk_percent:/"], pilot)
        await pilot.press("escape", "e")
        await until(lambda: not page.table.display and page.ui.full, pilot)
        await pilot.press("h", "escape")
        await until(lambda: page.table.display, pilot)
        assert page.ui.cursor is not None
        await pilot.press("tab")
        await until(lambda: page.ui.server != "breached", pilot)
        await until(lambda: len(run.recalled) == 2, pilot)
        await pilot.press("left")
        await until(lambda: page.ui.server == "breached", pilot)
        await pilot.press("q")
        await until(lambda: app.screen is app.screen_stack[0], pilot)
        assert app.screen.table.selected == "breached"


async def test_a_limit_can_be_asked_of_a_server_that_has_told_no_metric(
    servers, scripted_run, console, until
):
    """The metric that was selected on the page before it is none of its own."""
    run = scripted_run(servers)
    app = console(run)
    async with app.run_test(size=WIDE) as pilot:
        page = await opened(app, pilot, until)
        await until(lambda: page.ui.metric, pilot)
        while page.ui.server != "never":
            before = page.ui.server
            await pilot.press("tab")
            await until(lambda before=before: page.ui.server != before, pilot)
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, EntryDialog), pilot)
        await pilot.press("ctrl+u", *"never cpu 60", "enter")
        await until(lambda: run.sent, pilot)
        assert run.sent == [cmd.ChangeThreshold(metric="cpu_percent", limit=60, server="never")]


def test_at_80_cells_the_line_of_keys_keeps_what_is_done_there():
    parts = server_page.key_words(wide=False, snapshots=True)
    places = kept([len(part.text) for part in parts], [part.keep for part in parts], 78)
    shown = [parts[place].text for place in places]
    assert {"esc back", "t limit", "C snapshot", "s shows them", "? help"} <= set(shown)


def test_a_key_for_groups_says_that_a_watch_has_none(view):
    with pytest.raises(NothingToDo, match="this run watches servers only"):
        _ = Choice(view=view, group="all", step=10).groups


async def test_a_new_sample_is_on_the_page_and_a_new_row_order_keeps_the_selection(
    script, scripted_run, console, until
):
    written = script().watch("web1", "web2")
    for second in range(0, 20, 2):
        written.told("web1", second, cpu_percent=20).told("web2", second, cpu_percent=10)
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=NARROW) as pilot:
        page = await opened(app, pilot, until, "web1")
        assert page.table.rows[0].cells[2] == ("20 % ", "")
        for second in range(20, 60, 2):
            written.told("web1", second, cpu_percent=30).told("web2", second, cpu_percent=99)
        run.publish()
        await until(lambda: page.table.rows[0].cells[2][0].startswith("30 %"), pilot)
        await pilot.press("escape")
        await until(lambda: app.screen is app.screen_stack[0], pilot)
        for second in range(60, 90, 2):
            written.told("web1", second, cpu_percent=30).told("web2", second, cpu_percent=99)
            run.publish()
            await pilot.pause(0.01)
        await until(lambda: [r.key for r in app.screen.table.rows] == ["web2", "web1"], pilot)
        assert app.screen.table.selected == "web1"


async def test_a_double_click_opens_a_server(servers, scripted_run, console, until):
    app = console(scripted_run(servers))
    async with app.run_test(size=WIDE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.page is Page.SERVERS, pilot)
        await until(lambda: len(app.screen.table.rows) == 5, pilot)
        await until(lambda: app.screen.table.size.height > 5, pilot)
        third = app.screen.table.rows[2].key
        await pilot.click("#page-servers", offset=(5, 4))
        await until(lambda: app.screen.ui.server == third, pilot)
        await pilot.click("#page-servers", offset=(5, 4), times=2)
        await until(lambda: isinstance(app.screen, ServerScreen), pilot)
        assert app.screen.ui.server == third


async def test_no_size_is_too_small_for_a_server(servers, scripted_run, console, until):
    app = console(scripted_run(servers))
    async with app.run_test(size=WIDE) as pilot:
        page = await opened(app, pilot, until)
        for size in ((60, 15), (20, 5), (1, 1), NARROW, (300, 4), WIDE):
            await pilot.resize_terminal(*size)
            await pilot.press("e", "e", "tab")
        assert app.screen is page
        await pilot.press("q")
        await until(lambda: app.screen is app.screen_stack[0], pilot)


# ---------------------------------------------------------------- a watch


@pytest.mark.parametrize("away", [("f3",), ("escape",), ("f2", "f2"), ("f2", "escape")])
async def test_every_way_back_in_a_watch_leads_to_its_servers(
    away, servers, scripted_run, console, until
):
    app = console(scripted_run(servers))
    async with app.run_test(size=WIDE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.page is Page.SERVERS, pilot)
        await pilot.press(*away)
        await pilot.pause()
        assert app.screen.ui.page is Page.SERVERS
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ServerScreen), pilot)


def test_a_watch_without_a_request_shows_six_charts_of_servers(view):
    shown = charts.charts(view, UiState(page=Page.SERVERS, server="over"))
    titles = [model.title for model in shown]
    assert titles == ["CPU", "Memory", "Load", "over network", "Disk busy", "Disk space"]
    assert shown[0].head == "over 80 ▲  breached 50"
    assert (shown[0].limit, shown[0].over) == (75, True)
    assert len(shown[0].lines) == 4


def test_its_header_names_the_worst_and_who_is_silent(view):
    texts = [part.text for part in header.headline(view, Link.LIVE, SERVERS, "x")]
    assert "no answer: silent, never" in texts
    narrow = UiState(layout=Layout.NARROW)
    assert "over CPU 80!" in [p.text for p in header.headline(view, Link.LIVE, narrow, "x")]


def test_a_very_small_screen_has_a_line_for_each_server_worst_first(view):
    told = lines.numbers_only(view, Link.LIVE, SERVERS, "x", (), 15)
    assert [text.split()[0] for text, _ in told[1:5]] == ["breached", "over", "silent", "never"]
    assert server_line(view, view.servers["calm"]) == (
        "calm ok  CPU 20/75  mem 30/75  disk 40/80", ""
    )  # fmt: skip


@pytest.fixture
def asking(script):
    """Answers every other second, a failure at 0:21, then nothing for long."""
    written = script().watch("web1", asks=True)
    for second in range(40):
        fails = second == 21
        ms = 100.0 + second if second % 2 == 0 and second < 30 else None
        written.asked(second, ms, failed=int(fails))
        if second % 2 == 0:
            written.told("web1", second, cpu_percent=20, memory_percent=30, disk=40)
    return written


def test_a_request_is_charted_beside_the_servers(asking):
    view = folded(asking)
    shown = charts.charts(view, SERVERS)
    assert [model.title for model in shown] == [
        "Response", "Errors", "CPU", "Memory", "Load", "Disk space",
    ]  # fmt: skip
    seconds = [point.t for point in shown[0].lines[0].points]
    assert seconds == sorted([*range(0, 30, 2), 21])
    gaps = [point.t for point in shown[0].lines[0].points if point.last is None]
    assert gaps == [21]
    assert shown[0].head == "–"
    assert shown[1].head == "1 of 16 failed"
    assert [figure.label for figure in figures(view, SERVERS)][:3] == ["Resp", "Err", "CPU"]


def test_the_last_answer_stands_for_the_seconds_between_two(asking):
    asking.events = asking.events[:-20]
    view = folded(asking)
    assert view.second in range(26, 31)
    texts = [part.text for part in header.headline(view, Link.LIVE, SERVERS, "x")]
    assert "response 126 ms" in texts
    assert not any(text.startswith(("VUs", "TPS")) for text in texts)


def test_a_watch_asks_for_no_keys_of_load(asking):
    view = folded(asking)
    shown = " ".join(part.text for part in lines.keys(SERVERS, view, Link.LIVE))
    assert "pause" not in shown
    assert "VUs" not in shown
    assert {"C snapshot", "< limit"} <= {part.text for part in lines.keys(SERVERS, view, Link.LIVE)}
    assert pages.other_pages(view, Page.SERVERS).startswith("enter opens a server  F2")
    assert "F6" not in pages.other_pages(view, Page.TRANSACTIONS)
    assert shown_server(view, UiState()).name == "web1"
