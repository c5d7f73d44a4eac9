"""A scenario with another total of VUs, or another length, by the command line's wish."""

from __future__ import annotations

import re

from perfconsole.model.group import GroupSpec
from perfconsole.model.ramp_text import leads_to_own, parse_ramp
from perfconsole.model.scenario import Scenario
from perfconsole.model.staging import stages_by
from perfconsole.model.vu_shares import shared
from perfconsole.scenario.ceiling import over_ceiling
from perfconsole.scenario.problems import Problem, ScenarioError
from perfconsole.texts import say


def scaled(scenario: Scenario, total_vus: int) -> Scenario:
    """`total_vus` shared by the groups' proportion, each at its highest; all keeps its time.

    Raises ScenarioError when there are more groups than VUs, or more VUs than `max_vus`.
    """
    planned = {name: scenario.most_vus_of(name) for name in scenario.groups}
    if total_vus < len(planned) or not planned:
        text = say("{total} VUs are too few for {groups} groups; each needs at least 1",
                   total=total_vus, groups=len(planned))  # fmt: skip
        if not planned:
            text = say("there are no groups that could have {total} VUs", total=total_vus)
        raise ScenarioError([Problem("--vus", 0, text)])
    counts = shared(total_vus, planned)
    groups = {
        name: _resized(group, planned[name], counts[name])
        for name, group in scenario.groups.items()
    }
    total = {} if scenario.vus is None else {"vus": total_vus}
    resized = scenario.model_copy(update={"groups": groups, **total})
    if over := over_ceiling(resized):
        raise ScenarioError([Problem("--vus", 0, over)])
    return resized


def with_rate(scenario: Scenario, total: float) -> Scenario:
    """`total` arrivals a second, shared by the open groups' proportion; all keeps its time.

    Raises ScenarioError when no group has a rate.
    """
    planned = {name: group.most_per_s for name, group in scenario.groups.items() if group.open}
    if not planned:
        text = say('no group has a rate; give one a "rate", such as "rate: 500/s"')
        raise ScenarioError([Problem("--rate", 0, text)])
    factor = total / sum(planned.values())
    groups = {
        name: _rerated(group, planned[name], factor) if name in planned else group
        for name, group in scenario.groups.items()
    }
    return scenario.model_copy(update={"groups": groups})


def with_duration(scenario: Scenario, seconds: float) -> Scenario:
    """The same, ending `seconds` after its first VU. Raises ScenarioError for no time at all."""
    if seconds <= 0:
        text = say('a duration is above 0, such as "30s"')
        raise ScenarioError([Problem("--duration", 0, text)])
    return scenario.model_copy(update={"duration": float(seconds)})


def _rerated(group: GroupSpec, planned: float, factor: float) -> GroupSpec:
    if group.load is not None:
        return group.model_copy(update={"load": stages_by(group.load, factor)})
    rate, ramp, planned_ramp = planned * factor, group.ramp, group.rate_profile("")
    if ramp is not None and planned_ramp is not None and not leads_to_own(ramp):
        # The rate in "50/s every 30s" is the step, that in "to 500/s over 2m" the end.
        first = (planned_ramp.stages[0].step or planned) * factor
        ramp = re.sub(r"[\d.]+\s*/\s*[a-z]+", f"{first:.20f}/s", ramp, count=1)
    return group.model_copy(update={"rate": rate, "ramp": ramp} if ramp else {"rate": rate})


def _resized(group: GroupSpec, planned: int, vus: int) -> GroupSpec:
    ramp = group.ramp
    if group.load is not None and not group.open:
        return group.model_copy(update={"load": stages_by(group.load, vus / planned)})
    if ramp is not None and not group.open and not leads_to_own(ramp):
        # The first number of "5 every 15s" is the step, that of "to 200 over 2m" the end.
        step = parse_ramp(ramp, planned).stages[0].step
        first = max(1, round(step * vus / planned)) if step else vus
        ramp = re.sub(r"\d+", str(first), ramp, count=1)
    return group.model_copy(update={"vus": vus, "ramp": ramp} if ramp else {"vus": vus})
