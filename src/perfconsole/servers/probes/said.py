"""What came of an ask, on its way from the thread that asked to the loop that reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """All that a command wrote, or one line of it when it streams."""

    number: int
    """Which of the asks, by its place among them."""
    at: float
    """Monotonic seconds at which it was asked, which is on its beat: an answer is found when it is
    looked for. Of a line, when it was found."""
    text: str = ""
    errors: str = ""
    """What it wrote to its standard error, when it failed."""
    status: int = 0
    """It exited with."""
    fault: str = ""
    """Why there is no answer at all, in one line; empty when there is one."""
