"""When the terminal of somebody who looks on, or away, is to ring."""

from __future__ import annotations

from perfconsole.metrics.parts import AlarmView
from perfconsole.metrics.view import RunView

QUIET = "info"
"""Level of alarms that nobody needs to be woken for."""


def loud(view: RunView) -> dict[str, AlarmView]:
    """Alarms that last, of level warning or more, by cause."""
    return {cause: alarm for cause, alarm in view.alarms.items() if alarm.level != QUIET}


class Bell:
    """Asked again and again; rings for each loud alarm once, but not for what was there before."""

    def __init__(self) -> None:
        self._known: set[tuple[str, float]] | None = None

    def rings(self, view: RunView) -> bool:
        """Whether one has been raised since it was asked last."""
        before, self._known = self._known, {(c, a.since) for c, a in loud(view).items()}
        return before is not None and not self._known <= before
