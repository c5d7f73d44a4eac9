"""The load of a whole scenario over time, as it is planned: for a picture and for sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perfconsole.model.profile import Profile
from perfconsole.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Planned:
    """When a group begins and ends, run seconds, and its load in between."""

    profile: Profile
    begins_s: float
    ends_s: float | None
    """None: with the run, or when its iterations are done."""

    def at(self, second: float) -> float:
        over = self.ends_s is not None and second >= self.ends_s
        return 0.0 if over or second < self.begins_s else self.profile.at(second - self.begins_s)

    @property
    def stage_begins_s(self) -> Iterator[float]:
        yield self.begins_s
        for stage in self.profile.stages:
            yield self.begins_s + self.profile.times[stage.last]

    @property
    def settled_s(self) -> float:
        """From then on nothing changes."""
        return self.begins_s + self.profile.length_s if self.ends_s is None else self.ends_s


@dataclass(frozen=True, slots=True)
class LoadGraph:
    """Sums over the groups in equal times one after the other, the highest of each."""

    length_s: float
    vus: tuple[float, ...]
    """Of closed groups."""
    rates: tuple[float, ...]
    """Arrivals a second of open ones."""
    unknown: tuple[str, ...]
    """Groups that begin after one whose end nobody knows; they are not in the sums."""


def load_graph(scenario: Scenario, width: int) -> LoadGraph | None:
    """None when the load never changes."""
    planned = {name: planned_of(scenario, name) for name in scenario.groups}
    known = {name: each for name, each in planned.items() if each is not None}
    end_s = max((each.settled_s for each in known.values()), default=0.0)
    if not end_s:
        return None
    # What stays is drawn for a little while, so that it is seen to stay.
    length_s = end_s if _all_end(known) else scenario.duration or end_s * 1.1
    opened = {name for name, group in scenario.groups.items() if group.open}
    return LoadGraph(
        length_s,
        _sums([each for name, each in known.items() if name not in opened], length_s, width),
        _sums([each for name, each in known.items() if name in opened], length_s, width),
        tuple(name for name, each in planned.items() if each is None),
    )


def _sums(planned: list[Planned], length_s: float, width: int) -> tuple[float, ...]:
    """The highest sums in `width` columns, with no short spike left out."""
    highest = [0.0] * width
    changes = {begin_s for each in planned for begin_s in each.stage_begins_s}
    middles = (length_s * (n + 0.5) / width for n in range(width))
    for moment in (*middles, *changes):
        column = int(width * moment / length_s)
        if column < width:
            highest[column] = max(highest[column], sum(each.at(moment) for each in planned))
    return tuple(highest)


def _all_end(planned: dict[str, Planned]) -> bool:
    return all(each.ends_s is not None for each in planned.values())


def planned_of(scenario: Scenario, name: str) -> Planned | None:
    """None when it begins after a group whose end nobody knows."""
    group = scenario.groups[name]
    begins_s, waited = group.start_after, {name}
    before = group.after_group
    while before is not None:
        if before in waited or before not in scenario.groups:
            return None
        waited.add(before)
        length_s = _length_s(scenario, before)
        if length_s is None:
            return None
        begins_s += scenario.groups[before].start_after + length_s
        before = scenario.groups[before].after_group
    length_s = _length_s(scenario, name)
    profile = scenario.rate_curve_of(name) or scenario.curve_of(name)
    return Planned(profile, begins_s, None if length_s is None else begins_s + length_s)


def _length_s(scenario: Scenario, name: str) -> float | None:
    """From its beginning to its end, where that is planned."""
    profile = scenario.rate_curve_of(name) or scenario.curve_of(name)
    length_s = profile.length_s if profile.target == 0 else None
    own_s = scenario.groups[name].duration
    return own_s if length_s is None else length_s if own_s is None else min(own_s, length_s)
