"""What a person types into a dialog, as commands. All raise ValueError with what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from perfconsole.console.orders import Choice, Orders
from perfconsole.console.uistate import ALL
from perfconsole.metrics.view import GroupView
from perfconsole.model import command as cmd
from perfconsole.model.duration import DURATION_PATTERN, parse_duration
from perfconsole.model.invalid import first_fault
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.rate import parse_rate
from perfconsole.model.shares import in_whole
from perfconsole.model.stage_text import parse_stages
from perfconsole.model.stages import amounts, is_rate, number
from perfconsole.model.staging import staged
from perfconsole.texts import say

MOST_VUS = 1_000_000
WEEK_S = 7 * 86400
_TIME = rf"{DURATION_PATTERN}|\d+(?:\.\d+)?"
"""A bare number is seconds."""

# ---------------------------------------------------------------- load

VUS_FORMS = '"120", "120 over 30s" or "120 5 every 3s"'
_VUS = re.compile(
    rf"^\s*(?P<to>\d+)\s*(?:over\s+(?P<over>{_TIME})"
    rf"|(?P<step>\d+)\s+every\s+(?P<every>{_TIME}))?\s*$"
)


def typed_vus(text: str, choice: Choice) -> Orders:
    """VUs for what is chosen; for all groups, or several, the number is their total."""
    match = _VUS.match(text)
    if match is None:
        raise ValueError(say("write {forms}", forms=VUS_FORMS))
    to, step = int(match["to"]), int(match["step"] or 0)
    over_s = _seconds(match["over"]) if match["over"] else 0.0
    every_s = _seconds(match["every"]) if match["every"] else 0.0
    if to > MOST_VUS:
        raise ValueError(say("at most 1,000,000 VUs"))
    if match["step"] and not (step and every_s):
        raise ValueError(say("a step needs at least 1 VU and a time above 0"))
    if choice.everything:
        parts = {ALL: to}
    else:
        parts = shared(to, {group.name: group.planned for group in choice.sharing})
    return tuple(
        cmd.ChangeVus(group=name, to=vus, over_s=over_s, step=step, every_s=every_s)
        for name, vus in parts.items()
    )


RATE_FORMS = '"300/s" or "300/s over 30s"'


def typed_load(text: str, choice: Choice) -> Orders:
    """VUs as typed, or what has a ``/``, a rate."""
    return typed_rate(text, choice) if "/" in text else typed_vus(text, choice)


def typed_rate(text: str, choice: Choice) -> Orders:
    """A rate as typed, one group's."""
    opened = [group for group in choice.groups if group.arrivals is not None]
    if len(opened) != 1:
        raise ValueError(say("a rate is one group's: select a group that has arrivals"))
    wanted, _, over = text.partition("over")
    over_s = _seconds(over) if over.strip() else 0.0
    return (cmd.ChangeRate(group=opened[0].name, to=parse_rate(wanted.strip()), over_s=over_s),)


def typed_factor(text: str, choice: Choice) -> Orders:
    """A factor of think times."""
    try:
        factor = float(text.strip().removesuffix("×").removeprefix("×"))
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= 1000:
        raise ValueError(say("write a factor such as 0.5, at most 1000; 0: nobody thinks"))
    return (cmd.ChangeThink(groups=choice.names, factor=factor),)


def typed_resume(text: str, choice: Choice) -> Orders:
    return (cmd.ResumeGroups(groups=choice.names, over_s=_seconds(text)),)


def typed_schedule(text: str, group: GroupView) -> Orders:
    """Stages for what remains of a group's schedule."""
    given = {"group": group.name, "load": parse_stages(text)}
    try:
        command = cmd.EditSchedule.model_validate(given)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
    staged(command.load, "")
    loads = [amount for stage in command.load for amount in amounts(stage) if number(amount)]
    if group.open and not all(is_rate(amount) for amount in loads):
        raise ValueError(say('{group} has a rate: write loads such as "300/s"', group=group.name))
    if not group.open and any(is_rate(amount) for amount in loads):
        raise ValueError(say("{group} has no rate: write loads in VUs", group=group.name))
    return (command,)


