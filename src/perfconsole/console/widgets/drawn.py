"""The base of the console's widgets: paints itself whole, repaints only the cells that changed."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.pen import Pen

NEAR = 3
"""Cells that are painted again rather than stepped over."""


class Drawn(Widget):
    """A widget without children that draws all its lines from what it was last shown.

    Subclasses implement `draw` and call `redraw` when what they show has changed.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    Drawn { height: 1fr; width: 1fr; }
    """

    _strips: list[Strip]
    _drawn_with: tuple[int, int, Pen] | None = None

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        """Exactly `height` strips of exactly `width` cells each; both are at least 1."""
        raise NotImplementedError

    @property
    def pen(self) -> Pen:
        """For this widget's theme and ground."""
        background = self.background_colors[1].rich_color
        dark, colourless = self.app.current_theme.dark, self.app.no_color
        return Pen(dark, background, glyphs.current(), colourless=colourless)

    def redraw(self) -> None:
        """Draw anew; ask the terminal for what differs in each line and no more.

        What is not on the screen is drawn when it comes back.
        """
        width, height = self.size
        drawn_with = self._drawn_with
        if drawn_with is None or drawn_with[:2] != (width, height) or not self.is_on_screen:
            self._drawn_with = None
            self.refresh()
            return
        before = self._strips
        self._strips = self.draw(width, height, drawn_with[2])
        changed = [
            Region(x, y, cells, 1)
            for y, (old, new) in enumerate(zip(before, self._strips, strict=True))
            if old != new
            for x, cells in changes(old, new, width)
        ]
        if changed:
            self.refresh(*changed)

    def notify_style_update(self) -> None:
        """Theme, focus or ground may have changed: what was drawn is worth nothing."""
        self._drawn_with = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if self._drawn_with is None or self._drawn_with[:2] != (width, height):
            pen = self.pen
            self._strips = self.draw(width, height, pen) if width and height else []
            self._drawn_with = (width, height, pen)
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(width, self._drawn_with[2].style(""))


def changes(old: Strip, new: Strip, width: int) -> list[tuple[int, int]]:
    """The stretches of a line outside of which two strips are alike: first cell and width.

    Strips of segments as long as each other's, such as rows of a table, are compared segment by
    segment; of others there is one stretch.
    """
    befores, afters = list(old), list(new)
    lengths = [cell_len(segment.text) for segment in afters]
    alike = lengths == [cell_len(segment.text) for segment in befores]
    if not alike or not all(lengths):
        return [_one_change(befores, afters, width)]
    found: list[tuple[int, int]] = []
    x = 0
    for before, after, length in zip(befores, afters, lengths, strict=True):
        if before != after:
            left, cells = _one_change([before], [after], length)
            start = found.pop()[0] if found and x + left - sum(found[-1]) < NEAR else x + left
            found.append((start, x + left + cells - start))
        x += length
    return found


def _one_change(old: list[Segment], new: list[Segment], width: int) -> tuple[int, int]:
    left = _alike(old, new, 1)
    right = _alike(old[::-1], new[::-1], -1)
    left, right = min(left, width - 1), min(right, width - 1)
    return left, max(1, width - left - right)


def _alike(old: list[Segment], new: list[Segment], way: int) -> int:
    """Cells that two rows of segments have in common from their beginning; `way` -1 reads texts
    from their end."""
    cells = 0
    for before, after in zip(old, new, strict=False):
        if before == after:
            cells += cell_len(before.text)
            continue
        narrow = all(cell_len(each.text) == len(each.text) for each in (before, after))
        if before.style == after.style and narrow:
            for one, other in zip(before.text[::way], after.text[::way], strict=False):
                if one != other:
                    break
                cells += 1
        break
    return cells
