"""A table of any number of rows whose selection stays put while the rows change beneath it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from textual.message import Message
from textual.strip import Strip

from perfconsole.console.widgets.listing import Listing
from perfconsole.console.widgets.pen import Part, Pen

Cell = str | tuple[str, str]
"""Text, or text and its role: ``over``, ``dim``, ``good``, ``warn``, ``bold``."""
MARKER = 2
"""Cells before the first column, for the sign of the selected row."""


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    width: int
    """Cells; of a flexible column the least."""
    align: str = "right"
    flex: bool = False
    """Takes what the others leave."""
    drop: int = 0
    """When it gets narrow, columns with the highest number leave first; 0 stays."""
    gap: int = 2
    """Cells before it, unless it is the first."""
    most: int = 0
    """Cells that the longest text in it may make of `width`: columns with a `drop` leave for it."""


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    cells: tuple[Cell, ...]
    marked: bool = False
    """A hand has marked it."""
    rest: Cell | None = None
    """Stands in all the room that the columns of the cells leave."""

    def has(self, text: str) -> bool:
        """Some cell contains `text`, which is in lower case."""
        cells = self.cells if self.rest is None else (*self.cells, self.rest)
        return any(
            text in (cell if isinstance(cell, str) else cell[0]).casefold() for cell in cells
        )


def fitted(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns as wide as their texts want them, each up to its `most`."""
    return tuple(
        replace(column, width=max(column.width, min(column.most, _longest(number, rows))))
        if column.most
        else column
        for number, column in enumerate(columns)
    )


def _longest(number: int, rows: Sequence[Row]) -> int:
    cells = (row.cells[number] for row in rows if number < len(row.cells))
    return max((cell_len(_text_and_role(cell, "")[0]) for cell in cells), default=0)


def layout(
    columns: Sequence[Column], width: int, absent: frozenset[str] = frozenset()
) -> list[tuple[int, int]]:
    """Number and width of the columns that fit into `width` cells."""
    kept = [(number, c) for number, c in enumerate(columns) if c.key not in absent]
    while _breadth(kept) > width:
        droppable = [pair for pair in kept if pair[1].drop > 0]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda pair: (pair[1].drop, pair[0])))
    spare = width - _breadth(kept)
    flexible = [number for number, c in kept if c.flex]
    widths = {number: c.width for number, c in kept}
    for place, number in enumerate(flexible):
        if spare > 0:
            widths[number] += spare // len(flexible) + (place < spare % len(flexible))
    return list(widths.items())


def _breadth(kept: Sequence[tuple[int, Column]]) -> int:
    """Cells of these columns and of what is between them."""
    return sum(c.width for _, c in kept) + sum(c.gap for _, c in kept[1:])


class Table(Listing):
    """Rows under a head of columns. `selected` is the key of the current row, None without rows."""

    HEADER = 1

    @dataclass
    class Selected(Message):
        """Another row became the selected one: by a hand, or because it is gone."""

        key: str
        table: Table

        @property
        def control(self) -> Table:
            return self.table

    @dataclass
    class Opened(Message):
        """Enter or a double click on a row."""

        key: str
        table: Table

        @property
        def control(self) -> Table:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        title: str = "",
        show_border: bool = True,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title, show_border, name=name, id=id, classes=classes)
        self.columns = tuple(columns)
        self._fitted = self.columns
        """As wide as all rows want them, whether the filter lets them through or not."""
        self.rows: tuple[Row, ...] = ()
        """Those that the filter lets through."""
        self._all: tuple[Row, ...] = ()
        self.selected: str | None = None
        self._absent: frozenset[str] = frozenset()
        """Keys of columns that are left out."""

    # ------------------------------------------------------------ what is shown

    def show(
        self,
        rows: Sequence[Row],
        head: str = "",
        empty: str = "",
        absent: frozenset[str] = frozenset(),
    ) -> None:
        """Show `rows`; the selected one stays selected, or the nearest if it is gone.

        `absent` are the keys of columns that nothing will ever stand in.
        """
        rows = tuple(rows)
        if (rows, head, empty, absent) == (self._all, self.head, self.empty, self._absent):
            return
        self._all, self.head, self.empty, self._absent = rows, head, empty, absent
        self._fitted = fitted(self.columns, rows)
        self._settle()

    def filter(self, text: str) -> None:
        """Show only rows with `text` in some cell, whatever its case; all with an empty one."""
        if text != self.filtered:
            self.filtered = text
            self._settle()

    def select(self, key: str) -> None:
        """Select the row with this key, if it is shown."""
        for index, row in enumerate(self.rows):
            if row.key == key:
                self.go(index)
                return

    def _settle(self) -> None:
        """Filter, and put the selection on its row's new place."""
        wanted = self.filtered.casefold()
        was_in_sight = 0 <= self.index - self.offset_y < self.in_sight
        self.rows = tuple(r for r in self._all if r.has(wanted)) if wanted else self._all
        places = (n for n, row in enumerate(self.rows) if row.key == self.selected)
        self.index = next(places, max(0, min(self.index, self.count - 1)))
        if was_in_sight:
            self.reveal()
        self.redraw()
        self.moved()

    @property
    def count(self) -> int:
        return len(self.rows)

    def moved(self) -> None:
        key = self.rows[self.index].key if self.rows else None
        if key != self.selected:
            self.selected = key
            if key is not None:
                self.post_message(self.Selected(key, self))

    def opened(self) -> None:
        if self.selected is not None:
            self.post_message(self.Opened(self.selected, self))

    # ------------------------------------------------------------ drawing

    def header(self, width: int, pen: Pen) -> list[Strip]:
        cells = [column.title for column in self.columns]
        return [pen.line(self._parts("", Row("", tuple(cells)), width, pen, "dim"), width)]

    def item(self, index: int, width: int, pen: Pen, current: bool) -> Strip:
        return self.line(self.rows[index], width, pen, current)

    def line(self, row: Row, width: int, pen: Pen, current: bool) -> Strip:
        """One row as it is drawn."""
        if current:
            pen = pen.lit() if self.has_focus else pen.strong()
        pointer = pen.glyphs.pointer if current else " "
        marker = pointer + (pen.glyphs.mark if row.marked else "")
        return pen.line(self._parts(marker, row, width, pen, ""), width)

    def _parts(self, marker: str, row: Row, width: int, pen: Pen, role: str) -> list[Part]:
        parts: list[Part] = [(pen.fit(marker, MARKER), "bold")]
        room = width - MARKER - 1
        for place, (number, cells_wide) in enumerate(layout(self._fitted, room, self._absent)):
            column = self.columns[number]
            gap = " " * column.gap if place else ""
            if number >= len(row.cells) and row.rest is not None:
                text, own = _text_and_role(row.rest, role)
                parts.append((gap + pen.fit(text, room - len(gap)), own))
                break
            cell = row.cells[number] if number < len(row.cells) else ""
            text, own = _text_and_role(cell, role)
            parts.append((gap + pen.fit(text, cells_wide, column.align), own))
            room -= len(gap) + cells_wide
        return parts


def _text_and_role(cell: Cell, role: str) -> tuple[str, str]:
    """`role` for a cell that has none of its own."""
    return (cell, role) if isinstance(cell, str) else cell
