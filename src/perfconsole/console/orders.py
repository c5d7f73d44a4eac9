"""What a key asks of the run, given what is selected: pure functions from a view to commands.

Imported when the first frame is on the screen: pydantic takes a quarter of a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from perfconsole.console.uistate import ALL
from perfconsole.metrics.view import GroupView, RunView
from perfconsole.model import command as cmd
from perfconsole.model.duration import DURATION_PATTERN, parse_duration, short
from perfconsole.model.rate import parse_rate, rate_text
from perfconsole.model.states import GroupState, StopMode
from perfconsole.texts import say


class NothingToDo(Exception):
    """Why a key does nothing here, one line for a person."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person had selected when the key was pressed."""

    view: RunView
    group: str
    """A group's name, or ``all``."""
    step: int

    @property
    def groups(self) -> list[GroupView]:
        if self.group == ALL and ALL not in self.view.groups:
            chosen = list(self.view.groups.values())
        else:
            chosen = [g for g in self.view.groups.values() if g.name == self.group]
        if not chosen:
            raise NothingToDo(say("no group is selected"))
        return chosen


Orders = tuple[cmd.Command, ...]


def pause(choice: Choice) -> Orders:
    """Pause, or resume what is paused."""
    if all(group.state is GroupState.PAUSED for group in choice.groups):
        return (cmd.ResumeGroups(groups=(choice.group,)),)
    if choice.group == ALL and choice.view.paused:
        return (cmd.ResumeGroups(groups=(ALL,)),)
    return (cmd.PauseGroups(groups=(choice.group,)),)


def hold(choice: Choice) -> Orders:
    """Hold the load where it is; what is held goes on from there."""
    held = all(group.held for group in choice.groups)
    return (cmd.HoldGroups(groups=(choice.group,), on=not held),)


def schedule(choice: Choice) -> Orders:
    """After a change by hand: back to the load that the scenario plans."""
    changed = [g for g in choice.groups if g.by_hand and not g.held]
    if not changed:
        raise NothingToDo(say("on schedule already; i ends a hold"))
    return (cmd.HoldGroups(groups=tuple(g.name for g in changed), on=False),)


def start(choice: Choice) -> Orders:
    _ = choice.groups
    return (cmd.StartGroups(groups=(choice.group,)),)


def more(choice: Choice) -> Orders:
    return tuple(cmd.ChangeVus(group=g.name, by=choice.step) for g in choice.groups)


def fewer(choice: Choice) -> Orders:
    return tuple(cmd.ChangeVus(group=g.name, by=-choice.step) for g in choice.groups)


ORDERS: Mapping[str, Callable[[Choice], Orders]] = {
    "pause": pause,
    "hold": hold,
    "schedule": schedule,
    "start": start,
    "more": more,
    "fewer": fewer,
}


def stop(choice: Choice, mode: StopMode) -> Orders:
    _ = choice.groups
    return (cmd.StopGroups(groups=(choice.group,), mode=mode),)


# ---------------------------------------------------------------- what is typed

VUS_FORMS = '"120", "120 over 30s" or "120 5 every 3s"'
_VUS = re.compile(
    rf"^\s*(?P<to>\d+)\s*(?:over\s+(?P<over>{DURATION_PATTERN}|\d+(?:\.\d+)?)"
    rf"|(?P<step>\d+)\s+every\s+(?P<every>{DURATION_PATTERN}|\d+(?:\.\d+)?))?\s*$"
)


def typed_vus(text: str, choice: Choice) -> Orders:
    """Commands for a number as typed, for each selected group. Raises ValueError.

    For all groups the number is the total, shared by their planned proportion.
    """
    match = _VUS.match(text)
    if match is None:
        raise ValueError(say("write {forms}", forms=VUS_FORMS))
    to, step = int(match["to"]), int(match["step"] or 0)
    over_s = parse_duration(match["over"].strip()) if match["over"] else 0.0
    every_s = parse_duration(match["every"].strip()) if match["every"] else 0.0
    if to > 1_000_000:
        raise ValueError(say("at most 1,000,000 VUs"))
    if match["step"] and not (step and every_s):
        raise ValueError(say("a step needs at least 1 VU and a time above 0"))
    if max(over_s, every_s) > 7 * 86400:
        raise ValueError(say("at most 7 days"))
    return tuple(
        cmd.ChangeVus(group=name, to=vus, over_s=over_s, step=step, every_s=every_s)
        for name, vus in shared(to, {g.name: g.planned for g in choice.groups}).items()
    )


