"""The commands of a run → what a scenario steers by itself, at the same times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from perfconsole.model.command import COMMAND
from perfconsole.model.states import StopMode
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
    done: list[tuple[Deed, bool]] = field(default_factory=list)
    """What an undo may take back, and whether it is in `entries` so that it can be."""


def own_steering(drive: Drive) -> OwnSteering:
    own = OwnSteering(duration_s=drive.started.duration_s)
    if drive.aborted and drive.ended_s:
        own.duration_s = drive.ended_s
        own.notes.append(say("it was given up after this duration"))
    if _stopped_as_by_duration(drive):
        own.duration_s = drive.ended_s
    present = list(drive.started.scenario.get("groups", {}))
    grows = any(deed.command["do"] == "add_group" for deed in drive.deeds)
    for deed in _until_stopped(drive):
        if deed.command["do"] == "add_group":
            present.append(deed.command["group"])
        for entry in _entries(deed, own):
            if grows and "all" in entry.get("groups", ()):
                entry["groups"] = list(present)
            own.entries.append(entry)
    for event in drive.early:
        if event.command["do"] not in _OF_THE_MOMENT:
            own.notes.append(say("before the load began, left out: {said}", said=event.said))
    return own


def _stops(drive: Drive) -> list[Deed]:
    return [deed for deed in drive.deeds if deed.command["do"] == "stop_run"]


def _stopped_as_by_duration(drive: Drive) -> bool:
    """Its end by hand was such as a duration makes: after the iteration, and no harsher later."""
    changed = any(deed.command["do"] == "duration" for deed in drive.deeds)
    modes = [deed.command.get("mode", StopMode.AFTER_ITERATION) for deed in _stops(drive)]
    return modes == [StopMode.AFTER_ITERATION] and not changed


def _until_stopped(drive: Drive) -> Iterator[Deed]:
    """What was done until the run was stopped, and how it was stopped unless a duration says so."""
    stops = _stops(drive)
    first = drive.deeds.index(stops[0]) if stops else len(drive.deeds)
    yield from drive.deeds[:first]
    if not _stopped_as_by_duration(drive):
        yield from stops


def _entries(deed: Deed, own: OwnSteering) -> Iterator[dict[str, Any]]:
    command, at_s = deed.command, max(0.0, round(float(deed.at_s), 3))
    do = command["do"]
    if do in _OF_THE_MOMENT or do in _ELSEWHERE:
        return
    if do == "undo" and not _undone_here(deed, own):
        return
    alone = do == "pause_vus" or deed.alone
    if do != "undo":
        own.done.append((deed, not alone))
    if alone:
        group = command.get("group") or ", ".join(command["groups"])
        own.notes.append(say("single VUs of {group} were paused or resumed: another run has others",
                             group=group))  # fmt: skip
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


def _undone_here(undo: Deed, own: OwnSteering) -> bool:
    """Whether what was taken back is steered here too."""
    places = [place for place, (deed, _) in enumerate(own.done) if deed.said in undo.said]
    if not places:
        return True
    deed, here = own.done.pop(places[-1])
    if any(later.cut_single_vus for later, _ in own.done[places[-1] :]):
        own.notes.append(say("an undo came after single VUs were stopped at once: here it takes "
                             "back that, and not: {said}", said=deed.said))  # fmt: skip
    return here
