"""Who looks on: a front end is attached while it asks for events, and a little longer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FRONT_ENDS = frozenset({"console", "headless"})
"""Kinds of client that count as an operator; ``ctl`` only asks and goes."""
VIEWER = "viewer"
"""The kind that looks on and may steer nothing."""


@dataclass(slots=True)
class Attendance:
    orphan_s: float | None
    """The run is an orphan when no front end came for this long; None: never."""
    _seen_s: float
    """When a front end was last here (monotonic clock), the start of the run at first."""
    _asking: Counter[str] = field(default_factory=Counter)
    """Front ends with a question open, by client."""
    _viewed_s: float = 0.0
    """When a viewer was last here."""
    _viewing: Counter[str] = field(default_factory=Counter)

    @classmethod
    def since(cls, now_s: float, orphan_s: float | None) -> Attendance:
        return cls(orphan_s, now_s, _viewed_s=now_s)

    def came(self, client: str, now_s: float) -> None:
        """`client`, as ``kind:id``, asks something."""
        if _operator(client):
            self._asking[client] += 1
            self._seen_s = now_s
        elif is_viewer(client):
            self._viewing[client] += 1
            self._viewed_s = now_s

    def went(self, client: str, now_s: float) -> None:
        """It has its answer, or hung up."""
        if _operator(client):
            self._asking[client] -= 1
            self._asking += Counter()  # drops those at 0
            self._seen_s = now_s
        elif is_viewer(client):
            self._viewing[client] -= 1
            self._viewing += Counter()
            self._viewed_s = now_s

    def slept(self, seconds: float) -> None:
        """The run itself stood still for so long: nobody could have come."""
        self._seen_s += seconds

    def keep(self) -> None:
        """The operator left on purpose."""
        self.orphan_s = None

    def away_s(self, now_s: float) -> float:
        """Seconds since a front end was here; 0 while one is."""
        return 0.0 if self._asking else now_s - self._seen_s

    def unwatched_s(self, now_s: float) -> float:
        """Seconds since anybody looked on, viewers included; 0 while somebody does."""
        return 0.0 if self._viewing else min(self.away_s(now_s), now_s - self._viewed_s)

    def orphaned(self, now_s: float) -> bool:
        return self.orphan_s is not None and self.away_s(now_s) > self.orphan_s


def is_viewer(client: str) -> bool:
    """Whether `client`, as ``kind:id``, may only look on."""
    return client.split(":", 1)[0] == VIEWER


def _operator(client: str) -> bool:
    return client.split(":", 1)[0] in FRONT_ENDS
