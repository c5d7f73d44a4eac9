"""A table of very many rows of which only those in sight are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.strip import Strip

from perfconsole.console.widgets.pen import Pen
from perfconsole.console.widgets.table import Row, Table


class WindowedTable(Table):
    """Rows are told by their place; what is not known yet is shown as blank lines."""

    @dataclass
    class Scrolled(Message):
        """Other rows are in sight: some of them may not be known."""

        table: WindowedTable

        @property
        def control(self) -> WindowedTable:
            return self.table

    total = 0
    """Rows there are."""
    first = 0
    """Place of the first row that is known."""

    def show_window(
        self, first: int, rows: Sequence[Row], total: int, head: str = "", empty: str = ""
    ) -> None:
        """Know the rows from place `first` on, and no others."""
        told = (first, tuple(rows), total, head, empty)
        if told == (self.first, self.rows, self.total, self.head, self.empty):
            return
        self.first, self.rows, self.total, self.head, self.empty = told
        self.index = max(0, min(self.index, total - 1))
        self.reveal()
        self.redraw()
        self.moved()

    @property
    def count(self) -> int:
        return self.total

    @property
    def current(self) -> Row | None:
        """The row under the pointer, if it is known."""
        place = self.index - self.first
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def moved(self) -> None:
        row = self.current
        self.selected = row.key if row else None

    def go(self, index: int) -> None:
        super().go(index)
        self.moved()
        self.post_message(self.Scrolled(self))

    def scroll_lines(self, lines: int) -> None:
        super().scroll_lines(lines)
        self.post_message(self.Scrolled(self))

    def item(self, index: int, width: int, pen: Pen, current: bool) -> Strip:
        place = index - self.first
        if 0 <= place < len(self.rows):
            return self.line(self.rows[place], width, pen, current)
        return self.line(Row("", ()), width, pen, current)
