"""Snapshots of servers: the key that asks for one, the event that tells it, and reading it."""

from __future__ import annotations

import pytest

from perfconsole.console.screens.server_screen import ServerScreen
from perfconsole.console.screens.snapshot_dialog import SnapshotDialog
from perfconsole.metrics.snapshot_words import snapshot_text
from perfconsole.model import command as cmd
from perfconsole.model import event as ev
from perfconsole.model.server_news import CommandOutput

OUTPUTS = (
    CommandOutput("processes", "312 processes by state: 2 R\n     PID  CPU %\n    4711   98.7"),
    CommandOutput("threads", "[bold]main[/] BLOCKED\n" + 500 * "deep\n" + "last line",
                  "cut off after 64 KB"),
    CommandOutput("sockets", "", "there is no such command"),
)  # fmt: skip


@pytest.fixture
def written(script):
    return script().started().play(range(60)).add(
        ev.SnapshotTaken, 61, number=3, server="web1", why="web1 CPU over 75 %",
        asked_at=1_767_254_459.0, outputs=OUTPUTS,
    )  # fmt: skip


async def test_a_key_asks_for_all_servers_or_for_the_selected_one(
    one_minute, console, typed, until
):
    app = console(one_minute)
    async with app.run_test(size=(130, 40)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "C")
        await until(lambda: one_minute.sent, pilot)
        await pilot.press("f3")
        await until(lambda: app.screen.ui.server, pilot)
        server = app.screen.ui.server
        typed(app, "C")
        await until(lambda: len(one_minute.sent) == 2, pilot)
        assert one_minute.sent == [cmd.TakeSnapshot(), cmd.TakeSnapshot(server=server)]


async def test_its_event_opens_it_output_by_output(written, scripted_run, console, until):
    app = console(scripted_run(written))

    def shown() -> str:
        return app.export_screenshot().replace("&#160;", " ")

    async with app.run_test(size=(130, 40)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("tab", "enter")
        await until(lambda: isinstance(app.screen, SnapshotDialog), pilot)
        await until(lambda: "4711   98.7" in shown(), pilot)
        assert "snapshot 3 of web1, 08:00:59, web1 CPU over 75 %" in shown()
        assert "1 of 3: processes (" in shown()
        await pilot.press("right")
        await until(lambda: "2 of 3: threads (" in shown(), pilot)
        assert "[bold]main[/] BLOCKED" in shown(), "no markup"
        await pilot.press("end")
        await until(lambda: "last line" in shown(), pilot)
        await pilot.press("left", "left")
        await until(lambda: "sockets (0 B): there is no such command" in shown(), pilot)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, SnapshotDialog), pilot)


async def test_one_that_is_not_to_be_had_says_so(written, scripted_run, console, until):
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        written.events[-1] = ev.Noted(
            seq=len(written.events), at=written.events[-1].at, level="info", kind="note", text="no"
        )
        await pilot.press("tab", "enter")
        await until(lambda: isinstance(app.screen, SnapshotDialog), pilot)
        await until(
            lambda: "there is no snapshot 3" in app.export_screenshot().replace("&#160;", " "),
            pilot,
        )


async def test_a_servers_own_page_takes_them_and_shows_the_newest_first(
    written, scripted_run, console, until
):
    written.add(
        ev.SnapshotTaken, 62, number=4, server="web1", why="by hand", asked_at=1_767_254_461.0,
        outputs=(CommandOutput("processes", "newer"),),
    )  # fmt: skip
    run = scripted_run(written)
    app = console(run)

    def shown() -> str:
        return app.export_screenshot().replace("&#160;", " ")

    async with app.run_test(size=(130, 40)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f3")
        await until(lambda: app.screen.ui.server, pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ServerScreen), pilot)
        while app.screen.ui.server != "web1":
            await pilot.press("tab")
        page = app.screen
        await until(lambda: page.query_one("#told").lines, pilot)
        lines = [text.strip() for text, _ in page.query_one("#told").lines]
        assert lines[-2:] == [
            "snapshot 4  08:01:01, by hand", "snapshot 3  08:00:59, web1 CPU over 75 %",
        ]  # fmt: skip
        await pilot.press("C", "s")
        await until(lambda: isinstance(app.screen, SnapshotDialog), pilot)
        await until(lambda: "snapshot 4 of web1, 08:01:01, by hand" in shown(), pilot)
        await pilot.press("right_square_bracket", "left_square_bracket", "left_square_bracket")
        await until(lambda: "4711   98.7" in shown(), pilot)
        await until(lambda: run.sent == [cmd.TakeSnapshot(server="web1")], pilot)


def test_as_text_it_is_whole(written):
    text = snapshot_text(written.events[-1])
    assert text.startswith("snapshot 3 of web1, 08:00:59, web1 CPU over 75 %\n\n── processes (")
    assert "98.7\n\n── threads (2.53 kB): cut off after 64 KB\n[bold]main" in text
    assert text.endswith("── sockets (0 B): there is no such command")
