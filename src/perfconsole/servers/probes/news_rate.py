"""How often there is something new of a probe: some errors have another text each time."""

from __future__ import annotations

MOST_AT_ONCE = 10
EVERY_S = 60.0


class NewsRate:
    """So many at once, then one every `EVERY_S`: what keeps changing must not fill a run."""

    def __init__(self) -> None:
        self._left = float(MOST_AT_ONCE)
        self._at = 0.0

    def may_tell(self, now: float) -> bool:
        """It counts as told then; `now` is monotonic seconds."""
        self._left = min(MOST_AT_ONCE, self._left + (now - self._at) / EVERY_S)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
