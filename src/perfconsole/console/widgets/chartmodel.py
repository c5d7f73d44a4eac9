"""What a chart is shown: plain data, compared to know whether there is anything to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfconsole.metrics.series import Point


@dataclass(frozen=True, slots=True)
class ChartLine:
    label: str
    """Short, as in the head (``p95``): written at the line's right end."""
    points: Sequence[Point]
    """Ascending in t. A sequence that grows in place is noticed by its length and last point."""
    role: str
    """Decides the colour: ``passed``, ``p95``, ``cpu``, ``other1``, ... (see `theme`)."""


@dataclass(frozen=True, slots=True)
class ChartModel:
    key: str
    """Picks the chart; stands before the title."""
    title: str
    unit: str
    lines: tuple[ChartLine, ...]
    """Later ones are drawn over earlier ones."""
    window: tuple[float, float]
    """Run seconds at the left and the right edge."""
    limit: float | None = None
    least: bool = False
    """Values under the limit are beyond it."""
    judged: bool = True
    """False: what is beyond the limit is a warning and no failure."""
    bands: tuple[tuple[str, float, float], ...] = ()
    """Kind, begin and end in run seconds; ``pause`` is hatched, ``saturated`` marked on top."""
    cursor: float | None = None
    """Run seconds."""
    log: bool = False
    head: str = ""
    """Present values, at the right of the border; plain text."""
    over: bool = False
    """A present value is beyond its limit."""
    empty: str = ""
    """Shown while no line has a value in the window."""
    ceiling: float | None = None
    """Fixed upper end of the y axis."""
    foot: str = ""
    """In the lower border, such as the other charts there are."""

    def mark(self) -> tuple[object, ...]:
        """Changes when a line's points grew in place, which comparing models cannot see."""
        return tuple(
            (len(line.points), line.points[-1].t, line.points[-1].last) if line.points else ()
            for line in self.lines
        )
