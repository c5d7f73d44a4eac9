"""The groups of a run by name, as people name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.refusal import Refusal
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class Roster:
    schedules: dict[str, GroupSchedule]

    def named(self, names: Sequence[str]) -> list[GroupSchedule]:
        """Those groups; ``all`` is all of them. Raises Refusal."""
        self.demand_groups()
        if any(map(self.means_all, names)):
            return list(self.schedules.values())
        return [self.group(name) for name in dict.fromkeys(names)]

    def means_all(self, name: str) -> bool:
        return name == "all" and name not in self.schedules

    def group(self, name: str) -> GroupSchedule:
        """Raises Refusal."""
        self.demand_groups()
        if name not in self.schedules:
            known = ", ".join(self.schedules)
            raise Refusal(
                say("there is no group {name!r}; there are: {known}", name=name, known=known)
            )
        return self.schedules[name]

    def demand_groups(self) -> None:
        """Raises Refusal in a run that only watches servers."""
        if not self.schedules:
            raise Refusal(say("this run has no groups; it has servers to watch"))

    def words(self, groups: Sequence[GroupSchedule]) -> str:
        if len(groups) == len(self.schedules) > 1:
            return say("all groups")
        return ", ".join(group.name for group in groups)
