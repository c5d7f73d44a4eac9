"""What a run begins with, made from its scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from perfconsole.controller.points import Point
from perfconsole.controller.rate_schedule import RateSchedule
from perfconsole.controller.schedule import GroupSchedule
from perfconsole.journal.folder import RunFolder
from perfconsole.metrics.objectives import DEFAULT_PASS_RATE
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.dataset import Table
from perfconsole.model.profile import Profile
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.scenario.inventory import groups_of_point, points_of
from perfconsole.scenario.masking import masked
from perfconsole.scenario.planning import think_plan
from perfconsole.scenario.value_words import data_words
from perfconsole.servers.describe import describe
from perfconsole.texts import say


def group_schedules(scenario: Scenario, seed: int) -> dict[str, GroupSchedule]:
    """`seed` is the run's."""
    rates = {name: scenario.rate_curve_of(name, seed) for name in scenario.groups}
    return {
        name: GroupSchedule(
            name,
            scenario.curve_of(name, seed),
            group.start_after,
            group.duration,
            rate=None if (rate := rates[name]) is None else RateSchedule(rate),
            think=think_plan(group),
        )
        for name, group in scenario.groups.items()
    }


def with_samples_left(scenario: Scenario, view: RunView) -> Scenario:
    """For injectors that take the place of others: without the iterations already done."""
    groups = {
        name: group
        if group.samples is None
        else group.model_copy(
            update={"samples": max(0, group.samples - view.groups[name].iterations)}
        )
        for name, group in scenario.groups.items()
    }
    return scenario.model_copy(update={"groups": groups})


def points_of_run(scenario: Scenario) -> dict[str, Point]:
    return {
        name: Point(name, spec, frozenset(groups_of_point(scenario, name)), spec.on)
        for name, spec in points_of(scenario).items()
    }


def started_fields(spec: StartSpec, scenario: Scenario) -> dict[str, Any]:
    """Fields of the run's first event."""
    return {
        "run": RunFolder(Path(spec.folder)).run,
        "name": scenario.name,
        "target": spec.target,
        "groups": tuple(
            ev.GroupInfo(
                name,
                scenario.flow_of(name),
                scenario.most_vus_of(name),
                stage_infos(
                    scenario.rate_curve_of(name, spec.seed) or scenario.curve_of(name, spec.seed)
                ),
                group.open,
            )
            for name, group in scenario.groups.items()
        ),
        "servers": tuple(
            ev.ServerInfo(
                name,
                describe(server),
                {metric: limit.limit for metric, limit in scenario.limits_of(name).items()},
                server.judged,
            )
            for name, server in scenario.servers.items()
        ),
        "rendezvous": tuple(
            ev.PointInfo(name, str(point.spec.wait_for))
            for name, point in points_of_run(scenario).items()
        ),
        "duration_s": scenario.duration,
        "response_limit_ms": _response_limit_ms(scenario),
        "pass_rate_limit": _pass_rate_limit(scenario),
        "scenario": masked(scenario, spec.variables),
        "seed": spec.seed,
    }


def stage_infos(profile: Profile) -> tuple[ev.StageInfo, ...]:
    """What a screen can show of a plan to come."""
    infos: list[ev.StageInfo] = []
    first = 0
    for stage in profile.stages[: ev.MOST_STAGES]:
        most = max(profile.values[first : stage.last + 1])
        last = profile.values[stage.last]
        infos.append(ev.StageInfo(stage.kind, profile.times[stage.last], last, most))
        first = stage.last
    return tuple(infos)


def data_lines(tables: Mapping[str, Table], scenario: Scenario) -> Iterator[str]:
    """What a run keeps of its data sets: source, columns and count, never a row."""
    for name, spec in scenario.data.items():
        words = data_words(spec, tables.get(name), short=True)
        yield say("data {name}: {words}", name=name, words=words)


def _response_limit_ms(scenario: Scenario) -> float | None:
    limits = [
        objective.max
        for objective in scenario.objectives
        if objective.metric.endswith("_ms") and objective.max is not None
    ]
    return min(limits, default=None)


def _pass_rate_limit(scenario: Scenario) -> float | None:
    if not scenario.groups:
        return None
    limits = [
        objective.min
        for objective in scenario.objectives
        if objective.metric == "pass_rate" and objective.of is None and objective.min is not None
    ]
    return max(limits, default=DEFAULT_PASS_RATE if not scenario.objectives else None)
