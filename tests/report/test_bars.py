"""Bars of a load over time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.report.bars import bars


def test_a_ramp_and_what_is_nearly_nothing() -> None:
    ramp = [0.0, 0.01, 25, 50, 100, 100, 75, 50, 25, 0]
    assert bars([*ramp, *[0.0] * 10], 100, 4, ascii_only=False) == [
        "100┤    ██",
        "   ┤    ███",
        "   ┤   █████",
        "  0┤ ▁███████",
        "    0        50s   1m40s",
    ]


@given(
    st.lists(st.floats(0, 1e6), min_size=20, max_size=80).filter(any),
    st.floats(0.1, 1e7),
    st.integers(1, 12),
    st.booleans(),
)
def test_any_load_fits(values: list[float], length_s: float, height: int, plain: bool) -> None:
    *lines, times = bars(values, length_s, height, ascii_only=plain)
    assert len(lines) == height
    assert max(map(len, [*lines, times])) <= len(values) + 10
    assert not plain or all(line.isascii() for line in [*lines, times])
    tallest = values.index(max(values))
    side = lines[0].index("|" if plain else "┤")
    assert lines[0][side + 1 + tallest] in ("#" if plain else "█▇▆▅▄▃▂▁")
