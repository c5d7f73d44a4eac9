"""Writing text and styles into strips of an exact number of cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from perfconsole.console.widgets import theme
from perfconsole.console.widgets.glyphs import Glyphs

_EMOJI = "\ufe0f"
"""Asks for a coloured picture, which some terminals draw two cells wide and others one."""
Part = tuple[str, str]
"""Text and the role it is written in."""


@dataclass(frozen=True, slots=True)
class Pen:
    """How things are written here and now: theme, ground and set of glyphs."""

    dark: bool
    background: Color | None
    glyphs: Glyphs
    bold: bool = False
    colourless: bool = False
    """The terminal, or the person at it, wants no colours."""

    def style(self, role: str) -> Style:
        return theme.style(
            role, self.dark, self.background, bold=self.bold, colourless=self.colourless
        )

    def lit(self) -> Pen:
        """The same on the ground of a selected row."""
        return replace(self, background=theme.lit(self.dark, self.background), bold=True)

    def strong(self) -> Pen:
        """The same in bold."""
        return replace(self, bold=True)

    def clean(self, text: str) -> str:
        """`text` without control characters and symbols that this terminal cannot show."""
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " for c in text)
        if not text.isascii():
            text = text.replace(_EMOJI, "")
        return self.glyphs.plain(text)

    def fit(self, text: str, width: int, align: str = "left") -> str:
        """`text` in exactly `width` cells, cut with an ellipsis, padded as `align` says."""
        if width <= 0:
            return ""
        text = self.clean(text)
        spare = width - cell_len(text)
        if spare < 0:
            return set_cell_size(text, width - 1) + self.glyphs.ellipsis
        if align == "right":
            return " " * spare + text
        if align == "center":
            return " " * (spare // 2) + text + " " * (spare - spare // 2)
        return text + " " * spare

    def line(self, parts: Iterable[Part], width: int) -> Strip:
        """The parts side by side in a strip of exactly `width` cells."""
        segments, left = [], width
        for raw, role in parts:
            text = self.clean(raw)
            length = cell_len(text)
            if length > left:
                text, length = set_cell_size(text, left), left
            if length:
                segments.append(Segment(text, self.style(role)))
                left -= length
        if left > 0:
            segments.append(Segment(" " * left, self.style("")))
        return Strip(segments, max(0, width))

    def cells(self, characters: list[str], roles: list[str]) -> list[Segment]:
        """Segments of one-cell `characters`, each in the role of the same place."""
        segments: list[Segment] = []
        if not characters:
            return segments
        start, role = 0, roles[0]
        for place, other in enumerate(roles):
            if other != role:
                segments.append(Segment("".join(characters[start:place]), self.style(role)))
                start, role = place, other
        segments.append(Segment("".join(characters[start:]), self.style(role)))
        return segments
