"""What happened, newest on top: one line each, cut rather than wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.message import Message
from textual.strip import Strip

from perfconsole.console.widgets.listing import Listing
from perfconsole.console.widgets.pen import Pen
from perfconsole.metrics.view import Line

ROLES = {"error": "over", "warning": "warn"}
"""Of a line's text, by level."""


class EventLog(Listing):
    """Shows events. The view stays at the newest unless a hand has moved to an older one."""

    @dataclass
    class Opened(Message):
        """Enter or a double click on a line."""

        line: Line
        log_widget: EventLog

        @property
        def control(self) -> EventLog:
            return self.log_widget

    def __init__(
        self,
        title: str = "",
        show_border: bool = True,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title, show_border, name=name, id=id, classes=classes)
        self.lines: tuple[Line, ...] = ()
        """Those that the filter lets through, newest first."""
        self._all: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line], head: str = "", empty: str = "") -> None:
        """Show `lines`, which come oldest first."""
        lines = tuple(lines)
        if (lines, head, empty) == (self._all, self.head, self.empty):
            return
        self._all, self.head, self.empty = lines, head, empty
        self._settle()

    def filter(self, text: str) -> None:
        """Show only lines with `text` in them or of that kind, whatever its case."""
        if text != self.filtered:
            self.filtered = text
            self._settle()

    def _settle(self) -> None:
        wanted = self.filtered.casefold()
        current = self.lines[self.index] if self.index < self.count else None
        depth = self.index - self.offset_y
        self.lines = tuple(
            line
            for line in reversed(self._all)
            if wanted in line.text.casefold() or wanted == line.kind.casefold()
        )
        if self.index and current in self.lines:
            self.index = self.lines.index(current)
            self.offset_y = max(0, self.index - depth)
        elif self.index:
            self.index = max(0, min(self.index, self.count - 1))
        self.redraw()

    @property
    def count(self) -> int:
        return len(self.lines)

    def opened(self) -> None:
        self.post_message(self.Opened(self.lines[self.index], self))

    def item(self, index: int, width: int, pen: Pen, current: bool) -> Strip:
        if current and self.has_focus:
            pen = pen.lit()
        line = self.lines[index]
        at = datetime.fromtimestamp(line.at).strftime("%H:%M:%S")
        text = pen.fit(line.text, max(0, width - 10))
        return pen.line([(at + "  ", "dim"), (text, ROLES.get(line.level, ""))], width)
