"""Only the cells that changed are painted again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from perfconsole.console.widgets.drawn import _changed

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
    assert _changed(old, new, 14, 3) == (5, 3, 1, 1)


@given(lines, lines)
def test_what_is_not_painted_again_is_the_same(old: Strip, new: Strip) -> None:
    x, _, width, _ = _changed(old, new, 12, 0)
    assert x >= 0
    assert x + width <= 12
    before, after = cells(old), cells(new)
    assert before[:x] == after[:x]
    assert before[x + width :] == after[x + width :]
