"""The characters the console draws with: one set for today's terminals, one of plain ASCII.

The second is for terminals that cannot show the first: a locale that is not UTF-8, the Linux
console (its font has no braille), or anyone who sets ``PERFCONSOLE_ASCII=1``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple


class Meter(NamedTuple):
    """Cells of a lying bar with a limit."""

    full: str
    half: str
    empty: str
    passed: str
    """The limit, when the bar goes beyond it."""
    ahead: str
    """The limit, when it does not."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Every glyph is one cell wide."""

    braille: bool
    """Charts may use the braille block (2 × 4 dots a cell)."""
    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    rule: str
    side: str
    tick: str
    limit: str
    hatch: str
    """Behind a chart, where the run was paused."""
    pause: str
    """In the timeline."""
    doubt: str
    """In the timeline and on top of a chart, where what was measured is in doubt."""
    cursor: str
    pointer: str
    mark: str
    """Before a row that a hand has marked."""
    over: str
    above: str
    """Something lies above what is shown."""
    ellipsis: str
    past: str
    future: str
    begin: str
    border: str
    """Between two stretches of the timeline."""
    now: str
    thumb: str
    """Where a list stands in what it could show."""
    bars: str
    """Heights, lowest first; none fills its cell, or lines of text would run together."""
    meter: Meter
    ways: tuple[str, str]
    """Rising, falling."""

    def plain(self, text: str) -> str:
        """`text` without the symbols that this set has other characters for."""
        return text if self.braille or text.isascii() else text.translate(_PLAIN)


UNICODE = Glyphs(
    True, "╭", "╮", "╰", "╯", "─", "│", "┤", "╌", "░", "▒", "!", "┆", "▸", "◆", "▲", "↑", "…",
    "─", "·", "├", "┼", "┤", "█", "▁▂▃▄▅▆▇", Meter("━", "╾", "─", "┿", "┼"), ("↗", "↘"),
)  # fmt: skip
ASCII = Glyphs(
    False, "+", "+", "+", "+", "-", "|", "+", "-", ":", "/", "!", "|", ">", "*", "!", "^", "~",
    "-", ".", "|", "+", "|", "#", "_.-:=*#", Meter("=", "-", ".", "#", "|"), ("^", "v"),
)  # fmt: skip

_PLAIN = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "…": "~", "·": ".", "●": "*", "○": "o", "▲": "!", "▼": "v",
        "▸": ">", "→": ">", "←": "<", "↑": "^", "↓": "v", "⏳": "~", "✓": "+", "✗": "x", "×": "x",
        "±": "+-", "≤": "<=", "≥": ">=", "█": "#", "▏": "|", "░": ":", "▒": "/", "┆": "|",
        "│": "|", "─": "-", "µ": "u", "⏸": "=", "‖": "=", "◌": "o", "▶": ">", "■": "#", "◆": "*",
    }
)  # fmt: skip


def chosen(environ: Mapping[str, str]) -> Glyphs:
    """The set for a terminal described by `environ`; ``PERFCONSOLE_ASCII`` (0 or 1) decides."""
    asked = environ.get("PERFCONSOLE_ASCII", "")
    if asked:
        return UNICODE if asked == "0" else ASCII
    if environ.get("TERM") == "linux":
        return ASCII
    names = (environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "UTF-8")
    return UNICODE if "UTF8" in locale.upper().replace("-", "") else ASCII


@cache
def current() -> Glyphs:
    """The set for the terminal of this process."""
    return chosen(os.environ)
