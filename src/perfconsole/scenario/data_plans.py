"""Which rows each injector has, so that all of them together keep what a data set promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from perfconsole.model import plan
from perfconsole.model.data import DataSpec
from perfconsole.model.dataset import Table
from perfconsole.model.scenario import Scenario
from perfconsole.model.script_walk import names_in
from perfconsole.model.shares import shares
from perfconsole.scenario.generated import columns


def data_plans(
    scenario: Scenario,
    groups: Iterable[plan.GroupPlan],
    tables: Mapping[str, Table],
    injector: int,
    injectors: int,
) -> dict[str, plan.DataPlan]:
    """The data sets that `groups` take values of, as injector number `injector` has them.

    `injectors` is how many the run began with. A later one has no row that one before it may have
    played, where a set promises that none is played twice.
    """
    takers = _takers(scenario, groups)
    plans: dict[str, plan.DataPlan] = {}
    for name, spec in scenario.data.items():
        if name not in takers:
            continue
        if spec.generate is not None:
            made = columns(spec.generate, injector, injectors)
            plans[name] = plan.DataPlan(generated=made)
        elif name in tables:
            vus = _planned_vus(scenario, takers[name], injectors)
            rows = _rows(spec, tables[name], injector, vus)
            plans[name] = plan.DataPlan(rows, spec.order, spec.end)
    return plans


def _rows(spec: DataSpec, table: Table, injector: int, vus: Sequence[int]) -> Table:
    if spec.order == "unique_per_vu":
        return table.share_of_vus(injector, vus)
    if spec.unique or spec.end != "recycle":
        return table.share_once(injector, len(vus))
    return table.share(injector, len(vus))


def _takers(scenario: Scenario, groups: Iterable[plan.GroupPlan]) -> dict[str, list[str]]:
    """By data set, the groups that take values of it; a flow in Python may take any."""
    takers: dict[str, list[str]] = {}
    for group in groups:
        names = {name.partition(".")[0] for name in names_in(group.script)}
        for name in scenario.data:
            if group.python is not None or name in names:
                takers.setdefault(name, []).append(group.name)
    return takers


def _planned_vus(scenario: Scenario, groups: Iterable[str], injectors: int) -> list[int]:
    """How many VUs of `groups` each of the first injectors is to have at the load's height."""
    places = {name: place for place, name in enumerate(scenario.groups)}
    planned = [
        shares(scenario.most_vus_of(name), range(injectors), places[name]) for name in groups
    ]
    return [sum(share[number] for share in planned) for number in range(injectors)]
