"""The rounded border of a panel: its title on the left, its present values on the right."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from perfconsole.console.widgets.pen import Part, Pen


def role_of(picked: bool) -> str:
    """The border's role; that of a picked or focused panel is brighter."""
    return "picked" if picked else "furniture"


def _clipped(pen: Pen, parts: Sequence[Part], room: int) -> list[Part]:
    """As much of `parts` as goes into `room` cells, the last one cut with an ellipsis."""
    fitting: list[Part] = []
    for text, role in parts:
        if room <= 0:
            break
        length = cell_len(pen.clean(text))
        fitting.append((text if length <= room else pen.fit(text, room), role))
        room -= length
    return fitting


def _edge(
    pen: Pen, width: int, corners: str, words: tuple[list[Part], list[Part]], role: str
) -> Strip:
    """A rule from corner to corner with words near either end."""
    rule = pen.glyphs.rule
    left, right = words
    if width < 2:
        return pen.line([(rule, role)], width)
    left = [(rule + " ", role), *left, (" ", role)] if left else []
    right = [(" ", role), *right, (" " + rule, role)] if right else []
    used = sum(cell_len(pen.clean(text)) for text, _ in (*left, *right))
    fill = rule * max(0, width - 2 - used)
    return pen.line([(corners[0], role), *left, (fill, role), *right, (corners[1], role)], width)


def top(
    pen: Pen,
    width: int,
    title: str,
    head: Sequence[Part] = (),
    picked: bool = False,
    unit: str = "",
) -> Strip:
    """``╭─ title unit ──── head ─╮``; in a narrow one first the title gives way, then the head."""
    unit = pen.clean(f" {unit}" if unit else "")
    title = pen.clean(title) + unit
    head = [part for part in head if part[0]]
    head_cells = sum(cell_len(pen.clean(text)) for text, _ in head)
    room = width - (9 if head else 6)
    title_cells = min(cell_len(title), max(8, room - head_cells), max(0, width - 6))
    shown = _clipped(pen, head, max(0, width - 9 - title_cells)) if head else []
    if title_cells < cell_len(title) and 2 * cell_len(unit) < title_cells:
        title = pen.fit(title, title_cells - cell_len(unit)).rstrip() + unit
    name = [(pen.fit(title, title_cells), "title picked" if picked else "title")]
    corners = pen.glyphs.top_left + pen.glyphs.top_right
    return _edge(pen, width, corners, (name if title_cells else [], shown), role_of(picked))


def bottom(pen: Pen, width: int, foot: str = "", note: str = "", picked: bool = False) -> Strip:
    """``╰─ foot ──── note ─╯``; both are furniture and left out when there is no room."""
    note = note if cell_len(note) + 6 <= width else ""
    room = width - 6 - (cell_len(note) + 3 if note else 0)
    foot = pen.fit(foot, min(cell_len(pen.clean(foot)), room)) if foot else ""
    left, right = [(foot, "dim")] if foot else [], [(note, "dim")] if note else []
    corners = pen.glyphs.bottom_left + pen.glyphs.bottom_right
    return _edge(pen, width, corners, (left, right), role_of(picked))


def sided(pen: Pen, inner: Strip, width: int, picked: bool = False, thumb: bool = False) -> Strip:
    """A line of the panel's inside (width − 2 cells) between its sides, the right one marked."""
    style = pen.style(role_of(picked))
    right = Segment(pen.glyphs.thumb if thumb else pen.glyphs.side, style)
    return Strip([Segment(pen.glyphs.side, style), *inner, right], width)
