"""A group's flow, compiled once per injector into small steps that VUs play.

Every step answers whether it passed; the first that did not ends its transactions and the
iteration. Of what is skipped then, the think times remain: a target that fails is asked no faster.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from perfconsole.injector.gate import Gate
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin, Request, prepare
from perfconsole.injector.template import Template
from perfconsole.injector.values import Values
from perfconsole.model import plan
from perfconsole.model.states import StopMode
from perfconsole.model.wait import Wait


class Player(Protocol):
    """What a step needs of the VU that plays it."""

    gate: Gate
    leaving: StopMode | None
    excluded_s: float
    now: float
    """`perf_counter` when its last request or wait was over."""
    late_us: float | None
    """Open model: how long after its arrival was due its iteration began, until a transaction has
    taken that on. None: closed model."""
    skipped: list[Think]
    """Think times after the step that failed, inner ones first: they are waited all the same."""
    values: Values
    """Of its present iteration."""

    async def border(self) -> None: ...
    def fetch(self, request: Request) -> Coroutine[Any, Any, bool]: ...
    async def think(self, wait: Wait) -> None: ...
    async def gather(self, point: str) -> None: ...


class Step(Protocol):
    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        """Resolves to whether it passed. Few frames deep: each VU keeps them all while it waits."""


@dataclass(frozen=True, slots=True)
class Fetch:
    request: Request

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        return vu.fetch(self.request)


@dataclass(frozen=True, slots=True)
class FilledFetch:
    template: Template

    def play(self, vu: Player) -> Coroutine[Any, Any, bool]:
        return vu.fetch(self.template.filled(vu.values))


@dataclass(frozen=True, slots=True)
class Think:
    wait: Wait

    async def play(self, vu: Player) -> bool:
        await vu.think(self.wait)
        return True


@dataclass(frozen=True, slots=True)
class Gather:
    point: str

    async def play(self, vu: Player) -> bool:
        await vu.gather(self.point)
        return True


@dataclass(frozen=True, slots=True)
class Transaction:
    number: int
    """Under which it is recorded."""
    steps: tuple[Step, ...]
    recorder: Recorder

    async def play(self, vu: Player) -> bool:
        began, excluded_s = perf_counter(), vu.excluded_s
        late_us = vu.late_us
        if late_us:
            vu.late_us = 0.0
        passed = True
        try:
            rest = iter(self.steps)
            for step in rest:
                if vu.gate.closed or vu.leaving is not None:
                    await vu.border()
                if not await step.play(vu):
                    passed = False
                    vu.skipped.extend(thinks(rest))
                    break
        except BaseException:
            self.recorder.transaction_cut(self.number)
            raise
        took_s = vu.now - began - (vu.excluded_s - excluded_s)
        took_us = took_s * 1e6 if took_s > 0 else 0.0
        if late_us is None:
            if passed:
                self.recorder.transaction_passed(self.number, took_us)
            else:
                self.recorder.transaction_failed(self.number, took_us)
        elif passed:
            self.recorder.arrival_passed(self.number, took_us, late_us)
        else:
            self.recorder.transaction_failed(self.number, took_us + late_us)
        return passed


def thinks(steps: Iterable[Step]) -> Iterator[Think]:
    """All think times in `steps`, those within transactions among them."""
    for step in steps:
        if isinstance(step, Think):
            yield step
        elif isinstance(step, Transaction):
            yield from thinks(step.steps)


Traced = Callable[[plan.Step, Step], Step]
"""A step of the plan, and what it was compiled to: in a rehearsal another comes in its place."""


def compiled(
    steps: Sequence[plan.Step],
    group: str,
    origin: Origin,
    recorder: Recorder,
    traced: Traced | None = None,
) -> tuple[Step, ...]:
    """A group's flow ready to play; a request outside any transaction is one of its own name."""
    return tuple(_compiled(step, group, origin, recorder, traced, inside=False) for step in steps)


def _compiled(
    step: plan.Step,
    group: str,
    origin: Origin,
    recorder: Recorder,
    traced: Traced | None,
    *,
    inside: bool,
) -> Step:
    made = _made(step, group, origin, recorder, traced, inside=inside)
    return made if traced is None else traced(step, made)


def _made(
    step: plan.Step,
    group: str,
    origin: Origin,
    recorder: Recorder,
    traced: Traced | None,
    *,
    inside: bool,
) -> Step:
    match step:
        case plan.RequestStep():
            request = prepare(step, origin, recorder.request_number(group, step.name))
            fetch = FilledFetch(Template(request, step.holes)) if step.holes else Fetch(request)
            if inside:
                return fetch
            return Transaction(recorder.number(group, step.name), (fetch,), recorder)
        case plan.ThinkStep():
            return Think(step.wait)
        case plan.RendezvousStep():
            return Gather(step.point)
        case plan.TransactionStep():
            within = tuple(
                _compiled(each, group, origin, recorder, traced, inside=True) for each in step.steps
            )
            return Transaction(recorder.number(group, step.name), within, recorder)
        case _:
            raise NotImplementedError(step)


def always_waits(steps: Sequence[plan.Step]) -> bool:
    """Whether every pass gives other VUs a turn: a flow of points alone may not."""
    return any(
        isinstance(step, plan.RequestStep | plan.ThinkStep)
        or (isinstance(step, plan.TransactionStep) and always_waits(step.steps))
        for step in steps
    )
