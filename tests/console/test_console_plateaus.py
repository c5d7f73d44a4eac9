"""The page of plateaus: the table, the sentence, the one that lasts."""

from __future__ import annotations

import pytest

from perfconsole.console.present import pages, plateau_page, shapes
from perfconsole.console.uistate import Page, UiState
from perfconsole.console.widgets.table import layout
from perfconsole.metrics.view import RunView


@pytest.fixture
def view(ten_minutes):
    folded = RunView()
    for event in ten_minutes.script.events:
        folded.fold(event)
    return folded


def cell(row, key):
    place = [column.key for column in shapes.SHAPES[Page.PLATEAUS].columns].index(key)
    return row.cells[place]


def test_the_newest_stands_on_top_and_is_marked(view):
    rows = pages.rows(view, Page.PLATEAUS)
    assert [row.key for row in rows] == ["3", "2", "1"]
    assert [cell(row, "end") for row in rows] == [
        ("present", "good"), ("VUs of quote 34 → 40", ""), ("paused all by hand", ""),
    ]  # fmt: skip
    assert cell(rows[1], "VUs") == "340"
    assert cell(rows[1], "stretch") == "06:10–07:50"
    assert cell(rows[1], "cpu") == "40/48 web1"
    assert cell(rows[0], "err %") == ("2.56!", "over")
    assert cell(rows[0], "p95 ms") == "704"
    del view.servers["db1"]
    assert cell(pages.rows(view, Page.PLATEAUS)[1], "cpu") == "40/48"


def test_a_sentence_says_what_a_load_came_to(view):
    head = pages.head(view, UiState(page=Page.PLATEAUS))
    assert head == "at 340 VUs: 401 TPS, p95 704 ms, errors 2.6 %, web1 CPU 60 %"
    told = dict(plateau_page.plateau_details(view, "2"))
    assert told[""].startswith("p95")
    assert told["from"] == "06:10–07:50"
    assert told["web1 CPU"] == "mean 40 %, peak 48 %"
    assert plateau_page.plateau_details(view, "4") == []


def test_rates_have_a_column_only_where_there_are_any(script, view):
    assert pages.absent(view, Page.PLATEAUS) == {"rate/s"}
    written = script().started().plateau(1, (1.0, 60.0), {"browse": 20}, rate=300.0, servers={})
    opened = RunView()
    for event in written.events:
        opened.fold(event)
    assert pages.absent(opened, Page.PLATEAUS) == set()
    row = pages.rows(opened, Page.PLATEAUS)[0]
    assert cell(row, "rate/s") == "300"
    assert cell(row, "cpu") == ("–", "dim")
    assert plateau_page.plateau_head(opened).startswith("at 20 VUs + 300/s: ")


@pytest.mark.parametrize(("width", "least"), [(77, 8), (101, 9)])
def test_what_leaves_first_when_it_gets_narrow(width, least):
    columns = shapes.SHAPES[Page.PLATEAUS].columns
    kept = {columns[number].key for number, _ in layout(columns, width, frozenset({"rate/s"}))}
    assert len(kept) >= least
    assert {"number", "VUs", "TPS", "err %", "p95 ms", "end", "cpu"} <= kept
