"""What the view knows of the load generator as the bottleneck: who, since when, for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfconsole.metrics.parts import Band
from perfconsole.model.event import Saturated
from perfconsole.model.tick import RunTick
from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.metrics.view import RunView

SATURATED = "saturated"
"""Kind of the band behind the charts."""
MACHINE = "machine"
"""Stands for the machine where others are numbers of injectors."""


def saturated(view: RunView, event: Saturated) -> str:
    """Take in that it became so, or is not any more; the line that says it."""
    who = MACHINE if event.injector is None else str(event.injector)
    since = event.since or event.at
    state, shown = view.generator, view.injectors.get(-1 if who == MACHINE else int(who))
    if event.on:
        state.causes[who] = event.text
        state.why = state.why or event.text
        if state.since is None:
            state.since = since
            view.bands.append(Band(SATURATED, max(0.0, since - view.started_at)))
        if shown:
            shown.saturated_since = since
        told = say("the load generator is the bottleneck: {why}", why=event.text)
        return f"{told}; {event.advice}" if event.advice else told
    state.causes.pop(who, None)
    if shown and shown.saturated_since is not None:
        shown.saturated_s += max(0.0, since - shown.saturated_since)
        shown.saturated_since = None
    if state.causes or state.since is None:
        return event.text
    state.seconds += max(0.0, since - state.since)
    state.since = None
    for band in view.bands:
        if band.kind == SATURATED and band.end is None:
            band.end = max(band.start, since - view.started_at)
    return say("{who}: the load generator is the bottleneck no more", who=event.text)


def gone(view: RunView) -> None:
    """The run ended: whatever lasted until now is counted up to now."""
    state = view.generator
    state.seconds, state.since = view.saturated_s, None
    state.causes.clear()
    for shown in view.injectors.values():
        shown.saturated_s = shown.saturated_until(view.now_at)
        shown.saturated_since = None


def generator_second(view: RunView, tick: RunTick) -> None:
    """What a second says of the machine and of each injector's worst moments."""
    view.machine_cpu_percent = tick.machine_cpu_percent
    for health in tick.injectors:
        shown = view.injectors[health.injector]
        shown.gc_pause_ms_peak = max(shown.gc_pause_ms_peak, health.gc_pause_ms)
        left = [n for n in (shown.sockets_left_least, health.sockets_left) if n is not None]
        shown.sockets_left_least = min(left, default=None)
