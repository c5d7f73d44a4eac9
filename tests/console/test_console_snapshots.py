"""Pictures of the console, compared cell by cell."""

from __future__ import annotations

import asyncio

import pytest

from perfconsole.console.app import ConsoleApp
from perfconsole.console.screens.dialogs import QuestionDialog
from perfconsole.console.screens.server_screen import ServerScreen
from perfconsole.model import event as ev
from perfconsole.model.states import Verdict

WIDE, NARROW = (160, 45), (80, 24)


def after(*keys, wait=None):
    """Wait until the run is on the screen, then press keys."""

    async def before(pilot):
        app = pilot.app
        for _ in range(300):
            if app.feed.view and (app.screen.ui.group or app.feed.view.watches):
                break
            await pilot.pause(0.02)
        await pilot.press(*keys)
        for _ in range(300):
            if wait is None or wait(app):
                break
            await pilot.pause(0.02)
        await pilot.pause(0.05)

    return before


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param(WIDE, (), id="wide"),
        pytest.param(NARROW, ("2",), id="narrow"),
        pytest.param((60, 15), (), id="tiny"),
        pytest.param(WIDE, ("question_mark",), id="help"),
        pytest.param(WIDE, ("x",), id="stop"),
        pytest.param(WIDE, ("T", "left_square_bracket", "H", "H"), id="light-cursor"),
        pytest.param(WIDE, ("f2",), id="transactions"),
        pytest.param(NARROW, ("f2",), id="transactions-narrow"),
        pytest.param(WIDE, ("f3",), id="servers"),
        pytest.param(WIDE, ("f4", "enter"), id="error"),
        pytest.param(NARROW, ("f4", "enter"), id="error-narrow"),
        pytest.param(WIDE, ("enter",), id="desk"),
        pytest.param(NARROW, ("f2", "e"), id="full-narrow"),
        pytest.param(WIDE, ("f7",), id="plateaus"),
        pytest.param(NARROW, ("f7",), id="plateaus-narrow"),
        pytest.param(WIDE, ("f7", "j", "enter"), id="plateau"),
        pytest.param(NARROW, ("enter",), id="desk-narrow"),
        pytest.param(NARROW, ("question_mark",), id="help-narrow"),
        pytest.param(WIDE, ("f6", "enter"), id="point"),
        pytest.param(WIDE, ("m", "j", "m", "E", "escape", "less_than_sign"), id="limit-marked"),
        pytest.param(NARROW, ("O",), id="switch-narrow"),
        pytest.param(WIDE, ("a",), id="add"),
        pytest.param(NARROW, ("a",), id="add-narrow"),
    ],
)
def test_ten_minutes_in(size, keys, ten_minutes, console, snap_compare):
    assert snap_compare(console(ten_minutes), terminal_size=size, run_before=after(*keys))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_list_of_vus(size, ten_minutes, console, snap_compare):
    ten_minutes.vus_of_groups["browse"] = 10_000
    looking = after("f5", "enter", wait=lambda app: app.screen_stack[1:] and app.screen.table.rows)
    assert snap_compare(console(ten_minutes), terminal_size=size, run_before=looking)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_run_asks(size, ten_minutes, console, snap_compare):
    ten_minutes.asks = (
        "VUs of browse 204 → 5000: more than ten times the present load. Is it meant so?"
    )
    waiting = after(
        "equals_sign", *"5000", "enter", wait=lambda app: isinstance(app.screen, QuestionDialog)
    )
    assert snap_compare(console(ten_minutes), terminal_size=size, run_before=waiting)


@pytest.mark.parametrize(
    ("size", "keys"),
    [(WIDE, ()), (NARROW, ("4",)), (WIDE, ("T", "E"))],
    ids=["wide", "narrow", "edit-light"],
)
def test_what_the_schedule_plans(size, keys, script, scripted_run, console, snap_compare):
    written = script().started(stages=True).play(range(200))
    run = scripted_run(written)
    assert snap_compare(console(run), terminal_size=size, run_before=after(*keys))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_dead_controller(size, ten_minutes, console, snap_compare):
    async def lose(pilot):
        await after()(pilot)
        ten_minutes.lose()
        await after(wait=lambda app: app.feed.link == "dead")(pilot)
        await pilot.pause(0.4)

    assert snap_compare(console(ten_minutes), terminal_size=size, run_before=lose)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_generator_is_the_bottleneck(size, script, scripted_run, console, snap_compare):
    written = script().started().play(range(150)).saturated(150).play(range(150, 180))
    written.saturated(180, on=False).play(range(180, 220)).saturated(220).play(range(220, 240))
    assert snap_compare(console(scripted_run(written)), terminal_size=size, run_before=after())


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_of_load_generators(size, script, scripted_run, console, snap_compare):
    written = script().started().play(range(60)).saturated(60).play(range(60, 65))
    run = scripted_run(written)
    assert snap_compare(console(run), terminal_size=size, run_before=after("f8"))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_ended(size, script, scripted_run, console, snap_compare):
    written = script().started().play(range(240))
    written.ended(240, Verdict.FAILED, "web1 CPU over 75 % for 100 s")
    run = scripted_run(written)
    assert snap_compare(console(run), terminal_size=size, run_before=after())


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_before_the_first_second(size, snap_compare):
    async def connect():
        await asyncio.Event().wait()

    app = ConsoleApp(connect, run="shop-0800", leave_hint="perfconsole attach shop-0800")
    assert snap_compare(app, terminal_size=size)


