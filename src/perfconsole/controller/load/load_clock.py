"""The load's own time: all schedules go by it, and so does what the scenario steers by itself.

A command is done between two beats; schedules are brought to that very moment first. So the same
commands at the same times of this clock make the same load, to the VU.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.model.steering_spec import SteeringSpec

MOST_S = 1.0
"""A controller that was suspended for longer lets no more pass at once."""


class LoadClock:
    """`opened` says whether start delays count already; `steer` does a command whose time has
    come. Times given are those of the monotonic clock."""

    def __init__(
        self,
        schedules: Mapping[str, GroupSchedule],
        steering: Iterable[SteeringSpec],
        opened: Callable[[], bool],
        steer: Callable[[SteeringSpec], None],
    ) -> None:
        self._schedules = schedules
        self._due = deque(steering)
        self._opened = opened
        self._steer = steer
        self._reached_s: float | None = None
        self.load_s: float | None = None
        """Since start delays count; None before."""

    def reach(self, now_s: float) -> float | None:
        """Let time pass until `now_s`, with all that is due until then; returns `load_s`."""
        past_s, self._reached_s = self._reached_s, now_s
        left_s = 0.0 if past_s is None else min(MOST_S, max(0.0, now_s - past_s))
        if self.load_s is None and self._opened():
            self.load_s = 0.0
        while self.load_s is not None and self._due and self._due[0].at <= self.load_s + left_s:
            due = self._due.popleft()
            before_s = max(0.0, due.at - self.load_s)
            self._pass(before_s)
            left_s = max(0.0, left_s - before_s)
            self._steer(due)
        self._pass(left_s)
        return self.load_s

    def _pass(self, seconds: float) -> None:
        if self.load_s is not None:
            self.load_s += seconds
        for schedule in self._schedules.values():
            schedule.advance(seconds)
