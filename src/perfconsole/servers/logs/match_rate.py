"""How many lines matched a second, over about the time between two samples."""

from __future__ import annotations

from collections import deque


class MatchRate:
    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._looks: deque[tuple[float, int]] = deque()
        """Seconds that each of the last looks is about, and lines that matched."""

    def add(self, seconds: float, matched: int) -> None:
        """A look that found so many in what was added during so many seconds."""
        self._looks.append((seconds, matched))
        enough_s = self._window_s - seconds / 2
        while len(self._looks) > 1 and self._seconds - self._looks[0][0] >= enough_s:
            self._looks.popleft()

    @property
    def _seconds(self) -> float:
        return sum(seconds for seconds, _ in self._looks)

    @property
    def a_second(self) -> float:
        seconds = self._seconds
        return sum(matched for _, matched in self._looks) / seconds if seconds else 0.0
