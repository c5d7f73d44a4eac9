"""A row of values as bars, for a terminal that only prints."""

from __future__ import annotations

import math
from collections.abc import Sequence

from perfconsole.metrics.figures import three_digits
from perfconsole.model.duration import short

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_PLAIN = "  .::-=##"


def bars(values: Sequence[float], length_s: float, height: int, *, ascii_only: bool) -> list[str]:
    """`height` lines of bars with the highest value and 0 beside them, and a line of times.

    The highest of `values` is above 0.
    """
    top = max(values)
    label = three_digits(top)
    glyphs = _PLAIN if ascii_only else _EIGHTHS
    side = "|" if ascii_only else "┤"
    lines = []
    for row in range(height, 0, -1):
        name = label if row == height else "0" if row == 1 else ""
        cells = (_cell(value / top * height - (row - 1)) for value in values)
        lines.append(f"{name:>{len(label)}}{side}{''.join(glyphs[n] for n in cells)}".rstrip())
    return [*lines, " " * (len(label) + 1) + _times(length_s, len(values))]


def _cell(filled: float) -> int:
    """How many eighths of a cell: anything above nothing is seen."""
    return 0 if filled <= 0 else min(8, max(1, math.floor(filled * 8 + 0.5)))


def _times(length_s: float, width: int) -> str:
    """The beginning, the middle if there is room, and the end."""
    middle, end = (short(round(s, 1 if s < 60 else 0)) for s in (length_s / 2, length_s))
    room = width - len(end)
    line = "0".ljust(width // 2 - len(middle) // 2) + middle
    return (line if len(line) < room else "0").ljust(room) + end
