"""The steps that do one thing: ask, think, meet, set; and the transaction around others.

Every step answers whether it passed; the first that did not ends its transactions and the
iteration. Of what is skipped then, the think times remain: a target that fails is asked no faster.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from perfconsole.injector.failure import no_value
from perfconsole.injector.filling import Filling
from perfconsole.injector.player import Player, Step, thinks_of
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Request
from perfconsole.injector.template import Template
from perfconsole.injector.values import NoValue
from perfconsole.model.wait import Wait


class Thoughtless:
    """A step without think time."""

    __slots__ = ()

    def thinks(self, _vu: Player) -> Iterable[Wait]:
        return ()


@dataclass(frozen=True, slots=True)
class Fetch(Thoughtless):
    request: Request

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        return vu.fetch(self.request)


@dataclass(frozen=True, slots=True)
class FilledFetch(Thoughtless):
    name: str
    template: Template

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        try:
            request = self.template.filled(vu.values)
        except NoValue as missing:
            return vu.fail(self.name, no_value(missing.name))
        return vu.fetch(request)


@dataclass(frozen=True, slots=True)
class Think:
    wait: Wait

    async def play(self, vu: Player) -> bool:
        await vu.think(self.wait)
        return True

    def thinks(self, _vu: Player) -> Iterable[Wait]:
        return (self.wait,)


@dataclass(frozen=True, slots=True)
class Gather(Thoughtless):
    point: str

    async def play(self, vu: Player) -> bool:
        await vu.gather(self.point)
        return True


@dataclass(frozen=True, slots=True)
class Assign(Thoughtless):
    """Variables get values, each of which later ones may use."""

    texts: tuple[tuple[str, Filling], ...]

    async def play(self, vu: Player) -> bool:
        values = vu.values
        for name, text in self.texts:
            try:
                values[name] = text.filled(values)
            except NoValue as missing:
                return await vu.fail(f"set {name}", no_value(missing.name))
        return True


@dataclass(frozen=True, slots=True)
class Transaction:
    number: int
    """Under which it is recorded."""
    steps: tuple[Step, ...]
    recorder: Recorder

    async def play(self, vu: Player) -> bool:
        began, excluded_s = perf_counter(), vu.excluded_s
        late_us, tolerated = vu.late_us, vu.tolerated
        if late_us:
            vu.late_us = 0.0
        goes_on = True
        try:
            rest = iter(self.steps)
            for step in rest:
                if vu.gate.closed or vu.leaving is not None:
                    await vu.border()
                if not await step.play(vu):
                    goes_on = False
                    vu.skipped.append(thinks_of(rest, vu))
                    break
        except BaseException:
            self.recorder.transaction_cut(self.number)
            raise
        took_s = vu.now - began - (vu.excluded_s - excluded_s)
        took_us = took_s * 1e6 if took_s > 0 else 0.0
        passed = goes_on and vu.tolerated == tolerated
        if late_us is None:
            if passed:
                self.recorder.transaction_passed(self.number, took_us)
            else:
                self.recorder.transaction_failed(self.number, took_us)
        elif passed:
            self.recorder.arrival_passed(self.number, took_us, late_us)
        else:
            self.recorder.transaction_failed(self.number, took_us + late_us)
        return goes_on

    def thinks(self, vu: Player) -> Iterable[Wait]:
        return thinks_of(self.steps, vu)
