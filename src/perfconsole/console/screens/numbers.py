"""Plain lines, for a terminal on which nothing else fits."""

from __future__ import annotations

from textual.strip import Strip

from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.pen import Part, Pen


class Numbers(Drawn):
    """Shows one part a line; what does not fit below is left out."""

    lines: tuple[Part, ...] = ()

    def show(self, lines: tuple[Part, ...]) -> None:
        if lines != self.lines:
            self.lines = lines
            self.redraw()

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        drawn = [
            pen.line([(pen.fit(text, min(width, len(text) * 2)).rstrip(), role)], width)
            for text, role in self.lines[:height]
        ]
        return drawn + [pen.line([], width) for _ in range(height - len(drawn))]
