"""The table and the event log as mounted: selection, keys, mouse, filter, exact widths."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.geometry import Region

from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.eventlog import EventLog
from perfconsole.console.widgets.pen import Pen
from perfconsole.console.widgets.table import Cell, Column, Row, Table, layout
from perfconsole.metrics.view import Line

COLUMNS = (
    Column("group", "group", 8, "left", flex=True),
    Column("vus", "VUs", 5),
    Column("p50", "p50 ms", 6, drop=1),
    Column("p99", "p99 ms", 6, drop=2),
)
PEN = Pen(True, None, glyphs.UNICODE)


def rows(*names: str, vus: int = 10) -> list[Row]:
    return [Row(name, (name, str(vus), "198", ("1.1k", "over"))) for name in names]


def text(widget: Table | EventLog) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


class Stage(App[None]):
    CSS = "Table, EventLog { width: 40; height: 8; }"

    def __init__(self, border: bool = True) -> None:
        super().__init__()
        self.table = Table(COLUMNS, "Groups", border)
        self.log_lines = EventLog("Events", border)
        self.heard: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.log_lines

    def on_mount(self) -> None:
        self.table.focus()

    def on_table_selected(self, message: Table.Selected) -> None:
        assert message.control is self.table
        self.heard.append(("selected", message.key))

    def on_table_opened(self, message: Table.Opened) -> None:
        self.heard.append(("opened", message.key))

    def on_event_log_opened(self, message: EventLog.Opened) -> None:
        self.heard.append(("line", message.line.text))


# ---------------------------------------------------------------- pure


@given(
    st.lists(
        st.builds(
            Column,
            key=st.just("k"),
            title=st.just("t"),
            width=st.integers(1, 20),
            flex=st.booleans(),
            drop=st.integers(0, 3),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 120),
)
def test_columns_share_the_width_and_the_least_needed_leave_first(
    columns: list[Column], width: int
) -> None:
    kept = layout(columns, width)
    used = sum(cells for _, cells in kept) + 2 * (len(kept) - 1)
    stays = {number for number, _ in kept}
    assert all(cells >= columns[number].width for number, cells in kept)
    assert stays >= {number for number, column in enumerate(columns) if not column.drop}
    gone = [columns[number].drop for number in range(len(columns)) if number not in stays]
    left = [column.drop for number, column in enumerate(columns) if number in stays]
    assert max(left, default=0) <= min(gone, default=3)
    if any(column.drop for number, column in enumerate(columns) if number in stays):
        assert used <= width
    if used <= width and any(columns[number].flex for number in stays):
        assert used == width


cells = st.one_of(st.text(max_size=12), st.tuples(st.text(max_size=12), st.just("over")))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.builds(Row, st.text(max_size=3), st.lists(cells, max_size=5).map(tuple))),
    st.integers(1, 200),
    st.integers(1, 30),
    st.booleans(),
)
def test_every_line_is_exactly_as_wide_as_the_table(
    shown: list[Row], width: int, height: int, border: bool
) -> None:
    table = Table(COLUMNS, "组 groups", border)
    table.rows = tuple(shown)
    strips = table.draw(width, height, PEN)
    assert len(strips) == height
    assert all(strip.cell_length == width == cell_len(strip.text) for strip in strips)
    assert all(segment.style is not None for strip in strips for segment in strip)


# ---------------------------------------------------------------- table


async def test_looks_as_it_should_and_wide_names_push_nothing() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        stage.table.show(rows("browse", "报价报价报价报价报价报价", "日本"), head="3 groups")
        await pilot.pause()
        seen = text(stage.table)
        assert seen[0] == "╭─ Groups ────────────────── 3 groups ─╮"
        assert seen[1].split() == ["│", "group", "VUs", "p50", "ms", "p99", "ms", "│"]
        assert seen[2].startswith("│▸ browse ")
        assert all(cell_len(row) == 40 for row in seen)
        ends = {cell_len(row[: row.index("198")]) for row in seen[2:5]}
        assert len(ends) == 1
        assert "…" in seen[3]


async def test_the_selected_row_stays_selected_while_rows_change_and_move() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        table = stage.table
        table.show(rows("a", "b", "c"))
        await pilot.press("j")
        assert table.selected == "b"
        table.show(rows("c", "x", "y", "b", "a", vus=20))
        assert (table.selected, table.index) == ("b", 3)
        table.show(rows("c", "x", "y", "a"))
        assert table.selected == "a"
        table.show(rows("c"))
        assert table.selected == "c"
        table.show([])
        assert table.selected is None
        table.show(rows("z"))
        assert table.selected == "z"
        await pilot.pause()
        selected = [key for kind, key in stage.heard if kind == "selected"]
        assert selected == ["a", "b", "a", "c", "z"]


async def test_keys_move_page_and_open() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        table = stage.table
        table.show(rows(*(f"g{n:02}" for n in range(30))))
        await pilot.press("down", "j", "k", "enter")
        assert table.selected == "g01"
        await pilot.press("pagedown")
        assert table.selected == "g05"
        assert any(row.startswith("│▸ g05") for row in text(table))
        await pilot.press("G")
        assert table.selected == "g29"
        assert text(table)[-1].endswith(" 26-30 of 30 ─╯")
        assert text(table)[-2].endswith("█")
        await pilot.press("j", "j", "g")
        assert table.selected == "g00"
        await pilot.pause()
        assert [heard for heard in stage.heard if heard[0] == "opened"] == [("opened", "g01")]


async def test_mouse_selects_opens_and_scrolls() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        table = stage.table
        table.show(rows(*(f"g{n:02}" for n in range(30))))
        await pilot.pause()
        await pilot.click(Table, offset=(5, 4))
        assert table.selected == "g02"
        await pilot.click(Table, offset=(5, 3), times=2)
        await pilot.pause()
        assert ("opened", "g01") in stage.heard
        await pilot._post_mouse_events([MouseScrollDown], Table, offset=(5, 4))
        assert text(table)[2].startswith("│  g03")
        assert table.selected == "g01"
        table.show(rows(*(f"g{n:02}" for n in range(30)), vus=77))
        assert text(table)[2].startswith("│  g03")
        await pilot.click(Table, offset=(5, 1))
        assert table.selected == "g01"


async def test_filter_narrows_and_comes_back() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        table = stage.table
        table.show(rows("browse", "publish", "quote", "Buy"))
        await pilot.press("j", "j")
        table.filter("QUO")
        assert [row.key for row in table.rows] == ["quote"]
        assert table.selected == "quote"
        assert "Groups /QUO" in text(table)[0]
        table.filter("b")
        assert [row.key for row in table.rows] == ["browse", "publish", "Buy"]
        table.filter("nothing of that name")
        assert table.selected is None
        table.filter("")
        assert table.count == 4


async def test_ten_thousand_rows_draw_only_what_is_in_sight() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        table = stage.table
        drawn: list[int] = []
        item = table.item
        table.item = lambda n, *rest: (drawn.append(n), item(n, *rest))[1]  # type: ignore[method-assign]
        many = rows(*(f"g{n}" for n in range(10_000)))
        table.show(many)
        await pilot.pause()
        assert len(set(drawn)) == 5
        await pilot.press("G")
        assert table.selected == "g9999"
        table.show(many[::-1])
        assert (table.selected, table.index) == ("g9999", 0)
        assert text(table)[2].startswith("│▸ g9999")


async def test_only_what_changed_is_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        table = stage.table
        table.show(rows("a", "b", "c"))
        await pilot.pause()
        regions: list[tuple[Region, ...]] = []
        refresh = table.refresh
        monkeypatch.setattr(
            table, "refresh", lambda *r, **k: (regions.append(r), refresh(*r, **k))[1]
        )
        table.show(rows("a", "b", "c"))
        assert regions == []
        table.show([*rows("a"), *rows("b", vus=11), *rows("c")])
        [[changed]] = regions
        assert (changed.y, changed.height) == (3, 1)
        assert changed.width < 4


async def test_without_border_and_empty() -> None:
    stage = Stage(border=False)
    async with stage.run_test() as pilot:
        stage.table.show([], empty="no groups yet")
        await pilot.pause()
        assert text(stage.table)[1].startswith("   no groups yet")
        stage.table.show(rows("a"))
        assert text(stage.table)[1].startswith(" ▸ a")
        assert len(text(stage.table)[0]) == 40


async def test_focus_is_seen_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stage = Stage()
    async with stage.run_test() as pilot:
        stage.table.show(rows("a", "b"))
        await pilot.pause()
        focused = stage.table.render_line(2)
        assert focused.text.startswith("│▸ a")
        assert any(segment.style.bold for segment in focused if "a" in segment.text)
        stage.log_lines.focus()
        await pilot.pause()
        assert stage.table.render_line(2) != focused
        assert stage.table.render_line(2).text == focused.text


# ---------------------------------------------------------------- events


def events(*texts: str, level: str = "info") -> list[Line]:
    return [Line(1_700_000_000.0 + 60 * n, level, "note", said) for n, said in enumerate(texts)]


async def test_newest_event_is_on_top_and_long_ones_are_cut() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        stage.log_lines.show(events("first", "second\nline", "第" * 40), head="all")
        await pilot.pause()
        seen = text(stage.log_lines)
        assert seen[0].startswith("╭─ Events ─")
        assert seen[1].rstrip("│ ").endswith("…")
        assert "second line" in seen[2]
        assert seen[3][1:9].count(":") == 2
        assert all(cell_len(row) == 40 for row in seen)


async def test_an_older_event_stays_current_while_new_ones_come() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        log = stage.log_lines
        said = [f"event {n}" for n in range(20)]
        log.show(events(*said))
        log.focus()
        await pilot.press("j", "j")
        assert log.lines[log.index].text == "event 17"
        before = [row for row in text(log) if "event 17" in row]
        log.show(events(*said, "event 20", "event 21"))
        assert log.lines[log.index].text == "event 17"
        assert [row for row in text(log) if "event 17" in row] == before
        await pilot.press("enter", "g")
        await pilot.pause()
        assert stage.heard[-1] == ("line", "event 17")
        log.show(events(*said, "event 20", "event 21", "event 22"))
        assert "event 22" in text(log)[1]


async def test_events_are_filtered_by_text_and_kind() -> None:
    stage = Stage()
    async with stage.run_test() as pilot:
        log = stage.log_lines
        log.show([*events("CPU over", level="error"), Line(1.7e9, "info", "command", "paused")])
        await pilot.pause()
        log.filter("cpu")
        assert [line.text for line in log.lines] == ["CPU over"]
        log.filter("command")
        assert [line.text for line in log.lines] == ["paused"]
        log.filter("")
        assert log.count == 2


def test_cells_may_be_text_or_text_with_a_role() -> None:
    plain: Cell = "a"
    marked: Cell = ("b", "over")
    assert Row("k", (plain, marked)).has("b")
    assert not Row("k", (plain, marked)).has("over")
