"""VUs that are paused one by one: who they are, as far as the injectors have not told otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from perfconsole.model import wire

Place = tuple[str, int]
"""Group and injector."""


class SinglePauses:
    def __init__(self) -> None:
        self._slots: dict[Place, set[int]] = {}
        self._unacted: dict[Place, int] = {}
        """The last order to pause any: until it is acted on, ticks tell of the time before."""

    def any_in(self, group: str) -> bool:
        return any(name == group for name, _ in self._slots)

    def includes(self, group: str, injector: int, slot: int) -> bool:
        return slot in self._slots.get((group, injector), ())

    def alone(self, group: str) -> list[str]:
        """The ids of those of a group, as lists of VUs show them."""
        return [
            f"{injector}.{slot}"
            for (name, injector), slots in sorted(self._slots.items())
            if name == group
            for slot in sorted(slots)
        ]

    # ---------------------------------------------------------------- hands

    def paused(self, group: str, slots: Mapping[int, Iterable[int]], order: int) -> None:
        """By injector."""
        for injector, some in slots.items():
            self._slots.setdefault((group, injector), set()).update(some)
            self._unacted[group, injector] = order

    def resumed(self, group: str, slots: Mapping[int, Iterable[int]]) -> None:
        for injector, some in slots.items():
            left = self._slots.get((group, injector), set()).difference(some)
            if left:
                self._slots[group, injector] = left
            else:
                self._forget((group, injector))

    def group_resumed(self, group: str) -> None:
        """All of it."""
        for place in [place for place in self._slots if place[0] == group]:
            self._forget(place)

    # ---------------------------------------------------------------- injectors

    def acted(self, injector: int, order: int) -> None:
        for place, awaited in list(self._unacted.items()):
            if place[1] == injector and awaited == order:
                del self._unacted[place]

    def took(self, tick: wire.InjectorTick) -> None:
        """VUs that were paused may have been told to leave."""
        for group in tick.groups:
            place = group.name, tick.injector
            if place in self._slots and place not in self._unacted and not group.held:
                self._forget(place)

    def lost(self, injector: int) -> None:
        for place in [place for place in self._slots if place[1] == injector]:
            self._forget(place)

    def _forget(self, place: Place) -> None:
        self._slots.pop(place, None)
        self._unacted.pop(place, None)
