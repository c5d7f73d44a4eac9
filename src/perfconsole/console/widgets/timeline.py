"""The schedule in one line: what has been, where we are, what comes."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.strip import Strip

from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.pen import Pen
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class TimelineModel:
    now_s: float
    duration_s: float | None
    """The line ends at now when None."""
    spans: tuple[tuple[str, str, float, float | None], ...]
    """Kind, label, begin and end in run seconds (None: goes on).

    Kind ``pause`` is hatched, ``saturated`` is filled with marks.
    """


class Timeline(Drawn):
    """Shows a `TimelineModel` over its whole width."""

    DEFAULT_CSS = """
    Timeline { height: 1; }
    """

    model: TimelineModel | None = None

    def show(self, model: TimelineModel) -> None:
        if model != self.model:
            self.model = model
            self.redraw()

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        if self.model is None or width < 4:
            line = pen.line([], width)
        else:
            track = _Track(self.model, width - 2, pen)
            line = pen.line([(" ", ""), *track.parts(), (" ", "")], width)
        return [line, *(pen.line([], width) for _ in range(height - 1))]


class _Track:
    """The cells of one timeline while it is put together."""

    def __init__(self, model: TimelineModel, width: int, pen: Pen) -> None:
        self.model, self.width, self.pen = model, width, pen
        now = max(0.0, model.now_s)
        self.total = max(now, model.duration_s or 0.0) or 1.0
        here = self.cell(now)
        glyphs = pen.glyphs
        self.characters = [glyphs.past if x <= here else glyphs.future for x in range(width)]
        self.roles = ["dim" if x <= here else "furniture" for x in range(width)]
        self.put(0, glyphs.begin, "dim")
        filled = {"pause": (glyphs.pause, "warn"), "saturated": (glyphs.doubt, "over")}
        plain = [span for span in model.spans if span[0] not in filled]
        for _, _, start, _ in plain:
            if 0 < start < self.total:
                self.put(self.cell(start), glyphs.border, "dim")
        for kind, label, start, end in model.spans:
            if kind in filled:
                cells = self.cell(start), self.cell(now if end is None else end)
                self._fill(label, *cells, *filled[kind])
        if model.duration_s is not None and now < self.total:
            self._now(here)
        else:
            self.put(here, glyphs.now, "now")
        for _, label, start, end in plain:
            self._label(label, self.cell(start), self.cell(self.total if end is None else end))

    def cell(self, second: float) -> int:
        share = min(max(0.0, second), self.total) / self.total
        return int(share * (self.width - 1) + 0.5)

    def put(self, x: int, text: str, role: str) -> None:
        for character in text:
            cells = cell_len(character)
            if cells and x >= 0 and x + cells <= self.width:
                self.characters[x], self.roles[x] = character, role
                if cells == 2:
                    self.characters[x + 1], self.roles[x + 1] = "", role
            x += cells

    def _fill(self, label: str, first: int, last: int, glyph: str, role: str) -> None:
        for x in range(first, last + 1):
            self.put(x, glyph, role)
        text = f" {self.pen.clean(label)} "
        if label and cell_len(text) + 2 <= last - first + 1:
            self.put(first + (last - first + 1 - cell_len(text)) // 2, text, role)

    def _now(self, here: int) -> None:
        word = self.pen.clean(say("now"))
        if here + 1 + cell_len(word) < self.width:
            self.put(here + 1, word, "now")
        self.put(here, self.pen.glyphs.now, "now")

    def _label(self, label: str, first: int, last: int) -> None:
        """In the middle of the longest free stretch of its span, if it fits there."""
        text = f" {self.pen.clean(label)} "
        best, start = range(0), first
        for x in range(first, last + 2):
            if x > last or x >= self.width or not self._free(x):
                best = max(best, range(start, x), key=len)
                start = x + 1
        length = cell_len(text)
        if label and length + 2 <= len(best):
            past = best.start <= self.cell(self.model.now_s)
            self.put(best.start + (len(best) - length) // 2, text, "" if past else "dim")

    def _free(self, x: int) -> bool:
        return self.characters[x] in (self.pen.glyphs.past, self.pen.glyphs.future)

    def parts(self) -> list[tuple[str, str]]:
        return list(zip(self.characters, self.roles, strict=True))
