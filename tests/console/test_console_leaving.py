"""Leaving never ends the run unless told; a vanished terminal ends the console and only that."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from perfconsole.console.app import ConsoleApp
from perfconsole.console.departure import Leave
from perfconsole.model import command as cmd
from perfconsole.model.states import RunState, Verdict

SIZE = (160, 45)


@pytest.mark.parametrize("keys", [("d",), ("ctrl+q",), ("ctrl+c",), ("q", "1"), ("x", "ctrl+q")])
async def test_detaching_says_that_it_was_meant(keys, one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press(*keys)
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.DETACHED
    assert app.return_value.view.name == "shop · marketplace peak"
    assert one_minute.sent == [cmd.KeepRunning()]
    assert one_minute.closed


async def test_stop_and_leave_waits_for_the_end(script, scripted_run, console, until):
    written = script().started().play(range(20))
    run = scripted_run(written)
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("q", "2")
        await until(lambda: run.sent == [cmd.StopRun()], pilot)
        assert app.return_value is None
        written.ended(22, Verdict.FAILED, "pass rate 97.2 % < 99 %")
        run.publish()
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.ENDED
    assert app.return_value.view.verdict is Verdict.FAILED


async def test_stop_and_not_waiting_is_told_apart(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("q", "2")
        await until(lambda: one_minute.sent, pilot)
        await pilot.press("q")
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.STOPPED
    assert one_minute.sent == [cmd.StopRun()]


async def test_a_refused_stop_is_no_stop(one_minute, console, until):
    one_minute.refusal = "the run is starting"
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("q", "2")
        await until(lambda: app.outbox.shown() and app.outbox.shown()[0].said, pilot)
        await pilot.press("d")
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.DETACHED


@pytest.mark.parametrize("key", ["q", "d", "enter"])
async def test_after_the_end_leaving_asks_nothing(key, script, scripted_run, console, until):
    run = scripted_run(script().started().play(range(20)).ended(20, Verdict.PASSED))
    app = console(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press(key)
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.ENDED
    assert app.return_value.view.state is RunState.ENDED
    assert run.sent == []


async def test_a_dead_controller_does_not_hold_anyone(one_minute, console, until):
    app = console(one_minute)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        one_minute.lose()
        head, line = app.screen.query_one("#head"), app.screen.query_one("#pending")
        await until(lambda: head.parts[0].text == "✗ controller lost", pilot)
        await until(
            lambda: any("perfconsole report shop-0800" in p.text for p in line.parts), pilot
        )
        await pilot.press("q")
        await until(lambda: app.return_value, pilot)
    assert app.return_value.how is Leave.LOST


async def test_leaving_before_anything_is_reached():
    never = asyncio.Event()

    async def connect():
        await never.wait()

    app = ConsoleApp(connect, run="shop", leave_hint="perfconsole attach shop")
    async with app.run_test(size=SIZE) as pilot:
        head = app.screen.query_one("#head")
        assert "starting" in head.parts[0].text
        await pilot.press("d")
        deadline = time.monotonic() + 5
        while app.return_value is None and time.monotonic() < deadline:
            await pilot.pause(0.02)
    assert app.return_value.how is Leave.DETACHED
    assert app.return_value.view is None


async def test_a_run_that_cannot_be_reached_is_the_starters_trouble():
    async def connect():
        raise RuntimeError("no such run")

    app = ConsoleApp(connect, run="shop", leave_hint="perfconsole attach shop")
    async with app.run_test(size=SIZE) as pilot:
        deadline = time.monotonic() + 5
        while app.trouble is None and time.monotonic() < deadline:
            await pilot.pause(0.02)
    assert str(app.trouble) == "no such run"


def test_a_vanished_terminal_ends_the_console_at_once(on_a_terminal):
    process, parent, said = on_a_terminal
    os.close(parent)
    assert process.wait(timeout=5) != 0
    assert not said.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_puts_the_terminal_back(number, on_a_terminal, read_all):
    process, parent, said = on_a_terminal
    process.send_signal(number)
    seen = read_all(parent, within_s=10)
    process.wait(timeout=5)
    os.close(parent)
    assert process.returncode == 0
    assert said.read_text() == "terminated"
    assert b"\x1b[?1049l" in seen
    assert b"Traceback" not in seen
