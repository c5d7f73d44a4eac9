"""Dialogs about the run as a whole: its end, its length, its limits, notes."""

from __future__ import annotations

from typing import Any

from perfconsole.console.orders import Choice, Wish
from perfconsole.console.questions.answers import choose, enter
from perfconsole.console.screens.dialogs import Dialog
from perfconsole.console.typed import DURATION_FORMS, typed_duration, typed_note
from perfconsole.console.typed_limits import LIMIT_FORMS, typed_limit, typed_limit_of
from perfconsole.console.uistate import ALL
from perfconsole.metrics.figures import three_digits
from perfconsole.metrics.view import RunView, ServerView
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.command import ResumeGroups, StopRun
from perfconsole.model.duration import short
from perfconsole.model.states import StopMode
from perfconsole.texts import say, some_vus

MOST_SERVERS = 6
"""Whose limits are listed."""


def ask_stop_run(choice: Choice) -> Dialog[Any]:
    view = choice.view
    modes = (
        (say("after the iteration"), StopMode.AFTER_ITERATION),
        (say("after the request"), StopMode.AFTER_REQUEST),
        (say("now (requests in flight are cut)"), StopMode.NOW),
    )
    return choose(
        say("Stop the run"),
        say(
            "{run}: {vus}. It ends, is judged, and cannot go on.",
            run=view.name,
            vus=some_vus(view.vus),
        ),
        (
            *((words, Wish((StopRun(mode=mode),), sure=True)) for words, mode in modes),
            (say("no, let it run"), None),
        ),
    )


def ask_resume_all(_: Choice) -> Dialog[Any]:
    everything = (ALL,)
    return choose(
        say("Resume"),
        say("Everything is paused."),
        (
            (say("resume all at once"), Wish((ResumeGroups(groups=everything),))),
            (say("resume all over 10 s"), Wish((ResumeGroups(groups=everything, over_s=10),))),
            (say("no"), None),
        ),
    )


def ask_note(_: Choice) -> Dialog[Any]:
    return enter(say("Note"), say("It is kept with the run, at this moment."), typed_note)


def ask_duration(choice: Choice) -> Dialog[Any]:
    view = choice.view
    if view.duration_s is None:
        now = say("It has no end.")
    else:
        now = say("It lasts {time} from its first VU on.", time=short(view.duration_s))
    passed = say("{time} have passed.", time=short(max(1.0, round(view.loaded_s))))
    prompt = f"{now} {passed}\n" + say("Write {forms}.", forms=DURATION_FORMS)
    return enter(say("How long the run lasts"), prompt, typed_duration)


def ask_limit(choice: Choice) -> Dialog[Any]:
    view = choice.view
    server = view.servers.get(choice.server)
    if server is not None and choice.metric in server.metrics:
        return _ask_limit_of(server, choice.metric)
    prompt = "\n".join([*_limits(view), say("Write {forms}.", forms=LIMIT_FORMS)])
    initial = f"{choice.server} cpu " if choice.server else ""
    return enter(say("Another limit"), prompt, lambda text: typed_limit(text, view), initial)


def _ask_limit_of(server: ServerView, name: str) -> Dialog[Any]:
    metric = server.metrics[name]
    now = say(
        "{value}{unit} now.", value=three_digits(metric.value), unit=metric_unit(name, metric.unit)
    )
    initial = ""
    if metric.limit is not None:
        initial = f"{metric.limit:g}"
        now += " " + say(
            "Its limit is {limit}{unit}.", limit=initial, unit=metric_unit(name, metric.unit)
        )
    prompt = now + "\n" + say("Write the new limit, from the next sample on.")
    title = say("Limit of {server} {metric}", server=server.name, metric=metric_words(name))
    return enter(
        title, prompt, lambda text: typed_limit_of(text, server.name, name, metric.unit), initial
    )


def _limits(view: RunView) -> list[str]:
    """Those that the screen knows, a line for each server and one for the objectives."""
    lines = []
    for server in list(view.servers.values())[:MOST_SERVERS]:
        limits = ", ".join(f"{metric_words(m)} {three_digits(n)}" for m, n in server.limits.items())
        if limits:
            lines.append(f"{server.name}: {limits}")
    asked = []
    if view.response_limit_ms is not None:
        asked.append(say("response time {ms:g} ms", ms=view.response_limit_ms))
    if view.pass_rate_limit is not None:
        asked.append(say("pass rate {limit} %", limit=three_digits(view.pass_rate_limit)))
    if asked:
        lines.append(say("objectives: {asked}", asked=", ".join(asked)))
    return lines
