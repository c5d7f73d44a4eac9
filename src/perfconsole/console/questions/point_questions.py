"""Dialogs about rendezvous points: release, on and off, policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from perfconsole.console.orders import Choice, Wish
from perfconsole.console.questions.answers import choose, enter
from perfconsole.console.screens.dialogs import Dialog
from perfconsole.console.typed import POLICY_FORMS, typed_policy, typed_release
from perfconsole.console.uistate import ALL
from perfconsole.metrics.view import GroupView, PointView
from perfconsole.model import command as cmd
from perfconsole.texts import say

MOST_GROUPS = 50
"""Of a point that are offered to be switched by themselves."""


def ask_release(choice: Choice) -> Dialog[Any]:
    return _which(say("Release"), choice, _release)


def ask_policy(choice: Choice) -> Dialog[Any]:
    return _which(say("Policy"), choice, _policy)


def ask_switch(choice: Choice) -> Dialog[Any]:
    return _which(say("On or off"), choice, partial(_switch, groups=choice.view.groups.values()))


def _which(title: str, choice: Choice, how: Callable[[PointView], Dialog[Any]]) -> Dialog[Any]:
    points = choice.points
    if len(points) == 1:
        return how(points[0])
    fullest = max(range(len(points)), key=lambda place: points[place].total)
    choices = (
        *((f"{point.name}: {_waiting(point)}", partial(how, point)) for point in points),
        (say("none"), None),
    )
    return choose(title, say("Which rendezvous?"), choices, fullest)


def _release(point: PointView) -> Dialog[Any]:
    prompt = say(
        '{waiting}. Write "all", or some at a time: "10 every 1s".', waiting=_waiting(point)
    )
    title = say("Release {point}", point=point.name)
    return enter(title, prompt, lambda text: typed_release(text, point.name), ALL)


def _policy(point: PointView) -> Dialog[Any]:
    prompt = say('What it waits for: {forms}; "timeout 30s" behind it if you like.',
                 forms=POLICY_FORMS)  # fmt: skip
    title = say("Policy of {point}", point=point.name)
    return enter(title, prompt, lambda text: typed_policy(text, point.name), point.policy)


def _switch(point: PointView, groups: Iterable[GroupView]) -> Dialog[Any]:
    """For all groups, and for each by itself."""
    there = [group.name for group in groups if point.name in group.points]

    def wish(on: bool, *names: str) -> Wish:
        return Wish((cmd.SwitchPoint(point=point.name, on=on, groups=names),))

    turned = say("turn it off") if point.on else say("turn it on")
    choices: list[tuple[str, Wish | None]] = [(turned, wish(not point.on))]
    if point.on and len(there) > 1:
        for name in there[:MOST_GROUPS]:
            off = name in point.off
            words = say("on for {group}") if off else say("off for {group}")
            choices.append((words.format(group=name), wish(off, name)))
    question = say("Off: VUs walk past it, and those who wait go on.")
    return choose(point.name, question, (*choices, (say("leave it"), None)))


def _waiting(point: PointView) -> str:
    if point.needed is None:
        return say("{waiting} wait, a hand releases", waiting=point.total)
    return say("{waiting} of {needed} wait", waiting=point.total, needed=point.needed)
