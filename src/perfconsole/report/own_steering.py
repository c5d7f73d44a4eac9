"""The commands of a run → what a scenario steers by itself, at the same times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from perfconsole.model.command import COMMAND
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.report.drive import Deed, Drive
from perfconsole.texts import say

_OF_THE_MOMENT = ("confirm", "keep_running")
"""They tell of who looks on, and do nothing to the load."""
_ELSEWHERE = ("load_flows", "add_group")
"""What they brought is in the scenario itself."""


@dataclass(slots=True)
class OwnSteering:
    entries: list[dict[str, Any]] = field(default_factory=list)
    duration_s: float | None = None
    """The run's."""
    notes: list[str] = field(default_factory=list)
    """What another run cannot repeat."""
    left_out: list[str] = field(default_factory=list)
    """What was done by commands that are not here and may be undone."""


def own_steering(drive: Drive) -> OwnSteering:
    own = OwnSteering(duration_s=drive.started.duration_s)
    if drive.aborted and drive.ended_s:
        own.duration_s = drive.ended_s
        own.notes.append(say("it was given up after this duration"))
    changed = any(deed.command["do"] == "duration" for deed in drive.deeds)
    present = list(drive.started.scenario.get("groups", {}))
    grows = any(deed.command["do"] == "add_group" for deed in drive.deeds)
    for deed in drive.deeds:
        command = deed.command
        if command["do"] == "add_group":
            present.append(command["group"])
        if command["do"] == "stop_run" and not changed:
            own.duration_s = drive.ended_s
            break
        for entry in _entries(deed, own):
            if grows and "all" in entry.get("groups", ()):
                entry["groups"] = list(present)
            own.entries.append(entry)
        if command["do"] == "stop_run":
            break
    for event in drive.early:
        if event.command["do"] not in _OF_THE_MOMENT:
            own.notes.append(say("before the load began, left out: {said}", said=event.said))
    return own


def _entries(deed: Deed, own: OwnSteering) -> Iterator[dict[str, Any]]:
    command, at_s = deed.command, max(0.0, round(float(deed.at_s), 3))
    do = command["do"]
    if do in _OF_THE_MOMENT or do in _ELSEWHERE:
        return
    if do == "undo" and any(said in deed.said for said in own.left_out):
        return
    if do == "pause_vus":
        own.left_out.append(deed.said)
        own.notes.append(say("single VUs of {group} were paused or resumed: another run has others",
                             group=command["group"]))  # fmt: skip
        return
    if do == "stop_vus":
        left = len(command["vus"])
        own.notes.append(say("single VUs of {group} were stopped: here it is any {n} of them",
                             group=command["group"], n=left))  # fmt: skip
        command = {"do": "vus", "group": command["group"], "by": -left}
    try:
        said = COMMAND.validate_python(command).model_dump(mode="json", exclude_defaults=True)
        entry = {"at": at_s, "do": command["do"], **said}
        SteeringSpec.model_validate(entry)
    except ValidationError:
        own.notes.append(say("left out, for no scenario can say it: {command}", command=do))
        return
    yield entry
