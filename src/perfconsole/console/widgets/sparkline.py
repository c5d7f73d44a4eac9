"""One line of small charts: what the panels that are not on the screen are doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from rich.cells import cell_len
from textual.strip import Strip

from perfconsole.console.widgets.drawn import Drawn
from perfconsole.console.widgets.pen import Part, Pen


@dataclass(frozen=True, slots=True)
class Spark:
    label: str
    values: Sequence[float | None]
    """Oldest first."""
    over: bool
    """The newest is over its limit."""
    role: str
    ceiling: float | None = None
    """What a full bar stands for; the highest value when None."""


def bars(
    values: Sequence[float | None], width: int, heights: str, ceiling: float | None = None
) -> str:
    """`values` as at most `width` bars, each the peak of its stretch; unknown is a space."""
    known = [v if v is not None and isfinite(v) else None for v in values]
    count = min(len(known), width)
    if width <= 0:
        return ""
    edges = [place * len(known) // count for place in range(count + 1)] if count else [0]
    peaks = [
        max((v for v in known[start:end] if v is not None), default=None)
        for start, end in pairwise(edges)
    ]
    top = ceiling or max((v for v in peaks if v is not None), default=0.0)
    drawn = "".join(" " if v is None else _bar(v, top, heights) for v in peaks)
    return drawn.rjust(width)


def _bar(value: float, top: float, heights: str) -> str:
    if value <= 0 or top <= 0:
        return heights[0]
    return heights[min(len(heights) - 1, int(value / top * (len(heights) - 1) + 0.5))]


class Sparklines(Drawn):
    """Shows several `Spark`s in equal shares of one line; `▲` marks what is over its limit."""

    DEFAULT_CSS = """
    Sparklines { height: 1; }
    """

    sparks: tuple[Spark, ...] = ()

    def show(self, sparks: tuple[Spark, ...]) -> None:
        if sparks != self.sparks:
            self.sparks = sparks
            self.redraw()

    def draw(self, width: int, height: int, pen: Pen) -> list[Strip]:
        line = pen.line(self._parts(width, pen), width)
        return [line, *(pen.line([], width) for _ in range(height - 1))]

    def _parts(self, width: int, pen: Pen) -> list[Part]:
        parts: list[Part] = []
        left = width
        for place, spark in enumerate(self.sparks):
            share = left // (len(self.sparks) - place)
            left -= share
            room = share - cell_len(pen.clean(spark.label)) - 4
            drawn = bars(spark.values, room, pen.glyphs.bars, spark.ceiling)
            parts += [
                (
                    " " + pen.fit(spark.label, min(share - 3, cell_len(pen.clean(spark.label)))),
                    "over" if spark.over else "dim",
                ),
                (" " + drawn, spark.role),
                (pen.glyphs.over if spark.over else " ", "over"),
                (" ", ""),
            ]
        return parts