def test_watch(script, scripted_run, console, snap_compare):
    written = script().started(groups=False)
    for second in range(0, 240, 2):
        written.sample(second)
    run = scripted_run(written)
    assert snap_compare(
        console(run), terminal_size=WIDE, run_before=after(wait=lambda app: app.screen.ui.server)
    )


SIX = ("web1", "web2", "db1", "cache", "new", "gone")


def six_servers(script):
    """At 4:00: one in breach by its disk, one over, two calm, one silent, one never reached."""
    written = script().watch(*SIX)
    for second in range(0, 240, 2):
        climb = second / 4
        told = {"net_rx_bytes_s": 3.2e6, "net_tx_bytes_s": 8.1e6, "run_queue": 2, "load_1m": 2.4}
        written.told("web1", second, cpu_percent=30 + climb, memory_percent=47, disk=64, **told)
        written.told("web2", second, cpu_percent=31, memory_percent=46, disk=64, **told)
        written.told("db1", second, cpu_percent=55, memory_percent=71, disk=81 + climb / 60, **told)
        if second < 120:
            written.told("cache", second, cpu_percent=5, memory_percent=60, disk=11)
        else:
            written.silent("cache", second, "no answer in time")
        if second > 230:
            written.told("new", second, cpu_percent=3, memory_percent=9, disk=4)
        written.silent("gone", second, "gone:22 refused the connection; is sshd running there?")
    return written.add(
        ev.Breached, 24, server="db1", metric="disk_percent:/", limit=80.0, over=True, since=0.0,
        text="db1 disk / over 80 %",
    )  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 15)], ids=["wide", "narrow", "tiny"])
def test_six_servers(size, script, scripted_run, console, snap_compare):
    run = scripted_run(six_servers(script))
    seen = after(wait=lambda app: app.screen.ui.server)
    assert snap_compare(console(run), terminal_size=size, run_before=seen)


@pytest.mark.parametrize(
    ("size", "keys"),
    [(WIDE, ()), (NARROW, ("h", "h")), ((60, 15), ()), (NARROW, ("t",)), (WIDE, ("T", "e"))],
    ids=["wide", "narrow-cursor", "tiny", "limit", "chart-light"],
)
def test_the_page_of_a_server(size, keys, script, scripted_run, console, snap_compare):
    run = scripted_run(six_servers(script))

    async def look(pilot):
        await after(wait=lambda app: app.screen.ui.server)(pilot)
        pilot.app.screen.table.select("db1")
        await after("enter", wait=lambda app: isinstance(app.screen, ServerScreen))(pilot)
        await after(*keys)(pilot)

    assert snap_compare(console(run), terminal_size=size, run_before=look)


def test_the_page_of_a_server_never_reached(script, scripted_run, console, snap_compare):
    run = scripted_run(six_servers(script))

    async def look(pilot):
        await after(wait=lambda app: app.screen.ui.server)(pilot)
        pilot.app.screen.table.select("gone")
        await after("enter", wait=lambda app: isinstance(app.screen, ServerScreen))(pilot)

    assert snap_compare(console(run), terminal_size=NARROW, run_before=look)


def test_servers_without_colours(script, scripted_run, console, snap_compare, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    run = scripted_run(six_servers(script))
    seen = after(wait=lambda app: app.screen.ui.server)
    assert snap_compare(console(run), terminal_size=NARROW, run_before=seen)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_watch_with_a_request(size, script, scripted_run, console, snap_compare):
    written = script().watch("web1", asks=True)
    for second in range(150):
        slow = 80 + second if second < 120 else None
        written.asked(second, slow, failed=int(second >= 130 and second % 10 == 0))
        if second % 2 == 0:
            written.told("web1", second, cpu_percent=40, memory_percent=30, disk=40, load_1m=1.2)
    run = scripted_run(written)
    seen = after(wait=lambda app: app.screen.ui.server)
    assert snap_compare(console(run), terminal_size=size, run_before=seen)


def test_no_servers(script, scripted_run, console, snap_compare):
    run = scripted_run(script().started(servers=False, points=0).play(range(3)))
    assert snap_compare(console(run), terminal_size=WIDE, run_before=after())
