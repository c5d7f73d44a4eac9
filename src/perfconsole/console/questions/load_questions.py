"""Dialogs about the load of groups: VUs, rate, schedule, think time, stop, resume, traces."""

from __future__ import annotations

from typing import Any

from perfconsole.console.orders import Choice, NothingToDo, Wish, stop
from perfconsole.console.present.course import plan_age_s
from perfconsole.console.present.remaining import rest_text
from perfconsole.console.questions.answers import choose, enter
from perfconsole.console.screens.dialogs import Dialog
from perfconsole.console.typed import (
    RATE_FORMS,
    TRACE_FORMS,
    VUS_FORMS,
    typed_factor,
    typed_load,
    typed_resume,
    typed_schedule,
    typed_trace,
)
from perfconsole.metrics.view import GroupView
from perfconsole.model.rate import rate_text
from perfconsole.model.stage_text import STAGE_FORMS
from perfconsole.model.states import GroupState, StopMode
from perfconsole.texts import say, some_vus

MORE_FORMS = (
    '"exponential to 500 over 5m", "wave from 50 to 200 every 5m for 30m", '
    '"at random from 50 to 150 every 10s for 10m"'
)


def ask_load(choice: Choice) -> Dialog[Any]:
    groups = choice.groups
    sharing = choice.sharing
    vus = sum(g.vus for g in sharing)
    target = sum(g.target for g in sharing)
    prompt = say("{vus} now, {target} wanted. Write {forms}.",
                 vus=some_vus(vus), target=target, forms=VUS_FORMS)  # fmt: skip
    if len(groups) > 1:
        prompt += "\n" + say("The total of {groups}, shared as planned.",
                             groups=", ".join(g.name for g in sharing))  # fmt: skip
    elif (arrivals := groups[0].arrivals) is not None:
        prompt = say("{rate} arrivals now. Write {forms}.",
                     rate=rate_text(arrivals.rate), forms=RATE_FORMS)  # fmt: skip
        prompt += "\n" + say("At most {vus} serve them. For another ceiling write {forms}.",
                             vus=some_vus(vus), forms='"120"')  # fmt: skip
    title = say("Load of {group}", group=choice.words)
    return enter(title, prompt, lambda text: typed_load(text, choice))


def ask_stop(choice: Choice) -> Dialog[Any]:
    vus = sum(group.vus for group in choice.groups)
    modes = (
        (say("after the iteration"), StopMode.AFTER_ITERATION),
        (say("after the request"), StopMode.AFTER_REQUEST),
        (say("now (requests in flight are cut)"), StopMode.NOW),
    )
    return choose(
        say("Stop {group}", group=choice.words),
        say("{vus} running. When should they leave?", vus=some_vus(vus)),
        (
            *((words, Wish(stop(choice, mode), sure=True)) for words, mode in modes),
            (say("no, let them run"), None),
        ),
    )


def ask_resume(choice: Choice) -> Dialog[Any]:
    if not any(group.state is GroupState.PAUSED for group in choice.groups):
        raise NothingToDo(say("not paused: {groups}", groups=choice.words))
    return enter(
        say("Resume {group}", group=choice.words),
        say("Spread over how long? 0 is all at once."),
        lambda text: typed_resume(text, choice),
        "10s",
    )


def ask_think(choice: Choice) -> Dialog[Any]:
    factors = {group.think_factor for group in choice.groups}
    now = " ".join(f"× {factor:g}" for factor in sorted(factors))
    return enter(
        say("Think time of {group}", group=choice.words),
        say("{now} now, of what the flow says. Write a factor such as 0.5; 0: nobody thinks.",
            now=now),
        lambda text: typed_factor(text, choice),
    )  # fmt: skip


def ask_schedule(choice: Choice) -> Dialog[Any]:
    """Prefilled with what remains, as far as one line can say it."""
    groups = choice.groups
    if len(groups) > 1:
        raise NothingToDo(say("a schedule is one group's: select one"))
    group = groups[0]
    remains = _remains(group, choice)
    now = group.arrivals.rate if group.open and group.arrivals else group.target
    load = rate_text(now) if group.open else some_vus(group.target)
    prompt = say("What comes now, from {load} on: stages with commas between them.", load=load)
    prompt += f"\n{STAGE_FORMS}\n{MORE_FORMS}"
    if remains is None:
        prompt += "\n" + say(
            "What the schedule still has cannot be said in a line; this replaces it."
        )
    return enter(
        say("Schedule of {group}", group=group.name), prompt,
        lambda text: typed_schedule(text, group), remains or "",
    )  # fmt: skip


def _remains(group: GroupView, choice: Choice) -> str | None:
    age_s = plan_age_s(group, choice.view.elapsed_s)
    return rest_text(group.stages, 0.0 if age_s is None else age_s, rates=group.open)


def ask_trace(choice: Choice) -> Dialog[Any]:
    groups = choice.groups
    traces = choice.view.traces
    left = sum(traces[g.name].left for g in groups if g.name in traces)
    prompt = say("Keeps the next exchanges, request and answer, to be read at F4.")
    prompt += "\n" + say("Write {forms}.", forms=TRACE_FORMS)
    if left:
        prompt += "\n" + say("{n} are still to come.", n=left)
    title = say("Trace {group}", group=choice.words)
    return enter(title, prompt, lambda text: typed_trace(text, groups), "20")
