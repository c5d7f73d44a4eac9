"""How commands and what follows from them change a `RunView`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.fold_lines import EVENT_LINES, add_line
from perfconsole.metrics.move_words import moved_line
from perfconsole.metrics.parts import AlarmView, CommandView, PointView, TraceView
from perfconsole.metrics.plateau_words import plateau_line
from perfconsole.model import event as ev
from perfconsole.model.causes import ERRORS
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

PLATEAUS = 200
SILENT = "confirm"
"""The command that says no more than that somebody is there."""
TRACED = 50
"""Exchanges kept of each traced group."""


def fold_point(view: RunView, event: ev.PointChanged) -> None:
    point = view.rendezvous.setdefault(event.name, PointView(event.name, ""))
    point.waiting, point.needed, point.on = event.waiting, event.needed, event.on
    point.policy, point.off = event.policy or point.policy, event.off


def fold_trace(view: RunView, event: ev.Traced) -> None:
    trace = view.traces.setdefault(event.group, TraceView())
    trace.left = event.left
    trace.exchanges = [*trace.exchanges, *event.exchanges][-TRACED:]


def fold_effect(view: RunView, event: ev.TookEffect) -> None:
    for command in view.commands:
        if command.id == event.id:
            command.effect_ms = event.effect_ms


def fold_command(view: RunView, event: ev.Commanded) -> None:
    view.revision = event.seq
    if event.command.get("do") == SILENT:
        return
    done = CommandView(event.id, event.at, event.by, event.said, event.command, event.client)
    view.commands.append(done)
    del view.commands[:-EVENT_LINES]
    add_line(view, event.at, "info", "command", event.said)


def fold_release(view: RunView, event: ev.Released) -> None:
    point = view.rendezvous.setdefault(event.name, PointView(event.name, ""))
    point.releases = max(point.releases, event.release)
    if event.spread_ms is not None:
        point.spread_ms_max = max(point.spread_ms_max or 0.0, event.spread_ms)


def fold_crossing(view: RunView, event: ev.Crossed) -> None:
    if event.over:
        view.crossed[event.key] = event.text
    else:
        view.crossed.pop(event.key, None)
    add_line(view, event.at, "error" if event.over else "info", "objective", event.text)


def fold_plateau(view: RunView, event: ev.PlateauMeasured) -> None:
    """A plateau is told again while it lasts: the newest figures replace those before."""
    if view.plateaus and view.plateaus[-1].number == event.plateau.number:
        view.plateaus[-1] = event.plateau
    else:
        view.plateaus.append(event.plateau)
        del view.plateaus[:-PLATEAUS]
    if event.plateau.over:
        told = (plateau_line(event.plateau), moved_line(event.plateau))
        text = say("plateau {figures}", figures="; ".join(filter(None, told)))
        add_line(view, event.at, "info", "plateau", text)


def fold_alarm(view: RunView, event: ev.Alarmed) -> None:
    """Other events have said in a line of their own what these are about; of errors none has."""
    if event.on:
        view.alarms[event.cause] = AlarmView(event.level, event.text, event.since or event.at)
    else:
        view.alarms.pop(event.cause, None)
    if event.cause == ERRORS:
        add_line(view, event.at, event.level if event.on else "info", "errors", event.text)
