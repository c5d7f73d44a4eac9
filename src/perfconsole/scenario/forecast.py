"""How many requests a second to expect of each group, before anybody has answered one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from perfconsole.model.group import GroupSpec
from perfconsole.model.scenario import Scenario
from perfconsole.model.steps import (
    ChooseSpec,
    FlowSpec,
    IfSpec,
    OneOfSpec,
    PacingSpec,
    PlaySpec,
    RepeatSpec,
    RequestSpec,
    StepSpec,
    ThinkSpec,
    TransactionSpec,
    WhileSpec,
)
from perfconsole.model.wait import Wait, parse_pacing


@dataclass(frozen=True, slots=True)
class Work:
    """What an iteration comes to on average: requests, and seconds in which it only waits."""

    requests: float = 0.0
    waits_s: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(self.requests + other.requests, self.waits_s + other.waits_s)

    def times(self, factor: float) -> Work:
        return Work(self.requests * factor, self.waits_s * factor)


@dataclass(frozen=True, slots=True)
class Span:
    """The work of the least and of the most that conditions and variables may bring about."""

    least: Work = Work()
    most: Work = Work()

    def __add__(self, other: Span) -> Span:
        return Span(self.least + other.least, self.most + other.most)

    def times(self, fewest: float, most: float) -> Span:
        return Span(self.least.times(fewest), self.most.times(most))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one group. Redirects and what fails are not in it."""

    requests: tuple[float, float]
    """Of an iteration, on average: the fewest and the most."""
    cycle_s: tuple[float, float]
    """Waits of an iteration and between two of them, those with the fewest and the most requests:
    answers would take no time at all. 0: it asks as fast as it is answered."""
    open_ended: bool
    """A variable says how often some steps are played: there may be more."""

    def per_s(self, vus: float) -> tuple[float, float] | None:
        """Requests a second that `vus` VUs send at most; None where only answers slow them."""
        if not all(self.cycle_s):
            return None
        rates = [vus * n / s for n, s in zip(self.requests, self.cycle_s, strict=True)]
        return min(rates), max(rates)


def forecast(scenario: Scenario, group: str) -> Forecast | None:
    """None for a flow in Python: what it does nobody knows before."""
    spec = scenario.groups[group]
    if spec.python is not None:
        return None
    flow = scenario.flows[scenario.flow_of(group)]
    reading = _Reading(scenario.flows, spec)
    span = reading.all(flow.steps)
    waits = (reading.cycle_s(flow, span.least.waits_s), reading.cycle_s(flow, span.most.waits_s))
    return Forecast((span.least.requests, span.most.requests), waits, reading.open_ended)


class _Reading:
    """One walk over a flow's steps."""

    def __init__(self, flows: Mapping[str, FlowSpec], group: GroupSpec) -> None:
        self._flows = flows
        self._group = group
        self.open_ended = False

    def all(self, steps: Iterable[StepSpec]) -> Span:
        return reduce(Span.__add__, map(self._one, steps), Span())

    def _one(self, step: StepSpec) -> Span:  # noqa: PLR0911 - one case per kind of step
        match step:
            case RequestSpec():
                return Span(Work(1), Work(1))
            case ThinkSpec():
                thought = Work(0, self._think_s(step.wait))
                return Span(thought, thought)
            case TransactionSpec():
                return self.all(step.steps)
            case PlaySpec():
                return self.all(self._flows[step.flow].steps)
            case IfSpec():
                return _either(self.all(step.then), self.all(step.else_ or ()))
            case RepeatSpec(times=(int() as fewest, int() as most)):
                return self.all(step.steps).times((fewest + most) / 2, (fewest + most) / 2)
            case RepeatSpec():
                self.open_ended = True
                return self.all(step.steps).times(0, 1)
            case WhileSpec():
                return self.all(step.steps).times(0, step.limit)
            case ChooseSpec():
                ways = [(way.weight, self.all(way.steps)) for way in step.choose]
                return _mixed(ways)
            case OneOfSpec():
                return _mixed([(1.0, self.all(way.steps)) for way in step.one_of])
            case _:
                return Span()

    def _think_s(self, wait: Wait) -> float:
        rules = self._group.think
        if rules.ignore:
            return 0.0
        mean_s = wait.mean_s * rules.factor
        return mean_s if rules.limit is None else min(mean_s, rules.limit)

    def cycle_s(self, flow: FlowSpec, waits_s: float) -> float:
        """From the beginning of an iteration to the next, less the time of answers."""
        own = [step.parsed for step in flow.steps if isinstance(step, PacingSpec)]
        given = parse_pacing(self._group.pacing) if self._group.pacing is not None else None
        pacing = given or (own[-1] if own else None)
        if pacing is None:
            return waits_s
        join: Callable[[float, float], float] = (
            max if pacing.kind == "every" else lambda one, other: one + other
        )
        return join(waits_s, pacing.wait.mean_s)


def _either(one: Span, other: Span) -> Span:
    """Whichever has fewer requests, or more."""
    works = (one.least, one.most, other.least, other.most)
    return Span(
        min(works, key=lambda work: (work.requests, -work.waits_s)),
        max(works, key=lambda work: (work.requests, -work.waits_s)),
    )


def _mixed(ways: list[tuple[float, Span]]) -> Span:
    """Their mean by weight."""
    whole = sum(weight for weight, _ in ways)
    return reduce(
        Span.__add__, (span.times(weight / whole, weight / whole) for weight, span in ways), Span()
    )
