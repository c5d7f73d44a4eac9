"""The list of a group's VUs: ten thousand of them, asked for only while somebody looks."""

from __future__ import annotations

from perfconsole.console.present.vus import vu_details, vu_rows
from perfconsole.console.screens.desk import DeskDialog
from perfconsole.console.screens.dialogs import ChoiceDialog, DetailDialog
from perfconsole.console.screens.vulist import SPARE, VuListDialog
from perfconsole.model import command as cmd
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.vu_page import VuLine, VuPage

SIZE = (160, 45)


def listed(app):
    return isinstance(app.screen, VuListDialog) and app.screen.table.rows


async def test_only_what_is_in_sight_is_asked_for(one_minute, console, typed, until):
    one_minute.vus_of_groups["browse"] = 10_000
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        assert one_minute.vu_pages == []
        await pilot.press("f5", "enter")
        await until(lambda: listed(app), pilot)
        table = app.screen.table
        most = SIZE[1] + 2 * SPARE
        await until(lambda: table.count == 10_000, pilot)
        assert table.selected == "0.0"
        await pilot.press("G")
        await until(lambda: table.selected == "1.4999", pilot, 0.9)
        await pilot.press("g", "pagedown", "j")
        await until(lambda: table.selected and table.index > 10, pilot)
        asked = one_minute.vu_pages
        assert {group for group, _, _ in asked} == {"browse"}
        assert max(count for _, _, count in asked) <= most
        assert "10,000 VUs" in str(app.screen.query_one(".box").border_subtitle)


async def test_it_is_asked_for_once_a_second_and_not_when_nobody_looks(one_minute, console, until):
    one_minute.vus_of_groups["browse"] = 50
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f5", "enter")
        await until(lambda: len(one_minute.vu_pages) >= 3, pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, DetailDialog), pilot)
        await pilot.pause(0.2)
        asked = len(one_minute.vu_pages)
        await pilot.pause(1.5)
        assert len(one_minute.vu_pages) == asked
        await pilot.press("escape")
        await until(lambda: len(one_minute.vu_pages) > asked, pilot)
        await pilot.press("escape")
        await until(lambda: app.screen is app.screen_stack[0], pilot)
        await pilot.pause(0.1)
        asked = len(one_minute.vu_pages)
        await pilot.pause(1.5)
        assert len(one_minute.vu_pages) == asked


async def test_one_vu_is_paused_and_stopped(one_minute, console, typed, until):
    one_minute.vus_of_groups["browse"] = 50
    app = console(one_minute)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f5", "enter")
        await until(lambda: listed(app), pilot)
        typed(app, "↓ ")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.PauseVus(group="browse", vus=("1.0",))]
        typed(app, "x")
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
        typed(app, "⏎")
        await until(lambda: listed(app), pilot)
        typed(app, "x2")
        await until(lambda: len(one_minute.sent) == 2, pilot)
        stopped = cmd.StopVus(group="browse", vus=("1.0",), mode=StopMode.AFTER_REQUEST)
        assert one_minute.sent[1] == stopped
        assert one_minute.sures == [False, True]
        assert None not in one_minute.revisions


async def test_a_controller_that_is_gone_is_told(one_minute, console, until):
    one_minute.vus_of_groups["browse"] = 50
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f5", "enter")
        await until(lambda: listed(app), pilot)
        one_minute.lose()
        wrong = app.screen.query_one(".wrong")
        await until(lambda: wrong.display and "nobody there" in str(wrong.render()), pilot)
        assert app.screen.table.rows
        await pilot.press("q")
        await until(lambda: app.screen is app.screen_stack[0], pilot)


async def test_all_groups_together_have_a_desk_and_no_list(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f5", "G", "enter")
        await until(lambda: isinstance(app.screen, DeskDialog), pilot)
        assert one_minute.vu_pages == []


def test_the_longest_state_is_cut_to_a_word():
    leaving = VuLine("0.1", VuState.GRADUAL_EXITING, "", 3, 0)
    assert vu_rows(VuPage(1, (leaving,)))[0].cells[1][0] == "gradual exit"
    assert dict(vu_details(leaving))["state"] == "gradual exiting"
