"""From points to dots: peaks survive, gaps stay gaps, nothing is drawn outside."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.console.widgets.raster import (
    BRAILLE,
    LETTERS,
    SPAN,
    Canvas,
    Columns,
    Ink,
    strokes,
)
from perfconsole.console.widgets.scale import linear
from perfconsole.metrics.series import Point

any_value = st.one_of(st.none(), st.floats())
values = st.lists(any_value, max_size=80)


def points(values: list[float | None], first: float = 0.0, step: float = 1.0) -> list[Point]:
    return [Point(first + n * step, v, v, v) for n, v in enumerate(values)]


def lit(canvas: Canvas) -> set[tuple[int, int]]:
    """The dots that are on, as column and row."""
    found = set()
    for y, row in enumerate(canvas.dots):
        for x, pattern in enumerate(row):
            for side in (0, 1):
                for dot in range(4):
                    if pattern & SPAN[side][dot][dot]:
                        found.add((2 * x + side, 4 * y + dot))
    return found


def drawn(values: list[float | None], width: int = 10, height: int = 4) -> Canvas:
    canvas = Canvas(width, height)
    columns = Columns((0.0, max(1.0, len(values) - 1.0)), 2 * width)
    line = strokes(points(values), columns)
    canvas.draw(Ink(1, False), line, linear(0.0, max((s.high for s in line), default=1.0)))
    return canvas


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=300), st.integers(2, 60))
def test_peaks_and_lows_survive(heights: list[float], count: int) -> None:
    line = strokes(points(list(heights)), Columns((0.0, max(1.0, len(heights) - 1.0)), count))
    assert max(s.high for s in line) == max(heights)
    assert min(s.low for s in line) == min(heights)
    assert [s.column for s in line] == sorted({s.column for s in line})


@given(st.lists(st.floats(0, 100), min_size=2, max_size=300), st.integers(2, 60))
def test_the_newest_point_is_at_the_right_edge(heights: list[float], count: int) -> None:
    line = strokes(points(list(heights)), Columns((0.0, len(heights) - 1.0), count))
    assert line[-1].column == count - 1
    assert line[-1].last == heights[-1]


@given(
    st.lists(st.floats(0, 100), min_size=60, max_size=200),
    st.integers(4, 40),
    st.integers(1, 50),
)
def test_shape_does_not_change_while_the_window_slides(
    heights: list[float], count: int, slid: int
) -> None:
    """Each moment's column moves with the window, but neighbours stay together or apart."""
    before, after = Columns((0.0, 60.0), count), Columns((float(slid), 60.0 + slid), count)
    moved = {after.at(t) - before.at(t) for t in range(slid + 3, 58)}
    assert len(moved) <= 1


@given(values, st.floats(), st.floats(), st.integers(2, 50))
def test_any_values_and_windows_are_drawn_somewhere_inside(
    unruly: list[float | None], start: float, end: float, count: int
) -> None:
    for stroke in strokes(points(unruly), Columns((start, end), count)):
        assert 0 <= stroke.column < count
        assert math.isfinite(stroke.low)
        assert math.isfinite(stroke.high)


@given(values, st.integers(1, 30), st.integers(1, 12), st.booleans(), any_value)
def test_any_line_can_be_drawn(
    unruly: list[float | None], width: int, height: int, dotted: bool, limit: float | None
) -> None:
    canvas = Canvas(width, height)
    line = strokes(points(unruly), Columns((0.0, 50.0), 2 * width))
    scale = linear(min((s.low for s in line), default=0), max((s.high for s in line), default=0))
    limit = limit if limit is not None and math.isfinite(limit) else None
    canvas.draw(Ink(1, dotted), line, scale, limit)
    assert bool(lit(canvas)) <= bool(line)
    for dots, owner in zip(canvas.dots, canvas.owner, strict=True):
        assert [bool(d) for d in dots] == [bool(o) for o in owner]


@given(st.lists(st.floats(0, 100), min_size=2, max_size=15))
def test_a_line_without_gaps_is_connected(heights: list[float]) -> None:
    dots = lit(drawn(list(heights)))
    reached, edge = set(), {min(dots)}
    while edge:
        reached |= edge
        edge = {
            (x + dx, y + dy) for x, y in edge for dx in (-1, 0, 1) for dy in (-1, 0, 1)
        } & dots - reached
    assert reached == dots
    assert {x for x, _ in dots} == set(range(20))


def test_a_gap_is_never_bridged() -> None:
    canvas = drawn([5.0] * 8 + [None] * 6 + [5.0] * 8, width=11)
    assert {x for x, _ in lit(canvas)} == set(range(8)) | set(range(14, 22))


def test_over_the_limit_and_below_it() -> None:
    canvas = Canvas(4, 2)
    line = strokes(points([1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0]), Columns((0.0, 7.0), 8))
    canvas.draw(Ink(3, False), line, linear(0.0, 10.0), 5.0)
    assert set(canvas.owner[1]) <= {0, 6, 7}
    assert canvas.owner[1][0] == 6
    assert canvas.owner[0][3] == 7


def test_a_value_just_over_the_limit_is_over_even_in_the_same_row_of_dots() -> None:
    canvas = Canvas(2, 2)
    line = strokes(points([75.0, 75.1, 75.0, 75.1]), Columns((0.0, 3.0), 4))
    canvas.draw(Ink(1, False), line[1:2], linear(0.0, 100.0), 75.0)
    assert {owner for row in canvas.owner for owner in row if owner} == {3}


def test_a_line_that_enters_the_window_begins_at_its_edge() -> None:
    line = strokes(points([0.0, 10.0, 20.0], step=10.0), Columns((5.0, 15.0), 11))
    assert [(s.column, s.last) for s in line] == [(0, 5.0), (5, 10.0), (10, 15.0)]
    gap = points([0.0, None, 20.0], step=10.0)
    assert strokes(gap, Columns((5.0, 15.0), 11)) == []


def test_both_sets_have_a_sign_for_every_pattern() -> None:
    assert len(BRAILLE) == len(LETTERS) == 256
    assert LETTERS[0] == " "
    assert " " not in LETTERS[1:]
    assert all(letter.isascii() for letter in LETTERS)
    assert BRAILLE[0xFF] == "⣿"
