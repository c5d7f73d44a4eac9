"""What one open group's rate is meant to be: its plan, and what hands have made of it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from enum import Enum, auto

from perfconsole.controller.load.following import Following
from perfconsole.model import wire
from perfconsole.model.profile import Profile
from perfconsole.model.sketch import ramp

AHEAD_S = 0.02
"""Orders hold from so much later: every injector has them by then and changes over at once."""


class ArrivalMode(Enum):
    """What a group's arrivals do."""

    OFF = auto()
    STILL = auto()
    """Paused: they go on where they stood."""
    HELD = auto()
    """They come, but the plan waits."""
    ON = auto()


@dataclass(slots=True)
class RateSchedule:
    """One group's rate, and how many arrivals there have been. Times are run seconds."""

    planned: Profile
    _count: float = 0.0
    """Arrivals until `_now_s`."""
    _now_s: float = 0.0
    _coming: ArrivalMode = ArrivalMode.OFF
    _plan: Following = field(init=False)
    """As far as it is at `_now_s`."""

    def __post_init__(self) -> None:
        self._plan = Following(self.planned)

    @property
    def now(self) -> float:
        """Arrivals a second wanted now."""
        return self.stands if self.arriving else 0.0

    @property
    def arriving(self) -> bool:
        """Arrivals come."""
        return self._coming in (ArrivalMode.ON, ArrivalMode.HELD)

    @property
    def stands(self) -> float:
        """The same, whether or not a pause keeps arrivals away."""
        return self._plan.profile.at(self._plan.elapsed_s)

    @property
    def asked(self) -> int:
        """Arrivals wanted since the start."""
        return int(self._count)

    @property
    def ramping(self) -> bool:
        return self._coming is not ArrivalMode.OFF and self._plan.changing

    @property
    def sloping(self) -> bool:
        """The rate moves all the time."""
        return self._coming is ArrivalMode.ON and self._plan.sloping

    @property
    def spent(self) -> bool:
        """The plan has ended at no arrivals."""
        return self._plan.spent

    @property
    def plan(self) -> Profile:
        """What its course is counted in."""
        return self._plan.plan

    @property
    def course_s(self) -> float:
        """How far the plan is, seconds."""
        return self._plan.course_s

    def follow(self, coming: ArrivalMode, by_hand: bool, now_s: float) -> bool:
        """Go on to `now_s`, and with `coming` from there; whether there is a new law to order.

        `by_hand`: the group is not told to follow its schedule.
        """
        self._advance(now_s)
        before, planned_again = self._coming, self._plan.by_hand and not by_hand
        if planned_again and before is ArrivalMode.OFF:
            self._plan.begin()
        elif planned_again:
            self._advance(now_s + AHEAD_S)
            self._plan.go_on(self.stands)
        if coming is not before:
            if before is ArrivalMode.OFF and not self._plan.by_hand:
                self._plan.begin()
            if coming in (ArrivalMode.ON, ArrivalMode.HELD):
                self._advance(now_s + AHEAD_S)
            self._coming = coming
        return self.arriving and (planned_again or coming is not before)

    def change(self, to: float, over_s: float, now_s: float) -> None:
        """A new rate by hand replaces the plan under way from where it stands."""
        self._advance(now_s + AHEAD_S)
        self._plan.take_over(ramp(self.stands, to, over_s))

    def edit(self, plan: Profile, now_s: float) -> None:
        """`plan` replaces what is left of the one before."""
        self._advance(now_s + AHEAD_S)
        self._plan.edit(plan)

    def memento(self) -> RateSchedule:
        """As it is now."""
        kept = copy(self)
        kept._plan = copy(self._plan)
        return kept

    def put_back(self, before: RateSchedule, after: RateSchedule, now_s: float) -> None:
        """Take back what a hand has changed between these two mementos, from `now_s` on."""
        self._advance(now_s + AHEAD_S)
        if after._plan.changed_since(before._plan):
            self._plan = copy(before._plan)
        if self._coming is ArrivalMode.OFF and before._coming is not ArrivalMode.OFF:
            self._coming = ArrivalMode.STILL  # else they would begin anew

    def order(self, group: str, now_s: float, share: int, of: int, number: int) -> wire.SetRate:
        """The law from a little after `now_s` on, for one of `of` injectors."""
        self._advance(now_s + AHEAD_S)
        law, since_s = self._plan.profile, self._plan.elapsed_s
        if self._coming is ArrivalMode.HELD:
            law, since_s = ramp(0.0, self.stands), 0.0
        return wire.SetRate(number, group, self._now_s, self._count, law, since_s, share, of)

    def _advance(self, now_s: float) -> None:
        dt_s = now_s - self._now_s
        if dt_s <= 0:
            return
        self._now_s = now_s
        if self._coming is ArrivalMode.HELD:
            self._count += self.stands * dt_s
        elif self._coming is ArrivalMode.ON:
            plan = self._plan
            before, plan.elapsed_s = plan.elapsed_s, plan.elapsed_s + dt_s
            self._count += plan.profile.count(plan.elapsed_s) - plan.profile.count(before)
