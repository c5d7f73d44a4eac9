"""The steps that play others again and again.

A round that may hold neither request nor think time still gives other VUs a turn, and orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from perfconsole.injector.error_modes import failed
from perfconsole.injector.failure import Failure, no_count, no_value, still_so
from perfconsole.injector.filling import Filling
from perfconsole.injector.player import Player, Step, as_they_stand
from perfconsole.injector.questions import Holds
from perfconsole.injector.values import NoValue
from perfconsole.model.scalars import OnError
from perfconsole.model.wait import Wait

MOST_TIMES = 1_000_000
_EMPTY_ROUNDS = 20
"""So many rounds in a row without think time, and the rest is taken to have none."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is played again and again."""

    steps: Step
    always_waits: bool
    has_thinks: bool
    """Think time is somewhere in it."""

    def thinks(self, times: int, vu: Player) -> Iterator[Wait]:
        """Of so many rounds."""
        empty = 0 if self.has_thinks else _EMPTY_ROUNDS
        for _ in range(times):
            if empty == _EMPTY_ROUNDS:
                return
            empty += 1
            for wait in self.steps.thinks(vu):
                empty = 0
                yield wait


@dataclass(frozen=True, slots=True)
class Repeat:
    times: tuple[int, int] | Filling
    """The fewest and the most, or a text that is to be a number."""
    round: Round
    on_error: OnError

    async def play(self, vu: Player) -> bool:
        try:
            fewest, most = self._times(vu.values)
        except NoValue as missing:
            return await self._miscounted(vu, no_value(missing.name))
        except ValueError as error:
            return await self._miscounted(vu, no_count(str(error)))
        times = fewest if fewest == most else vu.random.randint(fewest, most)
        one = self.round
        for left in range(times - 1, -1, -1):
            if vu.gate.closed or vu.leaving is not None:
                await vu.border()
            if not one.always_waits:
                await asyncio.sleep(0)
            if not await one.steps.play(vu):
                vu.skipped.append(one.thinks(left, vu))
                return False
        return True

    def _times(self, values: Mapping[str, str]) -> tuple[int, int]:
        """Raises KeyError, or ValueError with the text that is no number."""
        if isinstance(self.times, tuple):
            return self.times
        text = self.times.filled(values).strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > MOST_TIMES:
            raise ValueError(text)
        return int(text), int(text)

    async def _miscounted(self, vu: Player, why: Failure) -> bool:
        assert isinstance(self.times, Filling)
        return await failed(vu, f"repeat {self.times.shown}", why, self.on_error)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """Of the fewest times."""
        try:
            fewest, _ = self._times(as_they_stand(vu))
        except (KeyError, ValueError):
            return ()
        return self.round.thinks(fewest, vu)


@dataclass(frozen=True, slots=True)
class While:
    name: str
    """In errors: the condition as it was written."""
    holds: Holds
    round: Round
    limit: int
    on_error: OnError

    async def play(self, vu: Player) -> bool:
        one = self.round
        for _ in range(self.limit):
            if vu.gate.closed or vu.leaving is not None:
                await vu.border()
            if not self.holds(vu.values):
                return True
            if not one.always_waits:
                await asyncio.sleep(0)
            if not await one.steps.play(vu):
                return False
        if not self.holds(vu.values):
            return True
        return await failed(vu, self.name, still_so(self.limit), self.on_error)

    def thinks(self, vu: Player) -> Iterable[Wait]:
        """Of one round, when it holds as the values stand: more are not sure."""
        return self.round.thinks(1, vu) if self.holds(as_they_stand(vu)) else ()
