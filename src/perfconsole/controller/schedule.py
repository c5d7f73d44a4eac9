"""What one group is meant to do: its plan, and what hands have made of it. No clocks inside."""

from __future__ import annotations

from dataclasses import dataclass, field

from perfconsole.controller.following import Following
from perfconsole.controller.rate_schedule import RateSchedule
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp
from perfconsole.model.states import GroupState

QUIET_TICKS = 2
"""Seconds in which all VUs were done, since the last change, after which a group is finished: the
first of them may tell of the time before the change."""


@dataclass(slots=True)
class GroupSchedule:
    name: str
    planned: Profile
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
    _started: bool = False
    _delay_s: float = 0.0
    _quiet: int = 0
    _plan: Following = field(init=False)

    def __post_init__(self) -> None:
        self._plan = Following(self.planned)

    # ---------------------------------------------------------------- time

    def advance(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass for start delay and plan, unless something freezes them."""
        if not self._started or self.stopping or self.paused or self.held:
            return
        late = dt_s - self._delay_s
        self._delay_s = max(0.0, -late)
        if self._delay_s == 0.0:
            self._plan.elapsed_s += min(dt_s, late)

    def heard(self, alive: int, done: int, busy: int = 0) -> None:
        """Once a second: how many of its VUs live, how many have done their iterations, and how
        many of an open model are not idle, arrivals that wait among them."""
        self.alive = alive
        self._quiet = self._quiet + 1 if self._is_over(alive, done, busy) else 0

    def _is_over(self, alive: int, done: int, busy: int) -> bool:
        if self._spent:
            return not (busy if self.rate is not None else alive)
        in_all = self._plan.profile.target
        return self.finite and alive == 0 and 0 < in_all <= done and self._plan.settled

    # ---------------------------------------------------------------- hands

    def start(self, after_s: float = 0.0) -> None:
        """The schedule from its beginning, `after_s` seconds from now."""
        self._awake()
        self._plan.begin()
        self._delay_s = after_s
        self.by_hand = False

    def stop(self) -> None:
        self.stopping = self._started
        self.paused = self.held = False
        self._quiet = 0

    def change(self, to: int, over_s: float = 0.0, step: int = 0, every_s: float = 0.0) -> None:
        """A new target by hand replaces what is under way, from where it stands.

        Raises ValueError, with nothing changed, for steps without number.
        """
        way = ramp(self.target, to, over_s, step, every_s)
        self._awake()
        self._plan.take_over(way)
        self.by_hand = True

    def go_on(self) -> None:
        """End a hold; without one, go on with the schedule where a hand took over."""
        if self.held:
            self.held = False
        else:
            now = self.target
            self._awake()
            self._plan.go_on(now, whole=True)
            self.by_hand = False

    def _awake(self) -> None:
        """Started, if it was not, and with no delay any more."""
        if not self._started or self.stopping:
            self._plan.begin()
        self._delay_s, self._quiet = 0.0, 0
        self._started, self.stopping, self.held = True, False, False

    # ---------------------------------------------------------------- what follows from it

    @property
    def target(self) -> int:
        """VUs wanted now."""
        if not self._started or self.stopping or self._delay_s > 0:
            return 0
        if self.rate is not None and self.finished:
            return 0
        return self._plan.profile.vus(self._plan.elapsed_s)

    @property
    def goal(self) -> int:
        """The most VUs wanted from now on."""
        if self.stopping:
            return 0
        if not self._started:
            return int(self.planned.peak)
        return int(self._plan.profile.most_from(self._plan.elapsed_s))

    @property
    def course_s(self) -> float:
        """How far its plan is, seconds; less than 0 while its start delay runs."""
        if self._delay_s > 0:
            return -self._delay_s
        return self._plan.course_s if self.rate is None else self.rate.course_s

    @property
    def _spent(self) -> bool:
        """Its plan has ended at 0."""
        return self._plan.spent if self.rate is None else self.rate.spent

    @property
    def finished(self) -> bool:
        ends = self.finite or self._spent
        return ends and self._started and not self.stopping and self._quiet >= QUIET_TICKS

    @property
    def state(self) -> GroupState:
        if not self._started:
            return GroupState.DOWN
        if self.finished:
            return GroupState.FINISHED
        if self.stopping or (self._plan.profile.target == 0 and self._plan.settled):
            return GroupState.STOPPING if self.alive or self._spent else GroupState.STOPPED
        if self.paused:
            return GroupState.PAUSED
        if self._delay_s > 0:
            return GroupState.PENDING
        ramping = self._plan.changing or (self.rate is not None and self.rate.ramping)
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
        return int(max(self.planned.peak, self._plan.profile.peak))
