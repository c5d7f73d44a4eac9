"""What is typed ahead of the screen goes, in order, to what it was typed for."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import replace

from textual import events

from perfconsole.console.screens.dialogs import EntryDialog
from perfconsole.model import command as cmd
from perfconsole.model.states import StopMode, Verdict

SIZE = (160, 45)
CASES = [
    ("nrestarted tomcat⏎", [cmd.AddNote(text="restarted tomcat")]),
    ("X2", [cmd.StopRun(mode=StopMode.AFTER_REQUEST)]),
    ("x1", [cmd.StopGroups(groups=("browse",))]),
    ("=120 over 30s⏎", [cmd.ChangeVus(group="browse", to=120, over_s=30)]),
    ("⏎x2", [cmd.StopGroups(groups=("browse",), mode=StopMode.AFTER_REQUEST)]),
    ("⏎=7⏎", [cmd.ChangeVus(group="browse", to=7)]),
    ("⏎↓⏎", [cmd.ChangeVus(group="browse", by=10)]),
    ("j ", [cmd.PauseGroups(groups=("publish",))]),
    ("/quo⏎ ", [cmd.PauseGroups(groups=("quote",))]),
    ("nsxd⎋{+", [cmd.ChangeVus(group="browse", by=1)]),
    ("nfirst⏎nsecond⏎+", [
        cmd.AddNote(text="first"), cmd.AddNote(text="second"),
        cmd.ChangeVus(group="browse", by=10),
    ]),
    ("RX⎋=x⎋/pub⏎=12⏎", [cmd.ChangeVus(group="publish", to=12)]),
]  # fmt: skip


async def test_keys_in_one_packet(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        dashboard = app.screen
        for text, sent in CASES:
            typed(app, text)
            await until(lambda sent=sent: len(one_minute.sent) >= len(sent), pilot)
            await until(lambda: app.screen is dashboard, pilot)
            assert one_minute.sent == sent, text
            one_minute.sent.clear()
            typed(app, "⎋g")
            dashboard.ui = replace(dashboard.ui, step=10)


async def test_a_paste_goes_where_the_keys_before_it_led(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        app.post_message(events.Paste("X1"))
        typed(app, "n")
        app.post_message(events.Paste("restarted tomcat"))
        typed(app, "s⏎")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.AddNote(text="restarted tomcats")]


async def test_the_panic_key_waits_behind_nothing(
    script, scripted_run, console, typed, until
):  # fmt: skip
    """Nor is it dropped with what was typed for a dialog that does not open."""
    run = scripted_run(script().started(points=0).play(range(30)))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "R1⊗+")
        await until(lambda: run.sent, pilot)
        assert run.sent[0] == cmd.PauseGroups(groups=("all",))


async def test_a_slow_dialog_is_waited_for(one_minute, console, typed, until, monkeypatch):
    app = console(one_minute)
    quick = EntryDialog._compose

    async def slow(self):
        await asyncio.sleep(0.3)
        await quick(self)

    monkeypatch.setattr(EntryDialog, "_compose", slow)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "nsxX⏎")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.AddNote(text="sxX")]


def test_one_packet_on_a_terminal(on_a_terminal, read_all):
    process, parent, said = on_a_terminal
    os.write(parent, b"nrestarted tomcat\rX2d")
    read_all(parent, 10)
    process.wait(timeout=5)
    os.close(parent)
    sent = said.with_name(said.name + ".sent").read_text().splitlines()
    note, stop, keep = map(json.loads, sent)
    assert (note["do"], note["text"]) == ("note", "restarted tomcat")
    assert (stop["do"], stop["mode"]) == ("stop_run", "after_request")
    assert keep["do"] == "keep_running"
    assert said.read_text() == "detached"


async def test_what_was_typed_for_a_dialog_that_does_not_open_is_dropped(
    script, scripted_run, console, typed, until
):
    run = scripted_run(script().started().play(range(20)).ended(20, Verdict.PASSED))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        typed(app, "nswap disk⏎")
        await until(app.outbox.shown, pilot)
        await pilot.pause()
        assert app.return_value is None
        await pilot.press("d")
        await until(lambda: app.return_value, pilot)


async def test_many_keys_do_not_take_long(one_minute, console, typed, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        started = time.monotonic()
        typed(app, "n" + 200 * "a" + "⏎")
        await until(lambda: one_minute.sent, pilot)
        assert one_minute.sent == [cmd.AddNote(text=200 * "a")]
        assert time.monotonic() - started < 60  # it was quadratic once
