from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from perfconsole.model.states import Verdict
from perfconsole.report.ink import Ink
from perfconsole.report.summarize import read_run, summary_of
from perfconsole.report.text import terminal_text
from perfconsole.report.text_table import shortened, table, wrapped

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def page(folder, width: int = 80, colour: bool = False) -> str:
    record = read_run(folder)
    return terminal_text(summary_of(record), record.view, width, colour)


def test_the_verdict_comes_first_with_its_reasons(make_run):
    reasons = ("pass rate 97.2 % is under 99 %", "web1 CPU over 75 % at 340 VUs")
    lines = page(make_run(ended=(Verdict.FAILED, reasons))).splitlines()
    assert lines[0].startswith("FAILED  shop 店铺")
    assert lines[1:3] == [f"  {reason}" for reason in reasons]


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("colour", [False, True])
def test_no_line_is_wider_than_the_terminal(make_run, width, colour):
    for line in page(make_run(), width, colour).splitlines():
        assert cell_len(ESCAPES.sub("", line)) <= width


def test_everything_is_told_at_80_columns(make_run):
    text = page(make_run())
    for words in (
        "903 requests", "3 failed", "home page", "99.7 %", "GET /a: HTTP 503", "web1 CPU",
        "web1 disk /", "top-up", "pid 4711", "TPS (left) and VUs (right)",
        "Response time, ms | limit 500", "web1, % | limit 75",
    ):  # fmt: skip
        assert words in text


def test_where_the_time_goes_is_told_of_phases_that_took_some(make_run):
    lines = page(make_run()).splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("Where the time goes"))
    assert lines[head].split()[4:] == ["count", "mean", "p50", "p95", "p99", "max", "ms"]
    assert [line[:9] for line in lines[head + 1 : head + 4]] == [
        "connectin", "waiting f", "receiving",
    ]  # fmt: skip
    assert lines[head + 4].startswith("30 connections opened, 870 requests on one that was open")


def test_an_error_shows_what_was_asked_and_answered_first(make_run):
    lines = [line.strip() for line in page(make_run()).splitlines()]
    place = lines.index("> GET /a?token=*** HTTP/1.1")
    assert lines[place + 1] == "< HTTP/1.1 503 Service Unavailable"


def test_without_colour_only_names_leave_ascii(make_run):
    text = page(make_run())
    assert "\x1b" not in text
    assert "all well >= 99 %" in text
    left = set(text) - {chr(code) for code in range(32, 127)} - {"\n"}
    assert left <= set("店铺在线申请办理不动产登记")


def test_with_colour_every_escape_is_ours(make_run):
    text = page(make_run(), colour=True)
    assert "\x1b[1;32mPASSED\x1b[0m" in text
    assert "\x1b[31mred" not in text
    assert "\x1b" not in ESCAPES.sub("", text)
    assert "⢕" in text


def test_a_wide_name_does_not_push_its_figures(make_run):
    text = page(make_run(), width=120)
    ends = {
        cell_len(line)
        for line in text.splitlines()
        if line.startswith(("home page", "supply and", "在线申请", "Transaction"))
    }
    assert len(ends) == 1


def test_a_run_with_servers_only(make_run, tmp_path):
    from perfconsole.journal.writer import JournalWriter

    JournalWriter(tmp_path / "journal.db").close()
    assert page(tmp_path).startswith("ABORTED")
    assert "Server" not in page(make_run(servers=False))


@pytest.mark.parametrize("seconds", [1, 2, 1500])
def test_graphs_of_short_and_long_runs(make_run, seconds):
    assert "TPS (left)" in page(make_run(seconds=seconds, servers=False))


@given(
    names=st.lists(st.text(max_size=40), min_size=1, max_size=5),
    width=st.integers(40, 120),
    colour=st.booleans(),
)
def test_tables_stay_aligned_whatever_the_names(names, width, colour):
    ink = Ink(colour)
    rows = [(name, "1,000", "99.8 %") for name in names]
    for line in table("Name", ("count", "rate"), rows, width, ink):
        plain = ESCAPES.sub("", line)
        assert cell_len(plain) <= width
        assert plain.endswith(("  99.8 %", "    rate"))
    assert (
        len(
            {
                cell_len(ESCAPES.sub("", line))
                for line in table("N", ("c",), rows_of(names), width, ink)
            }
        )
        == 1
    )


def rows_of(names: list[str]) -> list[tuple[str, str]]:
    return [(name, "1") for name in names]


@given(st.text(max_size=200), st.integers(10, 40), st.integers(0, 8))
def test_a_wrapped_text_fits_and_loses_nothing(text, cells, indent):
    words = Ink(True).words(text)
    lines = wrapped(words, cells, indent)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(line.startswith(" " * indent) for line in lines[1:])


def test_a_text_is_broken_at_spaces():
    assert wrapped("00:01  web1 refused the connection", 20, 7) == [
        "00:01  web1 refused", "       the",  "       connection",
    ]  # fmt: skip


@given(st.text(max_size=60), st.integers(2, 40))
def test_a_shortened_text_fits(text, cells):
    words = Ink(True).words(text)
    assert cell_len(shortened(words, cells, Ink(True))) <= cells
