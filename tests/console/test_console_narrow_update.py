"""What goes to the terminal: no more than has changed, and all of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from perfconsole.console.narrow_update import NarrowUpdate

CONSOLE = Console(force_terminal=True, color_system=None)
WIDTHS = (4, 6, 5)
"""Of the widgets side by side on a line."""


def chops(texts: tuple[str, ...]) -> dict[int, Strip]:
    placed, x = {}, 0
    for text, width in zip(texts, WIDTHS, strict=True):
        placed[x] = Strip([Segment(text[: width // 2]), Segment(text[width // 2 :])], width)
        x += width
    return placed


def on_screen(written: str, line: str) -> str:
    """A line of a terminal after `written`."""
    cells = list(line)
    for move in filter(None, written.split("\x1b[")):
        place, text = move.split("H", 1)
        x = int(place.split(";")[1]) - 1
        cells[x : x + len(text)] = text
    return "".join(cells)


@given(st.integers(0, 14), st.integers(1, 15))
def test_a_span_is_written_and_nothing_beside_it(first: int, width: int) -> None:
    last = min(15, first + width)
    update = ChopsUpdate([chops(("abcd", "efghij", "klmno"))], [(0, first, last)], [[4, 10, 15]])
    written = NarrowUpdate(update).render_segments(CONSOLE)
    expected = "." * first + "abcdefghijklmno"[first:last] + "." * (15 - last)
    assert on_screen(written, "." * 15) == expected
    assert sum(character.isalpha() for character in written) - written.count("H") == last - first
