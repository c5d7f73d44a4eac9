"""What a run begins with, made from its scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from perfconsole.controller.load.rate_schedule import RateSchedule
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.points import Point
from perfconsole.controller.watching.goals import pass_rate_limit, response_limit_ms
from perfconsole.controller.watching.own_machine import own_machine
from perfconsole.journal.folder import RunFolder
from perfconsole.metrics.view import RunView
from perfconsole.model import event as ev
from perfconsole.model.any_probe import units_of
from perfconsole.model.dataset import Table
from perfconsole.model.group_switch import GroupSwitch
from perfconsole.model.limit_traits import PLAIN
from perfconsole.model.profile import Profile
from perfconsole.model.scenario import Scenario
from perfconsole.model.start import StartSpec
from perfconsole.scenario.inventory import groups_of_point, points_of
from perfconsole.scenario.masking import masked
from perfconsole.scenario.planning import think_plan
from perfconsole.scenario.server_place import describe
from perfconsole.scenario.value_words import data_words
from perfconsole.texts import say


def group_schedules(scenario: Scenario, seed: int) -> dict[str, GroupSchedule]:
    """`seed` is the run's."""
    return {name: schedule_of(scenario, name, seed) for name in scenario.groups}


def schedule_of(scenario: Scenario, name: str, seed: int) -> GroupSchedule:
    """Of one group."""
    group, rate = scenario.groups[name], scenario.rate_curve_of(name, seed)
    return GroupSchedule(
        name,
        scenario.curve_of(name, seed),
        group.start_after,
        group.duration,
        rate=None if rate is None else RateSchedule(rate),
        think=think_plan(group),
    )


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
        name: Point(name, spec, frozenset(groups_of_point(scenario, name)), GroupSwitch(spec.on))
        for name, spec in points_of(scenario).items()
    }


def started_fields(spec: StartSpec, scenario: Scenario) -> dict[str, Any]:
    """Fields of the run's first event."""
    points = points_of_run(scenario).values()
    return {
        "run": RunFolder(Path(spec.folder)).run,
        "name": scenario.name,
        "target": spec.target,
        "groups": tuple(group_info(scenario, name, spec.seed, points) for name in scenario.groups),
        "servers": tuple(server_infos(scenario)),
        "rendezvous": tuple(ev.PointInfo(point.name, str(point.spec.wait_for)) for point in points),
        "duration_s": scenario.duration,
        "response_limit_ms": response_limit_ms(scenario.objectives),
        "pass_rate_limit": pass_rate_limit(scenario.objectives, loads=scenario.loads),
        "scenario": masked(scenario, spec.variables),
        "seed": spec.seed,
        "dead_man_s": spec.dead_man_s,
    }


def server_infos(scenario: Scenario) -> Iterator[ev.ServerInfo]:
    """Those of the scenario, then the machine that generates the load."""
    for name in scenario.servers:
        yield server_info(scenario, name)
    for name, server in own_machine(scenario).items():
        yield ev.ServerInfo(name, describe(server), {}, server.judged, generator=True)


def server_info(scenario: Scenario, name: str) -> ev.ServerInfo:
    """What everybody is told of a server of the scenario."""
    server, limits = scenario.servers[name], scenario.limits_of(name)
    return ev.ServerInfo(
        name,
        describe(server),
        {metric: limit.value for metric, limit in limits.items()},
        server.judged,
        {metric: each.traits for metric, each in limits.items() if each.traits != PLAIN},
        units_of(server.probes),
    )


def group_info(scenario: Scenario, name: str, seed: int, points: Iterable[Point]) -> ev.GroupInfo:
    """What everybody is told of a group; `seed` and `points` are the run's."""
    curve = scenario.rate_curve_of(name, seed) or scenario.curve_of(name, seed)
    return ev.GroupInfo(
        name,
        scenario.flow_of(name),
        scenario.most_vus_of(name),
        stage_infos(curve),
        scenario.groups[name].open,
        tuple(point.name for point in points if name in point.groups),
    )


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
