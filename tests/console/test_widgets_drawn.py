"""Only the cells that changed are painted again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from perfconsole.console.widgets.drawn import changes

STYLES = (Style(), Style(bold=True), Style(color="red"))


def strip(parts: list[tuple[str, int]], width: int = 12) -> Strip:
    segments = [Segment(text, STYLES[style]) for text, style in parts]
    return Strip(segments).adjust_cell_length(width)


lines = st.lists(st.tuples(st.text("ab│浏e\u0301", min_size=1, max_size=4), st.integers(0, 2)),
                 max_size=4).map(strip)  # fmt: skip


def cells(line: Strip) -> list[tuple[str, Style | None]]:
    found: list[tuple[str, Style | None]] = []
    for x in range(line.cell_length):
        crop = line.crop(x, x + 1)
        found.append((crop.text, next(iter(crop)).style))
    return found


def test_a_figure_that_changes_leaves_its_row_alone() -> None:
    old = strip([("VU ", 0), ("  7", 1), (" running", 0)], 14)
    new = strip([("VU ", 0), ("  8", 1), (" running", 0)], 14)
    assert changes(old, new, 14) == [(5, 1)]


def test_figures_far_apart_leave_what_is_between_them_alone() -> None:
    old = strip([("  7", 0), (" running ", 1), (" 120", 2)], 16)
    new = strip([("  8", 0), (" running ", 1), (" 119", 2)], 16)
    assert changes(old, new, 16) == [(2, 1), (14, 2)]


@given(lines, lines)
def test_what_is_not_painted_again_is_the_same(old: Strip, new: Strip) -> None:
    before, after = cells(old), cells(new)
    edge = 0
    for x, width in changes(old, new, 12):
        assert edge <= x < x + width <= 12
        assert before[edge:x] == after[edge:x]
        edge = x + width
    assert before[edge:] == after[edge:]
