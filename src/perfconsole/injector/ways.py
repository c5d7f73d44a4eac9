"""Steps one after the other, and the steps that choose which others are played.

One that chooses hands on the chosen steps' own coroutine: it adds no frame to what a VU keeps
while it waits.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from perfconsole.injector.player import Player, Step, as_they_stand, thinks_of
from perfconsole.injector.questions import Holds
from perfconsole.model.wait import Wait


@dataclass(frozen=True, slots=True)
class InOrder:
    """Steps within another; see `in_order`."""

    steps: tuple[Step, ...]

    async def play(self, vu: Player) -> bool:
        rest = iter(self.steps)
        for step in rest:
            if vu.gate.closed or vu.leaving is not None:
                await vu.border()
            if not await step.play(vu):
                vu.skipped.append(thinks_of(rest, vu))
                return False
        return True

    def thinks(self, vu: Player) -> Iterable[Wait]:
        return thinks_of(self.steps, vu)


def in_order(steps: Sequence[Step]) -> Step:
    """`steps` one after the other, as one step."""
    return steps[0] if len(steps) == 1 else InOrder(tuple(steps))


@dataclass(frozen=True, slots=True)
class If:
    holds: Holds
    then: Step
    otherwise: Step

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        return (self.then if self.holds(vu.values) else self.otherwise).play(vu)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """Of the way that it would go as the values stand."""
        return (self.then if self.holds(as_they_stand(vu)) else self.otherwise).thinks(vu)


@dataclass(frozen=True, slots=True)
class Choose:
    """One way at random."""

    ways: tuple[Step, ...]
    up_to: tuple[float, ...]
    """Sums of the weights of the ways up to each."""

    @classmethod
    def by_weight(cls, ways: Iterable[Step], weights: Iterable[float]) -> Choose:
        return cls(tuple(ways), tuple(accumulate(weights)))

    def _drawn(self, vu: Player) -> Step:
        return vu.random.choices(self.ways, cum_weights=self.up_to)[0]

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        return self._drawn(vu).play(vu)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """Of a way at random, as if it were played."""
        return self._drawn(vu).thinks(vu)


@dataclass(slots=True)
class OneOf:
    """The next way: all VUs of the group go round them together."""

    ways: tuple[Step, ...]
    _next: int = 0

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        way = self.ways[self._next]
        self._next = (self._next + 1) % len(self.ways)
        return way.play(vu)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """Of the way whose turn it is; it stays its turn."""
        return self.ways[self._next].thinks(vu)