def shared(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` in whole parts by weight, largest remainders first; adds up exactly."""
    whole = sum(weights.values())
    exact = {
        name: total * weight / whole if whole else total / len(weights)
        for name, weight in weights.items()
    }
    return in_whole(exact, total)


TRACE_FORMS = '"20" (failing ones), "20 all", or "0" to end it'
_TRACE = re.compile(r"^\s*(?P<count>\d+)\s*(?P<all>all)?\s*$")


def typed_trace(text: str, groups: list[GroupView]) -> Orders:
    match = _TRACE.match(text)
    if match is None or int(match["count"]) > 1000:
        raise ValueError(say("write {forms}; at most 1000", forms=TRACE_FORMS))
    count, everything = int(match["count"]), match["all"] is not None
    return tuple(cmd.TraceGroup(group=g.name, count=count, all=everything) for g in groups)


# ---------------------------------------------------------------- rendezvous

_RELEASE = re.compile(rf"^\s*(?P<n>\d+)\s+every\s+(?P<every>{_TIME})\s*$")


def typed_release(text: str, point: str) -> Orders:
    """A release: nothing or ``all`` for all at once, else ``10 every 1s``."""
    if text.strip() in ("", ALL):
        return (cmd.ReleasePoint(point=point),)
    match = _RELEASE.match(text)
    if match is None or not int(match["n"]):
        raise ValueError(say('write "all", or some at a time such as "10 every 1s"'))
    return (cmd.ReleasePoint(point=point, count=int(match["n"]), every_s=_seconds(match["every"])),)


POLICY_FORMS = '"100% of all", "50% of running", a number, or "manual"'
_POLICY = re.compile(rf"^\s*(?P<policy>.*?)\s*(?:timeout\s+(?P<timeout>{_TIME}))?\s*$")


def typed_policy(text: str, point: str) -> Orders:
    """``80``, ``50% of running``, ``manual``, each also with ``timeout 30s`` behind it, or that
    alone."""
    match = _POLICY.match(text)
    policy = (match["policy"] if match else text).removesuffix(" VUs")
    timeout = _seconds(match["timeout"]) if match and match["timeout"] else None
    if not policy and timeout is None:
        raise ValueError(say("write {forms}", forms=POLICY_FORMS))
    if policy:
        try:
            PointSpec(wait_for=policy)
        except ValidationError:
            raise ValueError(
                say('write {forms}, with "timeout 30s" behind it if you like', forms=POLICY_FORMS)
            ) from None
    return (cmd.ChangePolicy(point=point, wait_for=policy or None, timeout=timeout),)


# ---------------------------------------------------------------- the run

DURATION_FORMS = '"45m" from the first VU on, "+5m", "-5m", or "none"'


def typed_duration(text: str) -> Orders:
    """``45m``: until then; ``+5m``, ``-5m``: longer, shorter; ``none``: it has no end."""
    wanted = text.strip()
    if wanted == "none":
        return (cmd.ChangeDuration(),)
    sign = wanted[:1] if wanted[:1] in ("+", "-") else ""
    if not wanted.removeprefix(sign):
        raise ValueError(say("write {forms}", forms=DURATION_FORMS))
    seconds = parse_duration(wanted.removeprefix(sign).strip())
    if not 0 < seconds <= 366 * 86400:
        raise ValueError(say("a time above 0 is needed, at most 366 days"))
    if sign:
        return (cmd.ChangeDuration(by_s=-seconds if sign == "-" else seconds),)
    return (cmd.ChangeDuration(to_s=seconds),)


def typed_note(text: str) -> Orders:
    if not text.strip():
        raise ValueError(say("a note needs some words"))
    return (cmd.AddNote(text=text.strip()[:1000]),)


def _seconds(text: str) -> float:
    """At most a week, as commands have it."""
    seconds = parse_duration(text.strip())
    if seconds > WEEK_S:
        raise ValueError(say("at most 7 days"))
    return seconds
