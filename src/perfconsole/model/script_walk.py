"""What is in a script: its steps within steps, and the values that go into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from perfconsole.model import plan
from perfconsole.model.holes import Hole


def names_in(script: plan.Script) -> Iterator[str]:
    """What the values are called that the steps of a script use."""
    for steps in (script.steps, script.init, script.end):
        yield from _names(steps)


def _names(steps: Iterable[plan.Step]) -> Iterator[str]:
    for step in steps:
        yield from (hole.name for hole in holes_of(step))
        for within in inner(step):
            yield from _names(within)


def holes_of(step: plan.Step) -> Iterator[Hole]:
    """Where values go into a step itself, what is within it left out."""
    match step:
        case plan.RequestStep():
            yield from step.holes
        case plan.SetStep():
            for _, text in step.values:
                yield from text.holes
        case plan.IfStep() | plan.WhileStep():
            for comparing in step.asking.comparisons:
                yield from (*comparing.left.holes, *comparing.right.holes)
        case plan.RepeatStep() if isinstance(step.times, plan.Text):
            yield from step.times.holes


def inner(step: plan.Step) -> tuple[tuple[plan.Step, ...], ...]:
    """The lists of steps within a step."""
    match step:
        case plan.TransactionStep() | plan.RepeatStep() | plan.WhileStep():
            return (step.steps,)
        case plan.IfStep():
            return (step.then, step.otherwise)
        case plan.ChooseStep() | plan.OneOfStep():
            return step.ways
        case _:
            return ()


def walk(steps: Iterable[plan.Step]) -> Iterator[plan.Step]:
    """Every step, depth first, a step before those within it."""
    for step in steps:
        yield step
        for within in inner(step):
            yield from walk(within)


def requests_in(script: plan.Script) -> Iterator[plan.RequestStep]:
    for step in walk((*script.init, *script.steps, *script.end)):
        if isinstance(step, plan.RequestStep):
            yield step


def sets_in(script: plan.Script) -> Iterator[plan.SetStep]:
    for step in walk((*script.init, *script.steps, *script.end)):
        if isinstance(step, plan.SetStep):
            yield step
