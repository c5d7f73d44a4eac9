"""The most VUs that several groups have at one time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfconsole.model.profile import Profile

_JUST_BEFORE_S = 1e-6


@dataclass(frozen=True, slots=True)
class Coming:
    """One group's VUs from now on."""

    profile: Profile
    elapsed_s: float = 0.0
    """How far it is; below 0 for so long until it begins."""
    ends_s: float | None = None
    """Of the profile; then nobody is left."""
    first: str | None = None
    """The group whose end it waits for: the two are never there together."""

    @property
    def most(self) -> float:
        return self.profile.most_from(self.elapsed_s)

    def at(self, s: float) -> float:
        t = self.elapsed_s + s
        over = self.ends_s is not None and t >= self.ends_s
        return 0.0 if t < 0 or over else self.profile.at(t)

    def turns(self) -> Iterator[float]:
        """When it begins, turns or ends, seconds from now."""
        for t in self.profile.times:
            if t > self.elapsed_s:
                yield t - self.elapsed_s
                yield t - self.elapsed_s - _JUST_BEFORE_S
        if self.ends_s is not None:
            yield self.ends_s - self.elapsed_s - _JUST_BEFORE_S


def most_together(groups: Mapping[str, Coming], enough: float = 0.0) -> int:
    """At most, from now on. A sum that is not over `enough` need not be the least one."""
    chained = {each.first for each in groups.values()} | {
        name for name, each in groups.items() if each.first in groups
    }
    fixed = sum(
        _of_chain(name, groups)
        for name in groups
        if name in chained and groups[name].first not in groups
    )
    alone = [each for name, each in groups.items() if name not in chained]
    bound = fixed + sum(each.most for each in alone)
    return int(bound if bound <= enough else fixed + _highest_sum(alone))


def _of_chain(name: str, groups: Mapping[str, Coming]) -> float:
    """Of a group, or of those that come after it."""
    later = (each for each, coming in groups.items() if coming.first == name)
    return max(groups[name].most, sum(_of_chain(each, groups) for each in later))


def _highest_sum(parts: Sequence[Coming]) -> float:
    moments = {0.0, *(max(0.0, s) for part in parts for s in part.turns())}
    return max(sum(part.at(s) for part in parts) for s in moments)
