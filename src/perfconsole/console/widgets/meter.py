"""A lying bar of a few cells with its limit marked: it reads without any colour."""

from __future__ import annotations

from perfconsole.console.widgets.glyphs import Meter


def meter(
    value: float | None, limit: float | None, width: int, cells: Meter, ceiling: float = 100.0,
    *, least: bool = False,
) -> str:  # fmt: skip
    """`value` of `ceiling` in `width` cells; blank when unknown.

    The bar is over the mark exactly when the value is over the limit, however few the cells; with
    `least`, where less is worse, it stops short of the mark exactly when the value does.
    """
    if value is None or width <= 0:
        return " " * max(0, width)
    halves = round(2 * width * min(max(value / ceiling, 0.0), 1.0))
    drawn = [
        cells.full if 2 * place + 1 < halves else cells.half if 2 * place < halves else cells.empty
        for place in range(width)
    ]
    if limit is not None:
        mark = min(width - 1, int(width * limit / ceiling))
        over = value >= limit if least else value > limit
        for place in range(mark) if over else range(mark, width):
            drawn[place] = cells.full if over else cells.empty
        drawn[mark] = cells.passed if over else cells.ahead
    return "".join(drawn)
