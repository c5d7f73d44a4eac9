"""What a program said, as a part of a line for a person."""

from __future__ import annotations

MOST = 120
"""Characters."""


def few_words(said: bytes) -> str:
    """The first of it on one line, without what a terminal would obey; it may be empty."""
    words = "".join(c if c.isprintable() else " " for c in said.decode(errors="replace"))
    return " ".join(words.split())[:MOST]
