"""The dead man's clock: a load that nobody has touched for long enough is paused.

Any command of a person touches it. It warns once before, acts once, and begins anew with the next
touch. Until then the scenario itself may not bring the load back either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.texts import say

NAME = "dead man"
"""The author of the pause."""
WARNING = 0.8
"""Part of the time after which it warns."""


_BRINGS_LOAD = (
    cmd.StartGroups, cmd.InitializeGroups, cmd.ResumeGroups, cmd.ChangeVus, cmd.ChangeRate,
    cmd.EditSchedule, cmd.Undo,
)  # fmt: skip


class _Stage(Enum):
    CALM = auto()
    WARNED = auto()
    DONE = auto()


@dataclass(slots=True)
class DeadMan:
    """`pause` holds the whole load; `note` adds a line of a level and a kind to the events;
    `at_rest` tells whether all of it is paused already: then the clock stands."""

    limit_s: float | None
    """None: there is no such clock."""
    pause: Callable[[], None]
    note: Callable[[str, str, str], None]
    at_rest: Callable[[], bool] = lambda: False
    _touched_s: float | None = None
    """None while no load may begin yet: there is nothing to pause."""
    _stage: _Stage = _Stage.CALM

    def begin(self, now_s: float) -> None:
        """The load may begin from now on."""
        self._touched_s = now_s

    def touch(self, now_s: float) -> None:
        """Somebody is there."""
        if self._touched_s is not None:
            self._touched_s, self._stage = now_s, _Stage.CALM

    def forbids(self, command: cmd.Command) -> str | None:
        """Why the scenario may not do `command` by itself now, if so."""
        if self._stage is _Stage.DONE and isinstance(command, _BRINGS_LOAD):
            return say("nobody has touched the run since its load was paused")
        return None

    def beat(self, now_s: float) -> None:
        """Look how long nobody was there."""
        if self.limit_s is None or self._touched_s is None or self._stage is _Stage.DONE:
            return
        if self.at_rest():
            self._touched_s, self._stage = now_s, _Stage.CALM
        alone_s = now_s - self._touched_s
        if alone_s >= self.limit_s:
            self._stage = _Stage.DONE
            text = say(
                "nobody has touched the run for {time}: its load is paused until a hand resumes it",
                time=short(self.limit_s),
            )
            self.note("error", NAME, text)
            self.pause()
        elif alone_s >= WARNING * self.limit_s and self._stage is _Stage.CALM:
            self._stage = _Stage.WARNED
            text = say(
                "nobody has touched the run for {time}: its load pauses in {left} unless somebody "
                "confirms",
                time=short(round(alone_s, 1)),
                left=short(max(0.1, round(self.limit_s - alone_s, 1))),
            )
            self.note("warning", NAME, text)
