"""What one group is meant to do: its plan, and what hands have made of it. No clocks inside."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, fields

from perfconsole.controller.load.following import Following
from perfconsole.controller.load.rate_schedule import RateSchedule
from perfconsole.model.plan import ThinkPlan
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp
from perfconsole.model.states import GroupState
from perfconsole.model.together import Coming

QUIET_TICKS = 2
"""Seconds in which all VUs had ended for good, since the last change, after which a group is
finished: the first of them may tell of the time before the change."""

_NO_HANDS = frozenset({"name", "alive", "rate", "_quiet"})
"""Fields that no hand changes, or that are put back elsewhere."""


@dataclass(slots=True)
class GroupSchedule:
    name: str
    planned: Profile
    start_after_s: float = 0.0
    duration_s: float | None = None
    """Clock time from its first VU; None for no end."""
    rate: RateSchedule | None = None
    """Open model: its arrivals, for which the VUs are the ceiling."""
    paused: bool = False
    held: bool = False
    by_hand: bool = False
    """A hand chose the VUs; the schedule waits until told to go on."""
    stopping: bool = False
    alive: int = 0
    """VUs alive, as last heard from the injectors."""
    initializing: bool = False
    """Its VUs play their init, or have and wait for the start."""
    waits: bool = False
    """For another group's end; its VUs may be ready already."""
    muted: bool = False
    """What goes wrong in it raises no alarm."""
    think: ThinkPlan = field(default=ThinkPlan())
    """What becomes of its think times; a hand's factor is kept when it is started again."""
    _started: bool = False
    _complete: bool = False
    """It was told to end as planned, not by a hand."""
    _age_s: float = 0.0
    """Since its first VU was wanted."""
    _initialized: int = 0
    """VUs that were to be ready before the start."""
    _highest: int = 0
    """Most VUs wanted since the start."""
    _delay_s: float = 0.0
    _quiet: int = 0
    _plan: Following = field(init=False)

    def __post_init__(self) -> None:
        self._plan = Following(self.planned)

    # ---------------------------------------------------------------- time

    def advance(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass: for start delay and plan, unless something freezes them."""
        if not self._started or self.stopping:
            return
        if self._highest:
            self._age_s += dt_s
        if self.paused or self.held or self.initializing or self.waits:
            return
        late = dt_s - self._delay_s
        self._delay_s = max(0.0, -late)
        if self._delay_s == 0.0:
            self._plan.elapsed_s += min(dt_s, late)
        self._highest = max(self._highest, self.target)

    def heard(self, alive: int, done: int, samples_left: int | None = None, busy: int = 0) -> None:
        """Once a second: how many of its VUs live, how many have ended for good, how many of its
        samples nobody has begun yet (None: they are not counted), and how many VUs of an open
        model are not idle, arrivals that wait among them."""
        self.alive = alive
        all_done = 0 < self._plan.profile.target <= done and self._plan.settled
        over = alive == 0 and self._highest > 0 and (all_done or samples_left == 0)
        if self._spent:
            over = not (alive if self.rate is None else busy)
        self._quiet = self._quiet + 1 if over else 0

    # ---------------------------------------------------------------- hands

    def initialize(self) -> None:
        """Have all VUs of the schedule play their init, and wait for the start."""
        self.start()
        self.initializing, self._initialized = True, int(self.planned.peak)

    def wait(self) -> None:
        """Start when told that another group has ended."""
        initialized = self._initialized if self.initializing else 0
        self.start()
        self.waits, self._initialized = True, initialized

    def start(self, after_s: float = 0.0) -> None:
        """The schedule from its beginning, `after_s` seconds from now."""
        self._begin_anew()
        self._awake()
        self._plan.begin()
        self._delay_s = after_s
        self.by_hand = False

    def stop(self) -> None:
        self.stopping = self._started
        self.paused = self.held = self.by_hand = self.initializing = self.waits = False
        self._quiet = 0

    def complete(self) -> None:
        """Its VUs leave after their iteration, and it is finished."""
        self.stop()
        self._complete = True

    def change(self, to: int, over_s: float = 0.0, step: int = 0, every_s: float = 0.0) -> None:
        """A new target by hand replaces what is under way, from where it stands.

        Raises ValueError, with nothing changed, for steps without number.
        """
        self.take_over(ramp(self.target, to, over_s, step, every_s))

    def take_over(self, way: Profile) -> None:
        """A hand's `way`, from the present target on, replaces what is under way."""
        if not self.running:
            self._begin_anew()
        self._awake()
        self._plan.take_over(way)
        self.by_hand = True

    def edit(self, plan: Profile) -> None:
        """`plan` replaces what is left of the one before, and is followed from now on.

        That of an open group is its rate's, edited apart.
        """
        self._awake()
        if self.rate is None:
            self._plan.edit(plan)
        self.by_hand = False

    def fewer(self, playing: int, waiting: int) -> None:
        """A hand stopped so many of the VUs that play, and of those that wait for their turn."""
        self._initialized = max(0, self._initialized - waiting)
        if playing and self.target:
            self.change(max(0, self.target - playing))

    def change_think(self, factor: float) -> None:
        """Its think times by `factor`, if they were ignored before too; the limit stays."""
        self.think = ThinkPlan(factor, self.think.limit_s)

    def go_on(self) -> None:
        """End a hold; without one, go on with the schedule where a hand took over."""
        if self.held:
            self.held = False
        else:
            now = self.target
            self._awake()
            self._plan.go_on(now, whole=True)
            self.by_hand = False

    def memento(self) -> GroupSchedule:
        """As it is now; time does not pass in it."""
        kept = copy(self)
        kept._plan = copy(self._plan)
        if self.rate is not None:
            kept.rate = self.rate.memento()
        return kept

    def put_back(self, before: GroupSchedule, after: GroupSchedule) -> None:
        """Take back what a hand has changed between these two mementos; what else has changed, the
        time that has passed among it, stays."""
        for each in fields(self):
            was = getattr(before, each.name)
            if each.name not in _NO_HANDS and was != getattr(after, each.name):
                setattr(self, each.name, copy(was) if isinstance(was, Following) else was)
        self._quiet = 0
        if self._plan == before._plan or self.initializing or self.waits:
            self._highest = before._highest  # as many wait for their turn as did then
        if not self._started and self.alive:
            self._started = self.stopping = True  # its VUs have still to leave
        if self.stopping or not self._started:
            self.paused = self.held = False

    def _begin_anew(self) -> None:
        self._age_s, self._highest = 0.0, 0
        if not self.initializing and not self.waits:
            self._initialized = 0

    def _awake(self) -> None:
        """Started, if it was not, and with no delay any more."""
        if not self._started or self.stopping:
            self._plan.begin()
        self._delay_s, self._quiet = 0.0, 0
        self._started, self.stopping, self.held = True, False, False
        self.initializing = self.waits = self._complete = False

    # ---------------------------------------------------------------- what follows from it

    @property
    def target(self) -> int:
        """VUs wanted now."""
        if not self._started or self.stopping or self._delay_s > 0:
            return 0
        if self.initializing or self.waits or (self.rate is not None and self.finished):
            return 0
        return self._plan.profile.vus(self._plan.elapsed_s)

    @property
    def told(self) -> int:
        """VUs wanted, as people are told: none of a group that has finished, though its VUs that
        have ended keep their slots."""
        return 0 if self.finished else self.target

    @property
    def ready(self) -> int:
        """VUs that are to be there now, those that wait for their turn among them."""
        if not self._started or self.stopping:
            return 0
        target = self.target
        return target + max(0, self._initialized - max(self._highest, target))

    @property
    def goal(self) -> int:
        """The most VUs wanted from now on."""
        if self.stopping:
            return 0
        if not self._started:
            return int(self.planned.peak)
        return int(self._plan.profile.most_from(self._plan.elapsed_s))

    @property
    def to_come(self) -> Coming:
        """Its VUs from now on."""
        if not self._started or self.stopping:
            return Coming(Profile())
        return Coming(self._plan.profile, self._plan.elapsed_s - self._delay_s)

    @property
    def plan(self) -> Profile:
        """What its course is counted in: VUs, or its rate."""
        return self._plan.plan if self.rate is None else self.rate.plan

    @property
    def course_s(self) -> float | None:
        """How far its plan is, seconds, less than 0 while its start delay runs; None before
        anybody knows when it begins."""
        if not self._started or self.initializing or self.waits:
            return None
        if self._delay_s > 0:
            return -self._delay_s
        return self._plan.course_s if self.rate is None else self.rate.course_s

    @property
    def _spent(self) -> bool:
        """Its plan has ended at 0."""
        return self._plan.spent if self.rate is None else self.rate.spent

    @property
    def finished(self) -> bool:
        return self._started and not self.stopping and self._quiet >= QUIET_TICKS

    @property
    def out_of_time(self) -> bool:
        return self.duration_s is not None and self._age_s >= self.duration_s and self.running

    @property
    def state(self) -> GroupState:
        if not self._started:
            return GroupState.DOWN
        if self.stopping or (self._plan.profile.target == 0 and self._plan.settled):
            return self._ended
        if self.finished:
            return GroupState.FINISHED
        if self.paused:
            return GroupState.PAUSED
        return self._under_way

    @property
    def _under_way(self) -> GroupState:
        if self.initializing:
            return GroupState.INITIALIZING
        if self.awaited:
            return GroupState.PENDING
        ramping = self._plan.changing or (self.rate is not None and self.rate.ramping)
        return GroupState.RAMPING if ramping else GroupState.RUNNING

    @property
    def _ended(self) -> GroupState:
        if self.alive or (self._spent and not self.stopping and not self.finished):
            return GroupState.STOPPING
        as_planned = self._complete or not (self.stopping or self.by_hand)
        return GroupState.FINISHED if as_planned else GroupState.STOPPED

    @property
    def running(self) -> bool:
        """Started and not on its way out."""
        return not self.initializing and self.state not in (
            GroupState.DOWN,
            GroupState.STOPPING,
            GroupState.STOPPED,
            GroupState.FINISHED,
        )

    @property
    def still(self) -> bool:
        """No ramp is under way."""
        return not self._plan.changing

    @property
    def awaited(self) -> bool:
        """It begins later: when its start delay is over, or another group has ended."""
        return self.waits or self._delay_s > 0

    @property
    def startable(self) -> bool:
        """A hand may start it now."""
        return not self.running or (self.awaited and not self.paused)

    @property
    def sloping(self) -> bool:
        """Its load moves all the time, and does not stand on a step."""
        if not self.running or self.paused or self.held or self.awaited:
            return False
        return self._plan.sloping or (self.rate is not None and self.rate.sloping)

    @property
    def slots(self) -> int:
        """VU slots the group has, used or not."""
        return int(max(self.planned.peak, self._plan.profile.peak))
