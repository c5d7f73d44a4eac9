"""A list of many lines that scrolls by itself: what the table and the event log have in common."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from perfconsole.console.widgets import frame
from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.pen import Pen
from perfconsole.texts import say

WHEEL = 3
"""Lines per click of the mouse wheel."""


class Listing(Drawn, can_focus=True):
    """Items one line each, one of them current; only those in sight are ever drawn.

    Subclasses say how many items there are (`count`), draw one (`item`) and hear when another
    becomes current (`moved`) or is opened (`opened`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("g,home", "first", show=False),
        Binding("G,end", "last", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("enter", "open", show=False),
    ]

    HEADER: ClassVar[int] = 0
    """Lines above the items that do not scroll."""

    def __init__(
        self,
        title: str,
        show_border: bool,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.title, self.show_border = title, show_border
        self.head = self.empty = self.filtered = ""
        self.index = 0
        """The current item."""
        self.offset_y = 0
        """The first item in sight."""

    # ------------------------------------------------------------ for subclasses

    @property
    def count(self) -> int:
        raise NotImplementedError

    def item(self, index: int, width: int, pen: Pen, current: bool) -> Strip:
        raise NotImplementedError

    def header(self, width: int, pen: Pen) -> list[Strip]:
        """The `HEADER` lines."""
        return []

    def moved(self) -> None:
        """The current item is another one, by a hand."""

    def opened(self) -> None:
        """Enter or a double click on the current item."""

    # ------------------------------------------------------------ drawing

    @property
    def lead(self) -> int:
        """Lines above the first item."""
        return int(self.show_border) + self.HEADER

    @property
    def in_sight(self) -> int:
        """How many items can be seen at once."""
        return max(1, self.size.height - self.lead - int(self.show_border))

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        bordered = self.show_border and width >= 3 and height >= 3
        margin = int(not self.show_border and width > 2)
        inner = width - 2 if bordered else width - margin
        lines = self.header(inner, pen)
        room = max(0, height - 2 * bordered - self.HEADER)
        self.offset_y = max(0, min(self.offset_y, self.count - room))
        shown = range(self.offset_y, min(self.count, self.offset_y + room))
        lines += [self.item(n, inner, pen, n == self.index) for n in shown]
        if not self.count and room:
            lines.append(pen.line([("  " + self.empty, "dim")], inner))
        blank = pen.line([], inner)
        lines = (lines + [blank] * height)[: height - 2 * bordered]
        if not bordered:
            edge = [Segment(" ", pen.style(""))] * margin
            return [Strip([*edge, *line], width) for line in lines]
        title = f"{self.title} /{self.filtered}" if self.filtered else self.title
        thumb = self._thumb(room)
        picked = self.has_focus
        return [
            frame.top(pen, width, title, [(self.head, "dim")], picked),
            *(frame.sided(pen, line, width, picked, y in thumb) for y, line in enumerate(lines)),
            frame.bottom(pen, width, note=self._note(shown), picked=picked),
        ]

    def _note(self, shown: range) -> str:
        if len(shown) >= self.count or not shown:
            return ""
        first, last = shown.start + 1, shown.stop
        return say("{first}-{last} of {count}", first=first, last=last, count=self.count)

    def _thumb(self, room: int) -> range:
        """The lines of the right side that show where in the list we are."""
        if self.count <= room or room < 2:
            return range(0)
        size = max(1, room * room // self.count)
        start = self.HEADER + (room - size) * self.offset_y // (self.count - room)
        return range(start, start + size)

    # ------------------------------------------------------------ moving

    def go(self, index: int) -> None:
        """Make item `index`, or the nearest there is, current and bring it into sight."""
        index = max(0, min(index, self.count - 1))
        other, self.index = index != self.index, index
        self.reveal()
        self.redraw()
        if other:
            self.moved()

    def reveal(self) -> None:
        """Scroll no further than needed to have the current item in sight."""
        sight = self.in_sight
        self.offset_y = max(self.index - sight + 1, min(self.offset_y, self.index))

    def action_move(self, lines: int) -> None:
        self.go(self.index + lines)

    def action_page(self, pages: int) -> None:
        self.go(self.index + pages * max(1, self.in_sight - 1))

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self.go(self.count - 1)

    def action_open(self) -> None:
        if self.count:
            self.opened()

    def scroll_lines(self, lines: int) -> None:
        """Move what is in sight; the current item stays what it is."""
        self.offset_y = max(0, min(self.offset_y + lines, self.count - self.in_sight))
        self.redraw()

    def on_resize(self) -> None:
        self.reveal()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        line = event.y - self.lead
        index = self.offset_y + line
        if 0 <= line < self.in_sight and index < self.count:
            self.go(index)
            if event.chain == 2:
                self.opened()