RATE_FORMS = '"300/s" or "300/s over 30s"'


def typed_load(text: str, choice: Choice) -> Orders:
    """VUs as typed, or what has a ``/``, a rate. Raises ValueError."""
    return typed_rate(text, choice) if "/" in text else typed_vus(text, choice)


def typed_rate(text: str, choice: Choice) -> Orders:
    """Commands for a rate as typed, one group's. Raises ValueError."""
    opened = [group for group in choice.groups if group.arrivals is not None]
    if len(opened) != 1:
        raise ValueError(say("a rate is one group's: select a group that has arrivals"))
    wanted, _, over = text.partition("over")
    over_s = parse_duration(over.strip()) if over.strip() else 0.0
    if over_s > 7 * 86400:
        raise ValueError(say("at most 7 days"))
    return (cmd.ChangeRate(group=opened[0].name, to=parse_rate(wanted.strip()), over_s=over_s),)


_RELEASE = re.compile(rf"^\s*(?P<n>\d+)\s+every\s+(?P<every>{DURATION_PATTERN}|\d+(?:\.\d+)?)\s*$")


def typed_release(text: str, point: str) -> Orders:
    """A release as typed: nothing or ``all`` for all at once, else ``10 every 1s``."""
    if text.strip() in ("", ALL):
        return (cmd.ReleasePoint(point=point),)
    match = _RELEASE.match(text)
    if match is None or not int(match["n"]):
        raise ValueError(say('write "all", or some at a time such as "10 every 1s"'))
    every_s = parse_duration(match["every"].strip())
    return (cmd.ReleasePoint(point=point, count=int(match["n"]), every_s=every_s),)


def shared(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` in whole parts by weight, largest remainders first; adds up exactly."""
    whole = sum(weights.values())
    exact = {
        name: total * weight / whole if whole else total / len(weights)
        for name, weight in weights.items()
    }
    parts = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(parts, key=lambda name: parts[name] - exact[name])
    for name in by_remainder[: total - sum(parts.values())]:
        parts[name] += 1
    return parts


# ---------------------------------------------------------------- in words

_MODES = {
    StopMode.AFTER_ITERATION: "after the iteration",
    StopMode.AFTER_REQUEST: "after the request",
    StopMode.NOW: "now",
}


def title(command: cmd.Command) -> str:  # noqa: PLR0911 - one line for each command
    """``vus publish → 120 over 30s``: for the line that shows what is on its way."""
    match command:
        case cmd.ChangeVus():
            return say("vus {group} {change}", group=command.group, change=_change(command))
        case cmd.ChangeRate():
            over = say(" over {time}", time=short(command.over_s)) if command.over_s else ""
            return say("rate {group} → {rate}", group=command.group,
                       rate=rate_text(command.to) + over)  # fmt: skip
        case cmd.ReleasePoint(point=point, count=None):
            return say("release {point}", point=point)
        case cmd.ReleasePoint(point=point, count=count, every_s=every):
            return say(
                "release {point}: {count} every {every}",
                point=point, count=count, every=short(every),
            )  # fmt: skip
        case cmd.StopGroups(groups=groups, mode=mode):
            return say("stop {groups} {mode}", groups=", ".join(groups), mode=say(_MODES[mode]))
        case cmd.StopRun(mode=mode):
            return say("stop the run {mode}", mode=say(_MODES[mode]))
        case cmd.HoldGroups(groups=groups, on=on):
            word = say("hold") if on else say("go on with")
            return f"{word} {', '.join(groups)}"
        case cmd.ResumeGroups(groups=groups, over_s=over_s) if over_s:
            return say("resume {groups} over {time}", groups=", ".join(groups), time=short(over_s))
        case cmd.StartGroups(groups=g) | cmd.PauseGroups(groups=g) | cmd.ResumeGroups(groups=g):
            return f"{say(command.do)} {', '.join(g)}"
        case cmd.SwitchPoint(point=point, on=on):
            return say("turn {point} {state}", point=point, state=say("on") if on else say("off"))
        case cmd.AddNote(text=text):
            return say("note: {text}", text=text)
    return say("leave the run running")


def _change(command: cmd.ChangeVus) -> str:
    text = f"→ {command.to}" if command.to is not None else f"{command.by:+d}"
    if command.over_s:
        text += say(" over {time}", time=short(command.over_s))
    if command.step:
        text += say(", {step} every {time}", step=command.step, time=short(command.every_s))
    return text
