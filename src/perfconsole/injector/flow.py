"""A group's flow, compiled once per injector into small steps that VUs play."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfconsole.injector.error_modes import guarded
from perfconsole.injector.failure import one_line
from perfconsole.injector.filling import Filling
from perfconsole.injector.loops import Repeat, Round, While
from perfconsole.injector.player import Step
from perfconsole.injector.questions import question
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.request import Origin, prepare
from perfconsole.injector.simple_steps import (
    Assign,
    Fetch,
    FilledFetch,
    Gather,
    Think,
    Transaction,
)
from perfconsole.injector.template import Template
from perfconsole.injector.ways import Choose, If, OneOf, in_order
from perfconsole.model import plan
from perfconsole.model.script_walk import inner, walk

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
    return _Compiler(group, origin, recorder, traced).steps(steps, inside=False)


@dataclass(frozen=True, slots=True)
class _Compiler:
    group: str
    origin: Origin
    recorder: Recorder
    traced: Traced | None

    def steps(self, steps: Sequence[plan.Step], *, inside: bool) -> tuple[Step, ...]:
        """`inside` a transaction."""
        made = ((step, self._step(step, inside=inside)) for step in steps)
        if self.traced is None:
            return tuple(each for _, each in made)
        return tuple(self.traced(step, each) for step, each in made)

    def _step(self, step: plan.Step, *, inside: bool) -> Step:  # noqa: PLR0911 - one per kind
        match step:
            case plan.RequestStep():
                fetch = self._fetch(step)
                return fetch if inside else self._transaction(step.name, (fetch,))
            case plan.ThinkStep():
                return Think(step.wait)
            case plan.RendezvousStep():
                return Gather(step.point)
            case plan.TransactionStep():
                return self._transaction(step.name, self.steps(step.steps, inside=True))
            case plan.SetStep():
                texts = tuple((name, Filling.of(text)) for name, text in step.values)
                return guarded(Assign(texts), f"set {step.values[0][0]}", step.on_error)
            case plan.IfStep():
                then, otherwise = (self._way(way, inside) for way in (step.then, step.otherwise))
                return If(question(step.asking), then, otherwise)
            case plan.RepeatStep():
                times = step.times if isinstance(step.times, tuple) else Filling.of(step.times)
                return Repeat(times, self._round(step.steps, inside), step.on_error)
            case plan.WhileStep():
                return While(
                    one_line(f"while {step.asking.shown}"), question(step.asking),
                    self._round(step.steps, inside), step.limit, step.on_error,
                )  # fmt: skip
            case plan.ChooseStep():
                ways = (self._way(way, inside) for way in step.ways)
                return Choose.by_weight(ways, step.weights)
            case plan.OneOfStep():
                return OneOf(tuple(self._way(way, inside) for way in step.ways))

    def _fetch(self, step: plan.RequestStep) -> Step:
        request = prepare(step, self.origin, self.recorder.request_number(self.group, step.name))
        fetch: Step = Fetch(request)
        if step.holes:
            fetch = FilledFetch(step.name, Template(request, step.holes))
        return guarded(fetch, step.name, step.on_error)

    def _transaction(self, name: str, steps: tuple[Step, ...]) -> Step:
        return Transaction(self.recorder.number(self.group, name), steps, self.recorder)

    def _way(self, steps: Sequence[plan.Step], inside: bool) -> Step:
        return in_order(self.steps(steps, inside=inside))

    def _round(self, steps: Sequence[plan.Step], inside: bool) -> Round:
        has_thinks = any(isinstance(each, plan.ThinkStep) for each in walk(steps))
        return Round(self._way(steps, inside), always_waits(steps), has_thinks)


def always_waits(steps: Sequence[plan.Step]) -> bool:
    """Whether every pass gives other VUs a turn: a flow of points alone may not."""
    return any(_always_waits(step) for step in steps)


def _always_waits(step: plan.Step) -> bool:
    match step:
        case plan.RequestStep() | plan.ThinkStep():
            return True
        case plan.RepeatStep() if isinstance(step.times, plan.Text) or step.times[0] == 0:
            return False
        case plan.WhileStep():
            return False
        case _:
            ways = inner(step)
            return bool(ways) and all(always_waits(way) for way in ways)
