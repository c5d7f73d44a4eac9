"""What a terminal report may be written with: colours and glyphs, or plain ASCII."""

from __future__ import annotations

from dataclasses import dataclass

from perfconsole.model.states import Verdict

_ASCII = str.maketrans(
    {
        "–": "-", "—": "-", "…": "~", "·": "|", "≥": ">=", "≤": "<=", "µ": "u",
        "─": "-", "│": "|", "┤": "|", "├": "|", "┬": "+", "┴": "+", "┼": "+",
        "┌": "+", "┐": "+", "└": "+", "┘": "+", "⅃": "R",
    }
)  # fmt: skip
_VERDICT_CODES = {
    Verdict.PASSED: "1;32",
    Verdict.FAILED: "1;31",
    Verdict.NOT_PROVEN: "1;33",
    Verdict.ABORTED: "1;35",
}


@dataclass(frozen=True, slots=True)
class Ink:
    colour: bool
    """False: no escape sequence and none of our own glyphs past ASCII; names stay as they are."""

    def words(self, text: str) -> str:
        """`text` fit to be printed: what came from a target may hold control characters."""
        safe = "".join(char if char.isprintable() else " " for char in text)
        return safe if self.colour else safe.translate(_ASCII)

    def frame(self, text: str) -> str:
        """Lines of a graph, drawn by us."""
        return text.replace("⅃", "R") if self.colour else text.translate(_ASCII)

    def verdict(self, verdict: Verdict, text: str) -> str:
        return self._paint(text, _VERDICT_CODES[verdict])

    def heading(self, text: str) -> str:
        return self._paint(text, "1")

    def faint(self, text: str) -> str:
        return self._paint(text, "2")

    def alarm(self, text: str) -> str:
        return self._paint(text, "31")

    def _paint(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour else text
