"""The inside of a chart as strips: axis, limit, bands, cursor and the lines over them."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from rich.cells import cell_len, chop_cells
from textual.strip import Strip

from perfconsole.console.widgets.chartmodel import ChartModel
from perfconsole.console.widgets.pen import Pen
from perfconsole.console.widgets.raster import (
    BRAILLE,
    LETTERS,
    Canvas,
    Columns,
    Ink,
    Stroke,
    strokes,
)
from perfconsole.console.widgets.scale import (
    Scale,
    axis_label,
    clamped,
    clock,
    linear,
    logarithmic,
    steady,
)
from perfconsole.console.widgets.theme import BAND
from perfconsole.texts import say

AXIS = 6
"""Cells of the y axis with its ticks."""
DOTTED = frozenset({"target"})
"""Roles drawn thinner: what is wanted, beside what is."""
FAR = 5.0
"""A limit this many times above all values is named instead of drawn, to keep the lines legible."""


Row = tuple[list[str], list[str]]
"""Characters of a row of cells and their roles."""


def _write(row: Row, x: int, text: str, role: str) -> None:
    """Put `text` into a row from cell `x` on; it must fit."""
    characters, roles = row
    for character in text:
        cells = cell_len(character)
        if cells == 0:
            characters[max(0, x - 1)] += character
            continue
        characters[x], roles[x] = character, role
        if cells == 2:
            characters[x + 1], roles[x + 1] = "", role
        x += cells


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words where there are any."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        lines += chop_cells(word, width)
    return [line for line in lines if line and cell_len(line) <= width]


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


class Plot:
    """One drawing of a model into `width` × `height` cells, axes included."""

    def __init__(
        self, model: ChartModel, width: int, height: int, pen: Pen, before: Scale | None = None
    ) -> None:
        """`before` is the scale drawn last, kept while it serves."""
        self.model, self.pen = model, pen
        self.axis = AXIS if width >= 4 * AXIS else 0
        self.timed = height >= 10 and width >= 4 * AXIS
        self.canvas = Canvas(width - self.axis, height - self.timed)
        self.columns = Columns(model.window, 2 * self.canvas.width)
        self.lines = [strokes(line.points, self.columns) for line in model.lines]
        self.over = _finite(model.limit)
        self.scale, self.limit = self._scaled(before)
        self.named: dict[int, set[int]] = {}
        """Cells with words in them, by row."""
        self.hatched = self._band("pause")
        for number, (line, drawn) in enumerate(zip(model.lines, self.lines, strict=True), 1):
            ink = Ink(number, line.role in DOTTED, least=model.least and self.over is not None)
            self.canvas.draw(ink, drawn, self.scale, self.over)

    def _scaled(self, before: Scale | None) -> tuple[Scale, float | None]:
        """The y axis, and the limit when it is near enough to be drawn."""
        model = self.model
        high = max((s.high for line in self.lines for s in line), default=0.0)
        low = min((s.low for line in self.lines for s in line), default=0.0)
        limit = self.over
        if limit is not None and high > 0 and limit > FAR * high and model.ceiling is None:
            limit = None
        if limit is not None:
            high = max(high, limit)
        if model.log:
            positive = [s.low for line in self.lines for s in line if s.low > 0]
            if high > 0:
                return logarithmic(min(positive, default=high), high), limit
        return steady(before, linear(low, high, model.ceiling)), limit

    # ------------------------------------------------------------ lines of text

    def strips(self) -> list[Strip]:
        rows = self._backdrop()
        self._write_words(rows)
        glyphs = BRAILLE if self.pen.glyphs.braille else LETTERS
        roles = self._owner_roles()
        labels = self._axis_labels()
        strips = []
        for y, (characters, written) in enumerate(rows):
            for x, (dots, owner) in enumerate(
                zip(self.canvas.dots[y], self.canvas.owner[y], strict=True)
            ):
                if dots:
                    characters[x], written[x] = glyphs[dots], roles[owner]
            for x in self.hatched:
                if written[x] != "hatch":
                    written[x] = BAND + written[x]
            segments = self.pen.cells(characters, written)
            if self.axis:
                segments = self.pen.cells([labels[y]], ["dim"]) + segments
            strips.append(Strip(segments, self.axis + self.canvas.width))
        return [*strips, self._times()] if self.timed else strips

    def _owner_roles(self) -> list[str]:
        roles = ["", ""]
        for line in self.model.lines:
            roles += [line.role, "over" if self.model.judged else "warn"]
        return roles

    def _axis_labels(self) -> list[str]:
        glyphs, height = self.pen.glyphs, self.canvas.height
        labels = [" " * (AXIS - 1) + glyphs.side] * height
        ticks = self.scale.ticks if height >= 8 else (self.scale.low, self.scale.high)
        for tick in ticks:
            row = self.scale.row(tick, self.canvas.rows) // 4
            labels[row] = f"{axis_label(tick):>{AXIS - 1}.{AXIS - 1}}{glyphs.tick}"
        return labels

    def _backdrop(self) -> list[Row]:
        """Hatching, cursor, limit, marks of doubt: one list of characters and roles per row."""
        glyphs, width = self.pen.glyphs, self.canvas.width
        characters, roles = [" "] * width, [""] * width
        for x in self.hatched:
            characters[x], roles[x] = glyphs.hatch, "hatch"
        cursor = self._cells(self.model.cursor, self.model.cursor)
        for x in cursor:
            characters[x], roles[x] = glyphs.cursor, "now"
        rows = [(characters[:], roles[:]) for _ in range(self.canvas.height)]
        if self.limit is not None and self.canvas.height:
            limit = rows[self.scale.row(self.limit, self.canvas.rows) // 4]
            for x in range(width):
                if x not in cursor:
                    limit[0][x], limit[1][x] = glyphs.limit, "limit"
        for x in self._band("saturated") if rows else ():
            rows[0][0][x], rows[0][1][x] = glyphs.doubt, "over"
        return rows

    def _band(self, wanted: str) -> set[int]:
        """The cells of all bands of a kind."""
        bands = [(start, end) for kind, start, end in self.model.bands if kind == wanted]
        return {x for start, end in bands for x in self._cells(start, end)}

    def _cells(self, start: float | None, end: float | None) -> range:
        """The cells from `start` to `end` (run seconds), at least one if any is in the window."""
        first, last = self.model.window
        if start is None or end is None or not (start <= end and start <= last and end >= first):
            return range(0)
        left, right = self.columns.at(max(start, first)), self.columns.at(min(end, last))
        return range(left // 2, right // 2 + 1)

    # ------------------------------------------------------------ words in the plot

    def _write_words(self, rows: list[Row]) -> None:
        width, height = self.canvas.width, self.canvas.height
        if not any(self.lines):
            lines = wrapped(self.pen.clean(self.model.empty), width)[:height]
            for y, text in enumerate(lines, (height - len(lines)) // 2):
                _write(rows[y], (width - cell_len(text)) // 2, text, "dim")
            return
        if self.over is not None and self.limit is None:
            text = say("limit {value}", value=axis_label(clamped(self.over)))
            text = f"{text} {self.pen.glyphs.above}"
            right = width - cell_len(text)
            self._place(rows, text, "limit", [(0, right), (0, 0), (1, right), (1, 0)])
        if len(self.lines) > 1:
            for line, drawn in zip(self.model.lines, self.lines, strict=True):
                self._label(rows, line.label, line.role, drawn)

    def _label(self, rows: list[Row], label: str, role: str, drawn: list[Stroke]) -> None:
        """Name a line at its right end, just above or below it."""
        length = self._cells_of(label)
        left = self.canvas.width - length
        if length > self.canvas.width // 4:
            return
        tail = [stroke for stroke in drawn if stroke.column >= 2 * left]
        if tail:
            top = self.scale.row(max(s.high for s in tail), self.canvas.rows) // 4
            bottom = self.scale.row(min(s.low for s in tail), self.canvas.rows) // 4
            beside = [(y, left) for y in (top - 1, bottom + 1, top - 2, bottom + 2)]
            self._place(rows, self.pen.clean(label), role, beside)

    def _place(
        self, rows: list[Row], text: str, role: str, places: Iterable[tuple[int, int]]
    ) -> None:
        """Write `text` at the first of the places (row, cell) where nothing else stands."""
        length = cell_len(text)
        for y, x in places:
            if x < 0 or x + length > self.canvas.width or not 0 <= y < len(rows):
                continue
            cells = range(x, x + length)
            words = self.named.setdefault(y, set())
            if words.isdisjoint(cells) and not any(self.canvas.dots[y][x : x + length]):
                _write(rows[y], x, text, role)
                words.update(cells)
                return

    def _cells_of(self, text: str) -> int:
        return cell_len(self.pen.clean(text))

    def _times(self) -> Strip:
        """Run time at the left edge, in the middle and at the right edge."""
        start, end = self.model.window
        width = self.canvas.width
        left, right = clock(start), clock(end)
        middle = clock((start + end) / 2)
        if width < 3 * len(right) + 8:
            middle = ""
        gap = width - len(left) - len(right)
        text = left + middle.center(gap) + right if gap > len(middle) else right.rjust(width)
        return self.pen.line([(" " * self.axis + text, "dim")], self.axis + width)
