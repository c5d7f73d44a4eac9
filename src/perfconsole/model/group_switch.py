"""What is on or off for all groups, but for some of them: the two sides of a wire agree on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True)
class GroupSwitch:
    on: bool = True
    """For all but `others`."""
    others: set[str] = field(default_factory=set)

    def is_on(self, group: str) -> bool:
        return self.on != (group in self.others)

    def turn(self, on: bool, groups: Collection[str] = ()) -> None:
        """For these groups, or for all when there are none."""
        if not groups:
            self.on = on
            self.others.clear()
        elif on == self.on:
            self.others.difference_update(groups)
        else:
            self.others.update(groups)
