"""How long the run lasts: as its scenario says, until a hand changes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RunLength:
    duration_s: float | None
    """From the first VU, clock time; None: until a hand, or the groups, end it."""

    def over(self, elapsed_s: float) -> bool:
        """`elapsed_s` from the first VU."""
        return self.duration_s is not None and elapsed_s >= self.duration_s

    def change(self, to_s: float | None, by_s: float | None, elapsed_s: float) -> None:
        """To a time, by one, or to none. What is over by then ends the run now.

        Raises ValueError when there is nothing that could become longer.
        """
        if by_s is not None:
            if self.duration_s is None:
                raise ValueError("no duration")
            to_s = self.duration_s + by_s
        self.duration_s = None if to_s is None else max(to_s, elapsed_s)
