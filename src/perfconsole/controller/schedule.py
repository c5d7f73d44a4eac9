"""What one group is meant to do: its ramp, and what hands have made of it. No clocks inside."""

from __future__ import annotations

from dataclasses import dataclass, field

from perfconsole.controller.rate_schedule import RateSchedule
from perfconsole.model.curve import Ramp
from perfconsole.model.plan import ThinkPlan
from perfconsole.model.states import GroupState

QUIET_TICKS = 2
"""Seconds in which all VUs were done, since the last change, after which a group is finished: the
first of them may tell of the time before the change."""


@dataclass(slots=True)
class GroupSchedule:
    name: str
    planned: Ramp
    start_after_s: float = 0.0
    finite: bool = False
    """Its VUs end by themselves after their iterations."""
    rate: RateSchedule | None = None
    """Open model: its arrivals, for which the VUs are the ceiling."""
    paused: bool = False
    held: bool = False
    by_hand: bool = False
    """A hand chose the VUs; the schedule waits until told to go on."""
    stopping: bool = False
    alive: int = 0
    """VUs alive, as last heard from the injectors."""
    think: ThinkPlan = field(default=ThinkPlan())
    """What becomes of its think times; a hand's factor is kept when it is started again."""
    _started: bool = False
    _delay_s: float = 0.0
    _elapsed_s: float = 0.0
    _quiet: int = 0
    _ramp: Ramp = field(default=Ramp(0, 0))

    # ---------------------------------------------------------------- time

    def advance(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass for start delay and ramp, unless something freezes them."""
        if not self._started or self.stopping or self.paused or self.held:
            return
        late = dt_s - self._delay_s
        self._delay_s = max(0.0, -late)
        if self._delay_s == 0.0:
            self._elapsed_s += min(dt_s, late)

    def heard(self, alive: int, done: int) -> None:
        """Once a second: how many of its VUs live, how many have done their iterations."""
        self.alive = alive
        over = alive == 0 and 0 < self._ramp.target <= done and not self.ramping
        self._quiet = self._quiet + 1 if over else 0

    # ---------------------------------------------------------------- hands

    def start(self, after_s: float = 0.0) -> None:
        """The schedule from its beginning, `after_s` seconds from now."""
        self._follow(self.planned)
        self._delay_s = after_s
        self.by_hand = False

    def stop(self) -> None:
        self.stopping = self._started
        self.paused = self.held = False
        self._quiet = 0

    def change(self, to: int, over_s: float = 0.0, step: int = 0, every_s: float = 0.0) -> None:
        """A new target by hand replaces the ramp under way from where it stands."""
        now = self.target
        self._follow(Ramp(now, to, over_s=over_s, step=step, every_s=every_s))
        self.by_hand = True

    def change_think(self, factor: float) -> None:
        """Its think times by `factor`, if they were ignored before too; the limit stays."""
        self.think = ThinkPlan(factor, self.think.limit_s)

    def go_on(self) -> None:
        """End a hold; without one, go on to the schedule's own load at its own pace."""
        if self.held:
            self.held = False
        else:
            self._follow(self.planned.continued_from(self.target))
            self.by_hand = False

    def _follow(self, ramp: Ramp) -> None:
        self._ramp, self._elapsed_s, self._delay_s, self._quiet = ramp, 0.0, 0.0, 0
        self._started, self.stopping, self.held = True, False, False

    # ---------------------------------------------------------------- what follows from it

    @property
    def target(self) -> int:
        """VUs wanted now."""
        if not self._started or self.stopping or self._delay_s > 0:
            return 0
        return self._ramp.at(self._elapsed_s)

    @property
    def goal(self) -> int:
        """VUs wanted in the end."""
        if self.stopping:
            return 0
        return self._ramp.target if self._started else self.planned.target

    @property
    def ramping(self) -> bool:
        return self.target != self._ramp.target

    @property
    def finished(self) -> bool:
        return self.finite and self._started and not self.stopping and self._quiet >= QUIET_TICKS

    @property
    def state(self) -> GroupState:
        if not self._started:
            return GroupState.DOWN
        if self.stopping or (self._ramp.target == 0 and not self.ramping):
            return GroupState.STOPPING if self.alive else GroupState.STOPPED
        if self.finished:
            return GroupState.FINISHED
        if self.paused:
            return GroupState.PAUSED
        if self._delay_s > 0:
            return GroupState.PENDING
        ramping = self.ramping or (self.rate is not None and self.rate.ramping)
        return GroupState.RAMPING if ramping else GroupState.RUNNING

    @property
    def running(self) -> bool:
        """Started and not on its way out."""
        return self.state not in (
            GroupState.DOWN,
            GroupState.STOPPING,
            GroupState.STOPPED,
            GroupState.FINISHED,
        )

    @property
    def slots(self) -> int:
        """VU slots the group has, used or not."""
        return max(self.planned.target, self._ramp.target, self._ramp.start)
