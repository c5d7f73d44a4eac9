"""What is looked at: layouts, pages, charts, cursor, freeze, filter, details."""

from __future__ import annotations

import re

from perfconsole.console.screens.desk import DeskDialog
from perfconsole.console.screens.dialogs import ChoiceDialog, DetailDialog
from perfconsole.console.screens.help import HelpDialog
from perfconsole.console.uistate import Layout, Page
from perfconsole.console.widgets.chart import Chart
from perfconsole.model.states import GroupState

SIZE = (160, 45)


def shown(app, selector="Chart"):
    return [w.id for w in app.screen.query(selector) if w.display and w.size.height and w.region]


async def test_layouts_follow_the_size_without_mounting_anything(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        before = list(app.screen.query("*"))
        assert len(shown(app)) == 6
        assert shown(app, "Table") == ["page-groups"]
        await pilot.resize_terminal(80, 24)
        await until(lambda: app.screen.ui.layout is Layout.NARROW, pilot)
        await pilot.pause()
        assert shown(app) == ["chart-1"]
        await pilot.press("3")
        await pilot.pause()
        assert shown(app) == ["chart-3"]
        await pilot.resize_terminal(60, 15)
        await until(lambda: app.screen.ui.layout is Layout.TINY, pilot)
        await pilot.pause()
        assert shown(app) == []
        assert any("VUs 340/340" in text for text, _ in app.screen.query_one("#numbers").lines)
        await pilot.resize_terminal(*SIZE)
        await until(lambda: len(shown(app)) == 6, pilot)
        assert list(app.screen.query("*")) == before


async def test_no_size_is_too_small(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        for size in ((20, 5), (1, 1), (12, 60), (300, 4), (79, 24), (80, 23), (120, 34)):
            typed(app, "x")
            await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
            await pilot.resize_terminal(*size)
            for keys in ("⎋?", "⎋⏎", "⎋=", "⎋e/"):
                typed(app, keys)
                await pilot.pause()
            typed(app, "⎋⎋⎋")
            await until(lambda: app.screen is app.screen_stack[0], pilot)
        assert app.is_running
        assert one_minute.sent == []


async def test_a_low_dialog_shows_its_default(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "x")
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
        await until(
            lambda: "no, let them run" in app.export_screenshot().replace("&#160;", " "), pilot
        )


async def test_keys_work_on_a_tiny_screen(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=(40, 10)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("j", "space")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent[0].groups == ("publish",)


async def test_pages(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        for number, page in zip(range(2, 9), list(Page)[1:], strict=True):
            key = f"f{number}"
            await pilot.press(key)
            await pilot.pause()
            assert app.screen.ui.page is page
            assert shown(app, "Table") == [f"page-{page}"]
            assert app.screen.table.rows
            assert app.screen.focused is app.screen.table
        await pilot.press("escape")
        assert app.screen.ui.page is Page.GROUPS


async def test_the_selected_group_is_the_same_on_every_page(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("j")
        await until(lambda: app.screen.ui.group == "publish", pilot)
        await pilot.press("f5")
        await until(lambda: app.screen.table.selected == "publish", pilot)
        await pilot.press("f2", "space")
        await until(lambda: ten_minutes.sent, pilot)
        assert ten_minutes.sent[0].groups == ("publish",)


async def test_chart_keys(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        chart = app.screen.query_one("#chart-2", Chart)
        await until(lambda: chart.model, pilot)
        assert chart.model.window == (300, 600)
        await pilot.press("2", "y", "left_square_bracket")
        assert chart.picked
        assert chart.model.log
        assert chart.model.window == (0, 900)
        await pilot.press("h", "h", "H")
        assert chart.model.cursor == 600 - 12 * round(900 / 120)
        assert "08:08:24" in app.screen.query_one("#cursor").parts[0].text
        await pilot.press("0", "e")
        await pilot.pause()
        assert chart.model.cursor is None
        assert shown(app) == ["chart-2"]
        await pilot.press("escape")
        await pilot.pause()
        assert len(shown(app)) == 6
        await pilot.click("#chart-5")
        await until(lambda: app.screen.ui.chart == 5, pilot)


async def test_a_frozen_view_stays_while_the_run_goes_on(script, scripted_run, console, until):
    written = script().started().play(range(60))
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f")
        chart, head = app.screen.query_one("#chart-1", Chart), app.screen.query_one("#head")
        before = chart.model
        written.play(range(60, 400))
        run.publish()
        await until(lambda: any("00:06:40" in part.text for part in head.parts), pilot)
        assert chart.model == before
        assert app.screen.query_one("#events").lines[0].text.startswith("resumed all")
        await pilot.press("f")
        await until(lambda: chart.model.window[1] == 400, pilot)


async def test_filter(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("slash", "q", "u", "o", "enter")
        await until(lambda: [r.key for r in app.screen.table.rows] == ["quote"], pilot)
        assert app.screen.focused is app.screen.table
        await pilot.press("escape")
        await until(lambda: len(app.screen.table.rows) == 4, pilot)
        await pilot.press("tab", "slash", *"paused", "enter")
        log = app.screen.query_one("#events")
        await until(lambda: len(log.lines) == 1, pilot)
        assert ten_minutes.sent == []


async def test_details_desk_help(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        for keys, dialog in (
            (("enter",), DeskDialog),
            (("f4", "enter"), DetailDialog),
            (("tab", "enter"), DetailDialog),
            (("question_mark",), HelpDialog),
        ):
            await pilot.press(*keys)
            await until(lambda dialog=dialog: isinstance(app.screen, dialog), pilot)
            await pilot.press("escape")
            await until(lambda: app.screen is app.screen_stack[0], pilot)


async def test_copy_picture_theme(ten_minutes, console, until, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("c", "T", "o")
        assert app.clipboard.split("\t")[:3] == ["browse", "running", "204"]
        assert app.theme == "perfconsole-light"
        pictures = list(tmp_path.glob("*.svg"))
        assert len(pictures) == 1
        assert str(pictures[0]) in app.outbox.shown()[-1].title


async def test_chinese_names_break_no_panel(script, scripted_run, console, until):
    names = {"browse": "浏览商品列表页面", "publish": "发布供应信息", "quote": "报价"}
    written = script(names).started().play(range(30))
    written.noted(30, "注意：重启了 tomcat 服务器，所有人都要等一下")
    app = console(scripted_run(written))
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        for size in (SIZE, (80, 24), (60, 15)):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.1)
            widths = {strip.cell_length for strip in app.screen._compositor.render_strips()}
            assert widths == {size[0]}


async def test_a_watch_shows_servers_in_place_of_groups(script, scripted_run, console, until):
    written = script().started(groups=False)
    for second in range(0, 60, 2):
        written.sample(second)
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.page is Page.SERVERS, pilot)
        await until(lambda: shown(app, "Table") == ["page-servers"], pilot)
        assert app.screen.focused is app.screen.table
        assert app.screen.query_one("#chart-4", Chart).model.title.startswith("web1")
        await pilot.press("j")
        await until(
            lambda: app.screen.query_one("#chart-4", Chart).model.title.startswith("db1"), pilot
        )
        await pilot.press("space")
        await pilot.pause()
        assert run.sent == []


async def test_a_change_by_hand_shows_at_once(script, scripted_run, console, until):
    written = script().started().play(range(60))
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        written.commanded(61, "paused browse by hand", do="pause", groups=["browse"])
        written.group("browse", 61, GroupState.PAUSED)
        run.publish()
        log = app.screen.query_one("#events")
        await until(lambda: log.lines and log.lines[0].text == "paused browse by hand", pilot, 1.0)
        written.commanded(62, "resumed browse", by="ben", do="resume", groups=["browse"])
        run.publish()
        await until(lambda: log.lines[0].text == "resumed browse (ben)", pilot)
        assert log.lines[1].text == "paused browse by hand"


async def test_a_frame_does_nothing_when_nothing_changed(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.pause(0.3)
        calls = []
        app.screen._painter._charts = lambda *_: calls.append(1)
        await pilot.pause(0.5)
        assert calls == []


def test_no_heavy_import(tmp_path):
    import subprocess
    import sys

    code = "import sys, perfconsole.console.app; print(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    names = set(re.split(r"\s+", loaded.stdout))
    assert not names & {"numpy", "paramiko", "plotext", "httpx", "pydantic"}


async def test_an_error_shows_its_first_exchange(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f4", "enter")
        await until(lambda: isinstance(app.screen, DetailDialog), pilot)
        await pilot.pause()
        shown = app.export_screenshot().replace("&#160;", " ")
        assert "POST /publish?page=2&amp;token=*** HTTP/1.1" in shown
        await pilot.press("end")
        await until(
            lambda: "upstream busy" in app.export_screenshot().replace("&#160;", " "), pilot
        )


async def test_where_the_time_goes_stands_under_the_transactions(ten_minutes, console, until):
    app = console(ten_minutes)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        line = app.screen.query_one("#timing")
        assert not line.display
        await pilot.press("f2")
        await until(lambda: line.display and line.parts, pilot)
        assert "wait 497/858" in [part.text for part in line.parts]
        await pilot.press("escape")
        await until(lambda: not line.display, pilot)
