"""How far a planned load has been followed, and what hands have made of it. No clocks inside."""

from __future__ import annotations

from dataclasses import dataclass, field

from perfconsole.model.profile import Profile
from perfconsole.model.sketch import rest_of


@dataclass(slots=True)
class Following:
    """Nothing is wanted before `begin`."""

    planned: Profile
    profile: Profile = field(default=Profile())
    """Followed now: the plan, what a hand left of it, or a hand's own."""
    plan: Profile = field(init=False)
    """Whose course is counted: `planned`, or what a hand has made of the rest of it."""
    elapsed_s: float = 0.0
    """How far `profile` is."""
    _left: tuple[Profile, float] | None = None
    """What was followed when a hand took over, and how far it was."""
    _ahead_s: float = 0.0
    """How much further the plan is than what is followed, or was left."""

    def __post_init__(self) -> None:
        self.plan = self.planned

    def begin(self) -> None:
        """What was planned, from its beginning."""
        self.edit(self.planned)

    def edit(self, plan: Profile) -> None:
        """`plan` from its beginning, instead of what is left of the one before."""
        self.plan = self.profile = plan
        self.elapsed_s, self._left, self._ahead_s = 0.0, None, 0.0

    def take_over(self, way: Profile) -> None:
        """A hand's `way` instead of what is followed."""
        if self._left is None:
            self._left = (self.profile, self.elapsed_s)
        self.profile, self.elapsed_s = way, 0.0

    def go_on(self, now: float, *, whole: bool = False) -> None:
        """With the plan where a hand took over, from the load `now`; nothing where none has."""
        if self._left is None:
            return
        left, elapsed_s = self._left
        rest = rest_of(left, elapsed_s, now, whole=whole)
        self._ahead_s += left.length_s - rest.length_s
        self.profile, self.elapsed_s, self._left = rest, 0.0, None

    @property
    def by_hand(self) -> bool:
        return self._left is not None

    def changed_since(self, before: Following) -> bool:
        """Something but time has changed it."""
        return (
            self.profile is not before.profile
            or self._left != before._left
            or self._ahead_s != before._ahead_s
            or self.elapsed_s < before.elapsed_s
        )

    @property
    def course_s(self) -> float:
        """How far the plan is, seconds; it stands while a hand has taken over."""
        return (self.elapsed_s if self._left is None else self._left[1]) + self._ahead_s

    @property
    def settled(self) -> bool:
        """The load is there for good."""
        return self.elapsed_s >= self.profile.length_s

    @property
    def changing(self) -> bool:
        return self.profile.changing(self.elapsed_s)

    @property
    def sloping(self) -> bool:
        return self.profile.sloping(self.elapsed_s)

    @property
    def spent(self) -> bool:
        """The plan has come to its end, and that is a load of 0."""
        return self.settled and not self.by_hand and self.profile.peak > 0 == self.profile.target
