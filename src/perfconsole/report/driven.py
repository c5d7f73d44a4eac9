"""A run as it was driven → the scenario that repeats it without hands."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from perfconsole.model.event import RunEvent
from perfconsole.model.scenario import Scenario
from perfconsole.report.drive import Deed, Drive, driven
from perfconsole.report.own_steering import OwnSteering, own_steering
from perfconsole.report.placeholders import Placeholders
from perfconsole.scenario.ceiling import over_ceiling
from perfconsole.scenario.inventory import points_of
from perfconsole.scenario.named_files import SQLITE, file_paths
from perfconsole.scenario.problems import KeyPath, where
from perfconsole.scenario.python_files import is_python
from perfconsole.scenario.spelled import spelled
from perfconsole.scenario.step_tree import as_map, played_by
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class DrivenScenario:
    run: str
    started_at: float
    """Unix time."""
    tree: dict[str, Any]
    """As a person writes it, keys in a good order."""
    environment: dict[str, str]
    """Names that are to be set before a run, and what each stands for."""
    notes: list[str]
    """What it needs, and what another run cannot repeat."""


def driven_scenario(events: Iterable[RunEvent]) -> DrivenScenario:
    """Raises NothingDriven."""
    drive = driven(events)
    tree = copy.deepcopy(drive.started.scenario)
    notes: list[str] = []
    for deed in drive.deeds:
        notes += _brought(tree, deed)
    _starts(tree, drive)
    own, placeholders = own_steering(drive), Placeholders()
    if any(deed.command["do"] == "load_flows" for deed in drive.deeds):
        notes += _without_lost_points(tree, own)
    if "max_vus" in tree and over_ceiling(Scenario.model_validate(tree)):
        del tree["max_vus"]
        notes.append(say("max_vus is left out: groups that came later pass it by their plans"))
    tree |= {"seed": drive.started.seed, "steering": own.entries, "duration": own.duration_s}
    empty: tuple[Any, ...] = (None, [], {})
    tree = placeholders.put({key: each for key, each in tree.items() if each not in empty})
    notes += own.notes
    notes += _needs(tree)
    notes += (say("{where}: a secret stood here, put it in again", where=place)
              for place in placeholders.lost)  # fmt: skip
    return DrivenScenario(
        drive.started.run,
        drive.started.at,
        _ordered(spelled(tree)),
        placeholders.environment,
        [*dict.fromkeys(notes)],
    )


def _brought(tree: dict[str, Any], deed: Deed) -> Iterator[str]:
    """What came into the run by hand: flows, and groups with theirs."""
    command = deed.command
    if command["do"] == "load_flows":
        brought = as_map(command.get("scenario"))
        flows = as_map(brought.get("flows"))
        names = _with_played(command["flows"], flows) if command["flows"] else set(flows)
        tree["flows"] = {**tree.get("flows", {}), **{name: flows[name] for name in sorted(names)}}
        tree["variables"] = brought.get("variables", {})
        yield say("flows were loaded while the run went on; these are the last ones: {flows}",
                  flows=", ".join(sorted(names)))  # fmt: skip
    elif command["do"] == "add_group":
        name, group = command["group"], dict(as_map(command.get("spec")))
        if group.get("after_group") is None:
            group["start_after"] = round(deed.at_s + group.get("start_after", 0.0), 3)
        tree["groups"] = {**tree.get("groups", {}), name: group}
        tree["flows"] = {**tree.get("flows", {}), **as_map(command.get("flows"))}
        yield say("{group} was added while the run went on; here it starts at that time",
                  group=name)  # fmt: skip


def _without_lost_points(tree: dict[str, Any], own: OwnSteering) -> Iterator[str]:
    """Steering of rendezvous that the flows had before they were edited leaves `own`."""
    known = points_of(Scenario.model_validate(tree))
    lost = {entry["point"] for entry in own.entries if "point" in entry} - known.keys()
    own.entries = [entry for entry in own.entries if entry.get("point") not in lost]
    for point in sorted(lost):
        yield say("the last flows have no rendezvous {point}: what was done with it is left out",
                  point=point)  # fmt: skip


def _with_played(names: Iterable[str], flows: dict[str, Any]) -> set[str]:
    """These flows, and those that they play."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in flows and name not in found:
            found.add(name)
            waiting += played_by(flows[name])
    return found


def _starts(tree: dict[str, Any], drive: Drive) -> None:
    """Groups that waited for another one to end begin when they did."""
    for name, began_s in drive.began_s.items():
        group = tree["groups"][name]
        del group["after_group"]
        group["start_after"] = max(0.0, round(began_s, 3))


def _needs(tree: dict[str, Any]) -> Iterator[str]:
    """What has to be there before it can run."""
    for path in file_paths(tree):
        yield say("{where} needs the file {file}", where=where(path), file=_value_at(tree, path))
    for name, group in tree.get("groups", {}).items():
        if isinstance(flow := group.get("flow"), str) and is_python(flow):
            yield say("the group {group} needs the flow in Python {flow}", group=name, flow=flow)
    for name, data in tree.get("data", {}).items():
        if str(data.get("database", "")).startswith(SQLITE):
            yield say("data.{name} needs the file {file}", name=name,
                      file=data["database"].removeprefix(SQLITE))  # fmt: skip
    for name, entry in tree.get("variables", {}).items():
        if isinstance(entry, dict) and entry.get("value") is None:
            yield say("the variable {name} has no value: give it with --var {name}=...", name=name)
    if any(step.get("command") for when in ("before", "after") for step in tree.get(when, ())):
        yield say("its commands before and after run in the folder of this file")


def _value_at(tree: Any, path: KeyPath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _ordered(tree: dict[str, Any]) -> dict[str, Any]:
    """Keys as the reference has them, but the steering behind the groups that it is for."""
    keys = [key for key in Scenario.model_fields if key != "steering"]
    keys.insert(keys.index("groups") + 1, "steering")
    ordered = {key: tree[key] for key in keys if key in tree}
    if "flows" in ordered:
        ordered["flows"] = {name: _bare(flow) for name, flow in ordered.pop("flows").items()}
    return ordered


def _bare(flow: Any) -> Any:
    """A flow that is nothing but steps as their list."""
    return flow["steps"] if isinstance(flow, dict) and flow.keys() == {"steps"} else flow
