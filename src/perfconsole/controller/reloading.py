"""Edited flows for a running test: what of them can be taken, and what cannot be changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from perfconsole.controller.added_group import kept_group
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.points import Point
from perfconsole.controller.refusal import Refusal
from perfconsole.model import plan
from perfconsole.model.command import AddGroup, AddNote, Command, LoadFlows
from perfconsole.model.scenario import Scenario
from perfconsole.model.script_walk import names_in, walk
from perfconsole.model.steps import FlowSpec
from perfconsole.scenario.inventory import flows_within, groups_of_point
from perfconsole.scenario.masking import masked
from perfconsole.scenario.secret_text import masked_text
from perfconsole.texts import say


class Reloads:
    """`plan_of` makes the plan that an injector would have of a scenario."""

    def __init__(
        self,
        scenario: Scenario,
        plan_of: Callable[[Scenario], plan.InjectorPlan],
        fleet: Fleet,
        points: Mapping[str, Point],
    ) -> None:
        self.scenario = scenario
        """As it is played now."""
        self._plan_of = plan_of
        self._fleet = fleet
        self._points = points
        self._saved = _saved(scenario)
        """What the files of flows in Python are like that are played now, by group."""

    def load(self, command: LoadFlows) -> tuple[str, int]:
        """What was done, and the order that does it. Raises Refusal."""
        edited = _with_flows(self.scenario, command)
        before, after = self._plan_of(self.scenario), self._plan_of(edited)
        scripts = {
            group.name: group.script
            for group, old in zip(after.groups, before.groups, strict=True)
            if group.script != old.script
        }
        saved = _saved(edited)
        in_python = [
            group for group in saved
            if saved[group] != self._saved[group]
            and (not command.flows or edited.flow_of(group) in command.flows)
        ]  # fmt: skip
        if not (scripts or in_python) and after.variables == before.variables:
            raise Refusal(say("nothing to load: the flows are as they are played already"))
        self.demand_known(after, before.data)
        self._saved = saved
        self.take(edited)
        return _said(edited, [*scripts, *in_python]), self._fleet.load(scripts, after.variables)

    def demand_known(self, after: plan.InjectorPlan, data: Mapping[str, plan.DataPlan]) -> None:
        """The points of a plan, and the values that nothing but `data` can give, are there.

        Raises Refusal.
        """
        for name in after.rendezvous:
            if name not in self._points:
                raise Refusal(say("rendezvous {name} is new: a running test gets no new points",
                                  name=name))  # fmt: skip
        for group in after.groups:
            for missing in _unknown_values(group, after, data):
                raise Refusal(say("{group} would use ${{{name}}}, which this run does not have",
                                  group=group.name, name=missing))  # fmt: skip

    def take(self, edited: Scenario) -> None:
        """It is what is played from now on."""
        self.scenario = edited
        self._saved = {**_saved(edited), **self._saved}
        for name, point in self._points.items():
            point.groups = frozenset(groups_of_point(edited, name))


def kept(command: Command) -> dict[str, Any]:
    """A command as the journal keeps it: without secrets."""
    if isinstance(command, AddGroup):
        return kept_group(command)
    if isinstance(command, AddNote):
        return {"do": command.do, "text": masked_text(command.text)}
    if not isinstance(command, LoadFlows):
        return command.model_dump(mode="json")
    whole = masked(Scenario.model_validate(command.scenario))
    scenario = {key: whole[key] for key in ("flows", "variables") if key in whole}
    return {"do": command.do, "flows": list(command.flows), "scenario": scenario}


def _with_flows(present: Scenario, command: LoadFlows) -> Scenario:
    """`present` with flows and variables of the edited scenario. Raises Refusal."""
    try:
        edited = Scenario.model_validate(command.scenario)
        taken = _taken(edited, command.flows)
    except (ValidationError, LookupError, RecursionError):
        why = say("the edited scenario is not valid; perfconsole check tells why")
        raise Refusal(why) from None
    played = {present.flow_of(name) for name in present.groups}
    for name in command.flows:
        if name not in played:
            raise Refusal(say("no group of this run has the flow {name}", name=name))
    flows = {**present.flows, **taken}
    return present.model_copy(update={"flows": flows, "variables": edited.variables})


def _taken(edited: Scenario, names: tuple[str, ...]) -> dict[str, FlowSpec]:
    """These flows (all when there are none) and those that they play. Raises Refusal, KeyError."""
    for name in names:
        if name not in edited.flows:
            known = ", ".join(edited.flows) or say("none")
            raise Refusal(say("there is no flow {name!r} in the edited scenario; it has: {known}",
                              name=name, known=known))  # fmt: skip
    return flows_within(edited, names or edited.flows)


def _unknown_values(
    group: plan.GroupPlan, whole: plan.InjectorPlan, data: Mapping[str, plan.DataPlan]
) -> Iterator[str]:
    """Names of values that nothing gives: no variable, no step, and no `data` of the injectors."""
    script = group.script
    known = {*whole.variables, *group.variables}
    for step in walk((*script.init, *script.steps, *script.end)):
        if isinstance(step, plan.SetStep):
            known.update(name for name, _ in step.values)
        elif isinstance(step, plan.RequestStep):
            known.update(extract.variable for extract in step.extracts)
    for name, rows in data.items():
        columns = (*rows.table.columns, *(column.name for column in rows.generated))
        known.update(f"{name}.{column}" for column in columns)
    return (name for name in names_in(script) if name not in known)


def _saved(scenario: Scenario) -> dict[str, tuple[int, int] | None]:
    """When and how large the file of each group in Python was saved; None where it is gone.

    Injectors read the file again themselves, whenever they load anything.
    """
    paths = {name: group.python[0] for name, group in scenario.groups.items() if group.python}
    return {name: _stamp(path) for name, path in paths.items()}


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _said(edited: Scenario, groups: Sequence[str]) -> str:
    if not groups:
        return say("loaded the variables")
    flows = ", ".join(dict.fromkeys(edited.flow_of(group) for group in groups))
    if len(groups) == 1:
        return say("loaded flows {flows} (1 group)", flows=flows)
    return say("loaded flows {flows} ({n} groups)", flows=flows, n=len(groups))
