"""The scenario's `max_vus` against what its groups plan."""

from __future__ import annotations

from perfconsole.model.scenario import Scenario
from perfconsole.model.together import Coming, most_together
from perfconsole.texts import say


def over_ceiling(scenario: Scenario) -> str | None:
    """What is wrong; None when the plan stays within it, or there is none."""
    ceiling = scenario.max_vus
    if ceiling is None:
        return None
    coming = {
        name: Coming(scenario.curve_of(name), -group.start_after, group.duration, group.after_group)
        for name, group in scenario.groups.items()
    }
    most = most_together(coming, ceiling)
    if most <= ceiling:
        return None
    return say("the groups come to {most:,} VUs at one time, over max_vus, {ceiling:,}",
               most=most, ceiling=ceiling)  # fmt: skip
