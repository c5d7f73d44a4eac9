"""The base of the console's widgets: paints itself whole, repaints only the lines that changed."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.pen import Pen


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
        """Draw anew; ask the terminal for the lines that differ and no others.

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
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._strips, strict=True))
            if old != new
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
