"""Groups added to a running test: what its injectors are told of them, early and late ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from perfconsole.controller.added_group import with_group
from perfconsole.controller.fleet import Fleet, OrderMaker
from perfconsole.controller.opening import with_samples_left
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.reloading import Reloads
from perfconsole.model import plan, wire
from perfconsole.model.command import AddGroup
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.texts import say

PlanOf = Callable[[Scenario, int, int], plan.InjectorPlan]
"""The plan of a scenario for injector number so-and-so of so many."""


class Additions:
    def __init__(
        self, spec: StartSpec, reloads: Reloads, plan_of: PlanOf, fleet: Fleet, record: Record
    ) -> None:
        self._spec = spec
        self._reloads = reloads
        self._plan_of = plan_of
        self._fleet = fleet
        self._record = record

    def checked(self, command: AddGroup) -> Scenario:
        """What is played with the group in it. Raises Refusal."""
        edited = with_group(self._reloads.scenario, command, self._spec.target)
        if not self._fleet.living:
            raise Refusal(say("no load generator is up at the moment: send it again"))
        whole = self._plan_of(edited, 0, self._spec.injectors)
        self._reloads.demand_known(whole, whole.data)
        return edited

    def place(self, edited: Scenario, name: str) -> int:
        """Have the injectors make the group; the order's number."""
        before = self._plan_of(self._reloads.scenario, 0, self._spec.injectors).data
        places = {injector: place for place, injector in enumerate(self._fleet.living)}
        self._reloads.take(edited)

        def adding(injector: int) -> OrderMaker:
            # Those that come later have no row that one before them may have played.
            place = (places[injector], len(places)) if injector in places else None
            return self._order(name, frozenset(before), place or (injector, self._spec.injectors))

        return self._fleet.add(name, adding)

    def _order(self, name: str, known: frozenset[str], place: tuple[int, int]) -> OrderMaker:
        """For the injector at a place among so many; the data sets `known` are there."""
        scenario = with_samples_left(self._reloads.scenario, self._record.view)
        whole = self._plan_of(scenario, *place)
        (group,) = (each for each in whole.groups if each.name == name)
        data = {each: rows for each, rows in whole.data.items() if each not in known}
        return partial(_adding, group, whole.secret, data)


def _adding(
    group: plan.GroupPlan, secret: tuple[str, ...], data: dict[str, plan.DataPlan], order: int
) -> wire.Order:
    return wire.AddGroup(order, group, secret, data)
