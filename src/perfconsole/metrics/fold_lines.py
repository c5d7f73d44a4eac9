"""Lines of the events panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.parts import Line

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

EVENT_LINES = 500


def add_line(view: RunView, at: float, level: str, kind: str, text: str, detail: str = "") -> None:
    view.lines.append(Line(at, level, kind, text, detail, view.seq))
    del view.lines[:-EVENT_LINES]
