"""A live chart: one panel of the dashboard, drawn in braille by the Line API."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from perfconsole.console.widgets import frame
from perfconsole.console.widgets.chartmodel import ChartLine, ChartModel
from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.pen import Part, Pen
from perfconsole.console.widgets.plot import Plot
from perfconsole.console.widgets.scale import Scale

__all__ = ["Chart", "ChartLine", "ChartModel"]

MARKS = ("▲", "!")
"""Signs in a head of a value that is over its limit."""


class Chart(Drawn):
    """Shows a `ChartModel`. Brighter while `picked`; a click posts `Picked`."""

    picked: reactive[bool] = reactive(False)

    @dataclass
    class Picked(Message):
        """The chart with this key was clicked."""

        key: str

    model: ChartModel | None = None
    _mark: tuple[object, ...] = ()
    _scale: Scale | None = None

    def show(self, model: ChartModel) -> None:
        """Draw `model`; nothing happens when it is what is shown already."""
        mark = model.mark()
        if model == self.model and mark == self._mark:
            return
        if self.model is None or _axis(self.model) != _axis(model):
            self._scale = None
        self.model, self._mark = model, mark
        self.redraw()

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        model = self.model
        if model is None:
            return [pen.line([], width) for _ in range(height)]
        title = f"{model.key} {model.title}".strip()
        if width < 3 or height < 3:
            lines = [pen.line([*_head(model, pen)] or [(title, "title")], width)]
            return lines + [pen.line([], width) for _ in range(height - 1)]
        plot = Plot(model, width - 2, height - 2, pen, self._scale)
        self._scale = plot.scale
        return [
            frame.top(pen, width, title, _head(model, pen), self.picked, model.unit),
            *(frame.sided(pen, strip, width, self.picked) for strip in plot.strips()),
            frame.bottom(pen, width, model.foot, picked=self.picked),
        ]

    def watch_picked(self) -> None:
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self.model is not None:
            self.post_message(self.Picked(self.model.key))


def _axis(model: ChartModel) -> tuple[object, ...]:
    """What a scale belongs to."""
    return model.key, model.title, model.log


def _head(model: ChartModel, pen: Pen) -> list[Part]:
    """The present values: names in the colour of their line, red and marked beyond a limit."""
    pieces = [piece for piece in model.head.split("  ") if piece.strip()]
    marked = any(mark in piece for piece in pieces for mark in MARKS)
    beyond = "over" if model.judged else "warn"
    parts: list[Part] = []
    for piece in pieces:
        if parts:
            parts.append(("  ", "now"))
        if model.over and (not marked or any(mark in piece for mark in MARKS)):
            parts.append((piece, beyond))
            continue
        names = [line for line in model.lines if piece.startswith(line.label + " ")]
        if names:
            line = max(names, key=lambda named: len(named.label))
            parts += [(line.label, line.role), (piece[len(line.label) :], "now")]
        else:
            parts.append((piece.strip(), "now"))
    if model.over and parts and not marked:
        parts.append((" " + pen.glyphs.over, beyond))
    return parts
