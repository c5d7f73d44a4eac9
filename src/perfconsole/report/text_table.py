"""Tables of text, aligned by terminal cells: a Chinese name is two cells a character wide."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from perfconsole.report.ink import Ink

GAP = "  "
NARROWEST_NAME = 8
INDENT = 4
"""Cells, of the further lines of a sentence."""


def table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, ink: Ink
) -> list[str]:
    """Lines no wider than `width` cells: names left in the first column, figures right.

    The first column gives way when space is short. `title` heads it, `heads` the others.
    """
    lines = [[ink.words(cell) for cell in row] for row in ([title, *heads], *rows)]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(heads) + 1)]
    rest = sum(widths[1:]) + len(GAP) * len(heads)
    widths[0] = min(widths[0], max(NARROWEST_NAME, width - rest))
    head, *body = (_line(line, widths, ink) for line in lines)
    return [ink.heading(head.rstrip()), *(line.rstrip() for line in body)]


def shortened(text: str, cells: int, ink: Ink) -> str:
    """`text` in at most `cells` cells, the end replaced by an ellipsis when it is longer."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + ink.words("…")


def wrapped(text: str, cells: int, indent: int) -> list[str]:
    """`text` in lines of at most `cells` cells, broken at spaces where there are any; all but the
    first stand `indent` cells in, of which there are fewer than `cells`."""
    lines, margin = [], ""
    while cell_len(margin + text) > cells:
        head = chop_cells(text, cells - len(margin))[0]
        whole = text[len(head)] == " "
        end = len(head) if whole else head.rfind(" ")
        end = end if head[:end].strip() and end > 0 else len(head)
        lines.append(margin + text[:end].rstrip())
        text, margin = text[end:].lstrip(), " " * indent
    return [*lines, margin + text]


def _line(cells: Sequence[str], widths: Sequence[int], ink: Ink) -> str:
    name, *figures = cells
    first = set_cell_size(shortened(name, widths[0], ink), widths[0])
    rest = (
        " " * (width - cell_len(cell)) + cell
        for cell, width in zip(figures, widths[1:], strict=True)
    )
    return GAP.join([first, *rest])
