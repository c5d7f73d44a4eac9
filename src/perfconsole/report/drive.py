"""How a run was driven, gathered from its journal: what was planned, commanded, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from perfconsole.model import event as ev
from perfconsole.model.states import GroupState, RunState, StopMode, Verdict
from perfconsole.texts import say


class NothingDriven(Exception):
    """The journal has no run in it; str() is one line."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that was done."""

    at_s: float
    """Of the load, as start delays count."""
    command: dict[str, Any]
    said: str
    alone: bool = False
    """It let go only VUs that were paused one by one."""

    @property
    def cut_single_vus(self) -> bool:
        return self.command["do"] == "stop_vus" and self.command.get("mode") == StopMode.NOW


@dataclass(slots=True)
class Drive:
    started: ev.Started
    deeds: list[Deed] = field(default_factory=list)
    early: list[ev.Commanded] = field(default_factory=list)
    """Commands from before the load began."""
    ended_s: float | None = None
    """When the run began to end, from its first VU; None for one that goes on, or was killed."""
    aborted: bool = False
    """It ended for no reason that was planned, and by no hand."""
    began_s: dict[str, float] = field(default_factory=dict)
    """When groups began that waited for another one to end, as start delays count; only those that
    no hand had touched before."""
    _loaded_from: float | None = None
    _opened_at: float | None = None
    """Unix time from which on start delays count."""
    _touched: set[str] = field(default_factory=set)
    _paused: set[str] = field(default_factory=set)
    """Groups, as a whole."""
    _in_part: set[str] = field(default_factory=set)
    """Groups of which single VUs were paused."""

    def take(self, event: ev.RunEvent) -> None:
        match event:
            case ev.LoadBegan():
                self._loaded_from = event.at
            case ev.StateChanged(state=RunState.STOPPING) if self._loaded_from is not None:
                self.ended_s = max(0.001, round(event.at - self._loaded_from, 3))
            case ev.Ended():
                self.aborted = event.verdict is Verdict.ABORTED
            case ev.GroupChanged():
                self._group(event)
            case ev.Commanded():
                self._command(event)

    def _group(self, event: ev.GroupChanged) -> None:
        if event.state is GroupState.PAUSED:
            self._paused.add(event.name)
        else:
            self._paused.discard(event.name)
        spec = self.started.scenario.get("groups", {}).get(event.name)
        if spec is None or event.name in self.began_s or event.name in self._touched:
            return
        if event.held or event.state is GroupState.PAUSED:
            self._touched.add(event.name)
        elif event.course_s is not None:
            began_at = event.at - event.course_s
            if spec.get("after_group") is None:
                began_at -= spec.get("start_after", 0.0)
                self._opened_at = began_at if self._opened_at is None else self._opened_at
                self._touched.add(event.name)
            elif self._opened_at is not None:
                self.began_s[event.name] = began_at - self._opened_at

    def _command(self, event: ev.Commanded) -> None:
        at_s = event.load_s
        if at_s is None and self._opened_at is not None:
            at_s = event.at - self._opened_at
        if at_s is None:
            self.early.append(event)
        else:
            self.deeds.append(Deed(at_s, event.command, event.said, self._alone(event.command)))
        if event.command["do"] == "pause_vus":
            self._in_part.add(event.command["group"])
        if event.command["do"] == "start":
            self._touched |= self._named(event.command)

    def _alone(self, command: dict[str, Any]) -> bool:
        if command["do"] != "resume":
            return False
        groups = self._named(command)
        return bool(groups & self._in_part) and not groups & self._paused

    def _named(self, command: dict[str, Any]) -> set[str]:
        names, known = set(command["groups"]), set(self.started.scenario.get("groups", {}))
        return names | known if "all" in names else names


def driven(events: Iterable[ev.RunEvent]) -> Drive:
    """Raises NothingDriven."""
    drive: Drive | None = None
    for event in events:
        if isinstance(event, ev.Started):
            drive = Drive(event)
        elif drive is not None:
            drive.take(event)
    if drive is None:
        raise NothingDriven(say("this run was killed before it recorded anything"))
    return drive
