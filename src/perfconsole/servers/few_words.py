"""What a program said, as a part of a line for a person."""

from __future__ import annotations

from perfconsole.servers.plain import one_line

MOST = 120
"""Characters."""


def few_words(said: bytes) -> str:
    """The first of it on one line, without what a terminal would obey; it may be empty."""
    return one_line(said.decode(errors="replace"), MOST)
