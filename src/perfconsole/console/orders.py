"""What a key asks of the run, given what is selected: pure functions from a view to commands.

Imported when the first frame is on the screen: pydantic takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from perfconsole.console.uistate import ALL
from perfconsole.metrics.view import GroupView, PointView, RunView
from perfconsole.model import command as cmd
from perfconsole.model.states import LOADING, GroupState, StopMode
from perfconsole.texts import say

_RUNNING = LOADING - {GroupState.INITIALIZING} | {GroupState.PAUSED}


class NothingToDo(Exception):
    """Why a key does nothing here, one line for a person."""


ReadCurl = Callable[..., cmd.AddGroup]
"""From a group's name, curl commands, and vus, ramp, rate as in a scenario. Raises ValueError."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person had selected when the key was pressed."""

    view: RunView
    group: str
    """A group's name, or ``all``."""
    step: int
    marked: frozenset[str] = frozenset()
    """Groups marked by hand; while there are any, they are what is chosen."""
    point: str = ""
    """Selected on the page of points; empty on others."""
    server: str = ""
    """The same on the page of servers."""
    metric: str = ""
    """The same on the page of one server."""
    read_curl: ReadCurl | None = None

    @property
    def groups(self) -> list[GroupView]:
        names = self.marked or {self.group}
        if self.everything:
            chosen = list(self.view.groups.values())
        else:
            chosen = [group for group in self.view.groups.values() if group.name in names]
        if not chosen and not self.view.groups:
            raise NothingToDo(
                say("no groups: this run watches servers only; < sets another limit of them")
            )
        if not chosen:
            raise NothingToDo(say("no group is selected"))
        return chosen

    @property
    def sharing(self) -> list[GroupView]:
        """Those that a total of VUs is for: a group with a rate has VUs only as its ceiling."""
        return [group for group in self.groups if not group.open] or self.groups

    @property
    def everything(self) -> bool:
        """The row that stands for all groups is selected, and none is marked."""
        return not self.marked and self.group == ALL and ALL not in self.view.groups

    @property
    def names(self) -> tuple[str, ...]:
        """As commands for several groups take them."""
        chosen = self.groups
        return (ALL,) if self.everything else tuple(group.name for group in chosen)

    @property
    def words(self) -> str:
        return ", ".join(self.names)

    @property
    def points(self) -> list[PointView]:
        """The selected point, or all of them."""
        points = list(self.view.rendezvous.values())
        if not points:
            raise NothingToDo(say("this scenario has no rendezvous"))
        return [point for point in points if point.name == self.point] or points


Orders = tuple[cmd.Command, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a dialog came to."""

    orders: Orders
    sure: bool = False
    """The dialog was the question: the run need not ask again."""


def pause(choice: Choice) -> Orders:
    """Pause, or resume what is paused."""
    alive = [g for g in choice.groups if g.state in LOADING or g.state is GroupState.PAUSED]
    if alive and all(group.state is GroupState.PAUSED for group in alive):
        return (cmd.ResumeGroups(groups=choice.names),)
    return (cmd.PauseGroups(groups=choice.names),)


def hold(choice: Choice) -> Orders:
    """Hold the load where it is; what is held goes on from there."""
    running = [g for g in choice.groups if g.state in _RUNNING]
    held = bool(running) and all(group.held for group in running)
    return (cmd.HoldGroups(groups=choice.names, on=not held),)


def schedule(choice: Choice) -> Orders:
    """After a change by hand: back to the load that the scenario plans."""
    changed = [g for g in choice.groups if g.by_hand and not g.held]
    if not changed:
        raise NothingToDo(say("on schedule already; i ends a hold"))
    return (cmd.HoldGroups(groups=tuple(g.name for g in changed), on=False),)


def start(choice: Choice) -> Orders:
    return (cmd.StartGroups(groups=choice.names),)


def initialize(choice: Choice) -> Orders:
    return (cmd.InitializeGroups(groups=choice.names),)


def mute(choice: Choice) -> Orders:
    """Mute, or let what is muted be heard again."""
    muted = all(group.muted for group in choice.groups)
    return (cmd.MuteGroups(groups=choice.names, on=not muted),)


def more(choice: Choice) -> Orders:
    return _by(choice, choice.step)


def fewer(choice: Choice) -> Orders:
    return _by(choice, -choice.step)


def _by(choice: Choice, step: int) -> Orders:
    """All groups together by one step, shared as planned; each of those marked by one."""
    names = (ALL,) if choice.everything else [group.name for group in choice.groups]
    return tuple(cmd.ChangeVus(group=name, by=step) for name in names)


def snapshot(choice: Choice) -> Orders:
    """Of the selected server, on other pages of all of them."""
    if not choice.view.servers:
        raise NothingToDo(say("this run watches no servers"))
    return (cmd.TakeSnapshot(server=choice.server or None),)


def undo(_: Choice) -> Orders:
    return (cmd.Undo(),)


ORDERS: Mapping[str, Callable[[Choice], Orders]] = {
    "pause": pause,
    "hold": hold,
    "schedule": schedule,
    "start": start,
    "initialize": initialize,
    "mute": mute,
    "more": more,
    "fewer": fewer,
    "snapshot": snapshot,
    "undo": undo,
}


def stop(choice: Choice, mode: StopMode) -> Orders:
    return (cmd.StopGroups(groups=choice.names, mode=mode),)
