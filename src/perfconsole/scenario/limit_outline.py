"""The limits of a server, as a person reads them before a run."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.model.limit_sets import DEFAULT
from perfconsole.model.limit_spec import LimitSpec
from perfconsole.model.scenario import Scenario
from perfconsole.texts import say


def limit_lines(scenario: Scenario, server: str) -> Iterator[str]:
    chosen = scenario.servers[server].limits or scenario.limits
    if chosen != DEFAULT:
        yield say("    limits {name}", name=chosen)
    for metric, limit in scenario.limits_of(server).items():
        yield f"    {_limit(metric, limit)}"


def _limit(metric: str, limit: LimitSpec) -> str:
    words = {"metric": metric, "limit": f"{limit.value:g}", "breach": limit.breach}
    if limit.traits.least:
        text = say("{metric} at least {limit} (breach: {breach})", **words)
    else:
        text = say("{metric} at most {limit} (breach: {breach})", **words)
    if not limit.judged:
        return say("{limit}, shown and not judged", limit=text)
    return say("{limit}, where it can be measured", limit=text) if limit.optional else text
