"""Alarms on the console: it rings once for each, and counts those that last."""

from __future__ import annotations

import pytest

from perfconsole.console.feed import Link
from perfconsole.console.present import header
from perfconsole.console.uistate import Layout, UiState
from perfconsole.metrics.alarm_bell import Bell
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.states import Verdict


@pytest.fixture
def alarmed(script):
    """A run of ten seconds, and what tells an alarm in it."""
    written = script().started().play(range(10))

    def tell(at_s: float, cause: str, level: str = "error", on: bool = True):
        return written.add(
            ev.Alarmed, at_s, cause=cause, level=level, on=on, text=f"{cause} it is", since=at_s
        )

    return written, tell


def folded(written) -> RunView:
    view = RunView()
    for event in written.events:
        view.fold(event)
    return view


def words(view: RunView, layout: Layout = Layout.WIDE) -> list[tuple[str, str]]:
    parts = header.headline(view, Link.LIVE, UiState(layout=layout), "x")
    return [(part.text, part.role) for part in parts if "alarm" in part.text]


@pytest.mark.parametrize("layout", [Layout.WIDE, Layout.NARROW])
def test_the_header_counts_those_that_last(alarmed, layout):
    written, tell = alarmed
    assert words(folded(written), layout) == []
    tell(11, "server web1", "warning")
    assert words(folded(written), layout) == [("1 alarm", "warn")]
    tell(12, "errors")
    tell(12, "hint", "info")
    assert words(folded(written), layout) == [("2 alarms", "over")]
    tell(13, "errors", on=False)
    tell(13, "server web1", "warning", on=False)
    assert words(folded(written), layout) == []


def test_errors_have_a_line_of_their_own_and_other_causes_no_second_one(alarmed):
    written, tell = alarmed
    before = len(folded(written).lines)
    tell(11, "errors")
    tell(11, "saturated")
    tell(12, "errors", on=False)
    lines = folded(written).lines[before:]
    assert [(line.level, line.kind, line.text) for line in lines] == [
        ("error", "errors", "errors it is"), ("info", "errors", "errors it is"),
    ]  # fmt: skip


def test_the_bell_rings_once_for_each_and_for_none_that_was_there_before(alarmed):
    written, tell = alarmed
    tell(11, "saturated")
    bell = Bell()
    assert not bell.rings(folded(written))
    tell(12, "errors")
    assert [bell.rings(folded(written)) for _ in range(3)] == [True, False, False]
    tell(13, "end", "info")
    tell(14, "errors", on=False)
    assert not bell.rings(folded(written))
    tell(60, "errors")
    assert bell.rings(folded(written))


async def test_the_console_rings(alarmed, scripted_run, console, until, monkeypatch):
    written, tell = alarmed
    run = scripted_run(written)
    app = console(run)
    rung: list[int] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(app.feed.view.seq))
    async with app.run_test(size=(160, 45)) as pilot:
        await until(lambda: app.feed.view, pilot)
        tell(11, "errors")
        run.publish()
        await until(lambda: rung, pilot)
        tell(12, "server web1", "warning").ended(13, Verdict.FAILED)
        run.publish()
        await until(lambda: len(rung) == 2, pilot)
    assert rung == [len(written.events) - 2, len(written.events)]
