"""What a server says, as it may be shown: without what a terminal would obey."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)|.)")
"""Colours, cursor moves and titles."""
TAB = 8


def one_line(text: str, most: int) -> str:
    """`text` in one line of at most `most` characters, the last of which tells that it was cut."""
    return _cut(" ".join(_readable(text).split()), most)


def lines_of(text: str, most: int = 2000) -> str:
    """`text` with its line breaks, and blanks for tabs; no blanks at the ends of lines, which are
    cut after so many characters."""
    lines = (_readable(line).rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(_cut(line, most) for line in lines).strip("\n")


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _readable(text: str) -> str:
    """Bytes that are no UTF-8, which come as halves of characters, are question marks."""
    whole = text.encode(errors="surrogateescape").decode(errors="replace")
    bare = _ESCAPES.sub("", whole).expandtabs(TAB)
    return bare if bare.isprintable() else "".join(c if c.isprintable() else " " for c in bare)
