"""What was kept of traced groups, on the page of errors."""

from __future__ import annotations

import pytest

from perfconsole.console.present import pages
from perfconsole.console.present.details import details, exchange, title
from perfconsole.console.screens.dialogs import DetailDialog
from perfconsole.console.uistate import Page
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev

ERROR = "POST /publish: HTTP 503"


def traced(at, failed=True):
    key = ERROR if failed else "GET /search"
    sent = "POST /publish" if failed else "GET /search"
    return ev.TracedExchange(1_767_254_400.0 + at, "0.17", key, failed, f"> {sent}\n< HTTP {at}")


@pytest.fixture
def written(script):
    kept = (traced(481), traced(482, failed=False), traced(483))
    return script().started().play(range(500)).add(
        ev.Traced, 500, group="publish", exchanges=kept, left=17
    )  # fmt: skip


@pytest.fixture
def view(written):
    folded = RunView()
    for event in written.events:
        folded.fold(event)
    return folded


def test_a_traced_group_has_a_row(view):
    row = pages.rows(view, Page.ERRORS)[-1]
    assert row.cells == ("3", ("kept of publish", "bold"), ("17 more to come", "dim"))
    assert title(Page.ERRORS, row.key) == "kept of publish"
    assert details(view, Page.ERRORS, row.key) == [
        ("kept", "3, 2 of them failed"), ("to come", "17"),
    ]  # fmt: skip
    text = exchange(view, Page.ERRORS, row.key)
    assert text.splitlines() == [
        "* 08:08:03  VU 0.17  POST /publish: HTTP 503", "> POST /publish", "< HTTP 483", "",
        "* 08:08:02  VU 0.17  GET /search", "> GET /search", "< HTTP 482", "",
        "* 08:08:01  VU 0.17  POST /publish: HTTP 503", "> POST /publish", "< HTTP 481",
    ]  # fmt: skip


def test_an_error_shows_those_kept_of_it(view):
    text = exchange(view, Page.ERRORS, ERROR)
    assert text.startswith("> POST /publish?page=2")
    assert text.count("VU 0.17") == 2
    assert "GET /search" not in text


def test_an_ended_trace_that_kept_nothing_has_no_row(view):
    view.traces["publish"].left = 0
    view.traces["publish"].exchanges = []
    assert [row.key for row in pages.rows(view, Page.ERRORS)] == [ERROR]


async def test_it_is_read_on_the_screen(written, scripted_run, console, until):
    app = console(scripted_run(written))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.feed.view and app.screen.ui.group, pilot)
        await pilot.press("f4", "G", "enter")
        await until(lambda: isinstance(app.screen, DetailDialog), pilot)
        await until(lambda: "HTTP 483" in app.export_screenshot().replace("&#160;", " "), pilot)
