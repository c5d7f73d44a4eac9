"""A scenario with another total of VUs, or another length, by the command line's wish."""

from __future__ import annotations

import re
from collections.abc import Mapping

from perfconsole.model.group import GroupSpec
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.problems import Problem, ScenarioError
from perfconsole.texts import say


def scaled(scenario: Scenario, total_vus: int) -> Scenario:
    """`total_vus` shared by the groups' proportion; ramps keep their time.

    Raises ScenarioError when there are more groups than VUs.
    """
    planned = {name: group.curve.target for name, group in scenario.groups.items()}
    if total_vus < len(planned) or not planned:
        text = say("{total} VUs are too few for {groups} groups; each needs at least 1",
                   total=total_vus, groups=len(planned))  # fmt: skip
        if not planned:
            text = say("there are no groups that could have {total} VUs", total=total_vus)
        raise ScenarioError([Problem("--vus", 0, text)])
    counts = shared(total_vus, planned)
    groups = {name: _resized(group, counts[name]) for name, group in scenario.groups.items()}
    return scenario.model_copy(update={"groups": groups})


def with_rate(scenario: Scenario, total: float) -> Scenario:
    """`total` arrivals a second, shared by the open groups' proportion; ramps keep their time.

    Raises ScenarioError when no group has a rate.
    """
    planned = {
        name: group.rate_curve.target
        for name, group in scenario.groups.items()
        if group.rate_curve is not None
    }
    if not planned:
        text = say('no group has a rate; give one a "rate", such as "rate: 500/s"')
        raise ScenarioError([Problem("--rate", 0, text)])
    factor = total / sum(planned.values())
    groups = {
        name: _rerated(group, planned[name] * factor) if name in planned else group
        for name, group in scenario.groups.items()
    }
    return scenario.model_copy(update={"groups": groups})


def with_duration(scenario: Scenario, seconds: float) -> Scenario:
    """The same, ending `seconds` after its first VU. Raises ScenarioError for no time at all."""
    if seconds <= 0:
        text = say('a duration is above 0, such as "30s"')
        raise ScenarioError([Problem("--duration", 0, text)])
    return scenario.model_copy(update={"duration": float(seconds)})


def shared(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` by `weights` (all above 0), largest remainders first, at least 1 for each.

    `total` is at least the number of weights.
    """
    whole = sum(weights.values())
    exact = {name: total * weight / whole for name, weight in weights.items()}
    counts = {name: max(1, int(share)) for name, share in exact.items()}
    while sum(counts.values()) < total:
        counts[max(counts, key=lambda name: exact[name] - counts[name])] += 1
    while sum(counts.values()) > total:
        able = [name for name in counts if counts[name] > 1]
        counts[min(able, key=lambda name: exact[name] - counts[name])] -= 1
    return counts


def _rerated(group: GroupSpec, rate: float) -> GroupSpec:
    curve, ramp = group.rate_curve, group.ramp
    if curve is not None and ramp is not None:
        # The rate in "50/s every 30s" is the step, that in "to 500/s over 2m" the end.
        first = curve.step * rate / curve.target if curve.step else rate
        ramp = re.sub(r"[\d.]+\s*/\s*[a-z]+", f"{first:.20f}/s", ramp, count=1)
    return group.model_copy(update={"rate": rate, "ramp": ramp} if ramp else {"rate": rate})


def _resized(group: GroupSpec, vus: int) -> GroupSpec:
    curve, ramp = group.curve, group.ramp
    if ramp is not None and not group.open:
        # The first number of "5 every 15s" is the step, that of "to 200 over 2m" the end.
        first = max(1, round(curve.step * vus / curve.target)) if curve.step else vus
        ramp = re.sub(r"\d+", str(first), ramp, count=1)
    return group.model_copy(update={"vus": vus, "ramp": ramp} if ramp else {"vus": vus})
