"""When an alarm is raised and when it has recovered: once for each cause, however it flickers.

A cause is told when it begins, and its recovery when it has been away for `HOLD_S`: one that comes
back before that is the same alarm still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

HOLD_S = 30.0
ERRORS = "errors"
SATURATED = "saturated"
END = "end"
INJECTOR = "injector "
"""Before its number."""


def breach(server: str, metric: str) -> str:
    return f"breach {server}/{metric}"


def objective(key: str) -> str:
    return f"objective {key}"


def growth(server: str, metric: str) -> str:
    return f"growth {server}/{metric}" if server else f"growth {metric}"


def server_lost(server: str) -> str:
    return f"server {server}"


def injector_lost(injector: int) -> str:
    return f"{INJECTOR}{injector}"


@dataclass(slots=True)
class Lasting:
    """An alarm that was told and whose recovery was not yet."""

    level: str
    gone_at: float | None = None
    """Unix time from which on its cause has been away; None while it is there."""
    words: str = ""
    """What is to be said of its recovery."""


@dataclass(slots=True)
class Causes:
    lasting: dict[str, Lasting] = field(default_factory=dict)

    def begins(self, cause: str, level: str) -> bool:
        """It is there; True when that is a new alarm."""
        known = self.lasting.setdefault(cause, fresh := Lasting(level))
        known.gone_at = None
        return known is fresh

    def ceases(self, cause: str, at: float, words: str) -> None:
        """It is there no more, since Unix time `at`; nothing when it was not."""
        known = self.lasting.get(cause)
        if known is not None and known.gone_at is None:
            known.gone_at, known.words = at, words

    def recovered(self, now: float, hold_s: float = HOLD_S) -> Iterator[tuple[str, Lasting]]:
        """Those that have been away for `hold_s` at Unix time `now`; each is forgotten."""
        for cause, known in list(self.lasting.items()):
            if known.gone_at is not None and now - known.gone_at >= hold_s:
                del self.lasting[cause]
                yield cause, known
