"""One line that answers "is it all right?": parts that make room by importance."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.strip import Strip

from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.pen import Part, Pen

GAPS = (3, 2, 1)
"""Spaces between the parts, widest first."""


@dataclass(frozen=True, slots=True)
class HeadlinePart:
    text: str
    role: str
    """As in a table's cell, or ``live``, ``paused``, ``dead``, ``ended``."""
    keep: int
    """Parts with the lowest number leave first when it gets narrow."""


def kept(lengths: list[int], keeps: list[int], width: int) -> list[int]:
    """Which parts, of these lengths in cells, stay on a line of `width`: their places."""
    places = list(range(len(lengths)))
    while len(places) > 1 and sum(lengths[p] for p in places) + len(places) - 1 > width:
        places.remove(min(places, key=lambda place: (keeps[place], -place)))
    return places


class Headline(Drawn):
    """Shows `HeadlinePart`s. A part that grew keeps its room, so that those behind it stay put."""

    DEFAULT_CSS = """
    Headline { height: 1; }
    """

    parts: tuple[HeadlinePart, ...] = ()

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._rooms: list[int] = []

    def show(self, parts: tuple[HeadlinePart, ...]) -> None:
        if parts != self.parts:
            if len(parts) != len(self.parts):
                self._rooms = []
            self.parts = parts
            self.redraw()

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        line = pen.line(self._line(width - 2, pen), width)
        return [line, *(pen.line([], width) for _ in range(height - 1))]

    def _line(self, width: int, pen: Pen) -> list[Part]:
        lengths = [cell_len(pen.clean(part.text)) for part in self.parts]
        before = self._rooms or lengths
        self._rooms = [max(pair) for pair in zip(lengths, before, strict=True)]
        everything = list(range(len(lengths)))
        if len(kept(self._rooms, [0] * len(lengths), width)) == len(lengths):
            lengths, places = self._rooms, everything
        else:
            places = kept(lengths, [part.keep for part in self.parts], width)
        spare = width - sum(lengths[place] for place in places)
        gap = next((g for g in GAPS if g * (len(places) - 1) <= spare), 1)
        written: list[Part] = [(" ", "")]
        for place in places:
            part = self.parts[place]
            text = pen.fit(part.text, min(lengths[place], max(0, width)))
            written += [(text, part.role), (" " * gap, "")]
        return written
