"""The objectives that the run is held to now: as in its scenario, until a hand changes them."""

from __future__ import annotations

from perfconsole.controller.record import Record
from perfconsole.metrics.objectives import DEFAULT, DEFAULT_PASS_RATE
from perfconsole.model import event as ev
from perfconsole.model.crossing import objective_key
from perfconsole.model.objective_spec import ObjectiveSpec
from perfconsole.model.scenario import Scenario


class Goals:
    def __init__(self, scenario: Scenario, record: Record) -> None:
        self._record = record
        self._loads = scenario.loads
        self.specs = scenario.objectives
        """As a scenario has them; empty for the default one."""

    @property
    def held_to(self) -> tuple[ObjectiveSpec, ...]:
        """The same, with the default one where there are no others."""
        return self.specs or ((DEFAULT,) if self._loads else ())

    def change(self, spec: ObjectiveSpec) -> ObjectiveSpec | None:
        """Hold the run to `spec`, in place of the one about the same, which is returned. Where the
        default was all, it stays beside a new one."""
        key = objective_key(spec)
        before = next((each for each in self.held_to if objective_key(each) == key), None)
        if before is None:
            self.specs = (*self.held_to, spec)
        else:
            self.specs = tuple(spec if each is before else each for each in self.held_to)
        self._tell()
        return before

    def drop(self, metric: str, of: str | None) -> tuple[ObjectiveSpec, ...]:
        """Hold the run to it no longer; returns what was dropped: nothing when there is none such,
        or no other one would be left."""
        dropped = tuple(each for each in self.specs if (each.metric, each.of) == (metric, of))
        left = tuple(each for each in self.specs if each not in dropped)
        if not dropped or not left:
            return ()
        self.specs = left
        self._tell()
        return dropped

    def _tell(self) -> None:
        self._record.add(
            ev.ObjectivesChanged,
            response_limit_ms=response_limit_ms(self.specs),
            pass_rate_limit=pass_rate_limit(self.specs, loads=self._loads),
            objectives=tuple(
                each.model_dump(mode="json", exclude_none=True) for each in self.specs
            ),
        )


def response_limit_ms(specs: tuple[ObjectiveSpec, ...]) -> float | None:
    """The lowest limit on a time."""
    limits = [
        objective.max
        for objective in specs
        if objective.metric.endswith("_ms") and objective.max is not None
    ]
    return min(limits, default=None)


def pass_rate_limit(specs: tuple[ObjectiveSpec, ...], *, loads: bool) -> float | None:
    """The pass rate wanted over all, percent; of a run that `loads`, the default one when it has no
    objectives."""
    limits = [
        objective.min
        for objective in specs
        if objective.metric == "pass_rate" and objective.of is None and objective.min is not None
    ]
    return max(limits, default=DEFAULT_PASS_RATE if loads and not specs else None)
