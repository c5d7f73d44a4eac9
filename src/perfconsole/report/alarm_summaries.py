"""The alarms of a run, each with how long it lasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfconsole.metrics.figures import count
from perfconsole.model.causes import END
from perfconsole.model.duration import clock, short
from perfconsole.model.event import Alarmed
from perfconsole.model.summary import AlarmSummary, Summary
from perfconsole.report.ink import Ink
from perfconsole.report.text_table import wrapped
from perfconsole.texts import say

MOST_ALARMS = 30


def alarm_summaries(told: Sequence[Alarmed], ended_at: float) -> Iterator[AlarmSummary]:
    """In the order in which they were raised; those that last do until `ended_at`, Unix time."""
    for place, alarm in enumerate(told):
        if not alarm.on or alarm.cause == END:
            continue
        off = next((each for each in told[place + 1 :] if each.cause == alarm.cause), None)
        until = ended_at if off is None else off.since
        yield AlarmSummary(
            cause=alarm.cause,
            level=alarm.level,
            text=alarm.text,
            at=alarm.since,
            duration_s=max(0.0, until - alarm.since),
            recovered=off is not None,
        )


def alarm_lines(summary: Summary, width: int, ink: Ink) -> list[str]:
    """When each began, on the run's clock, and how long it lasted: the first ones of many."""
    shown = summary.alarms[:MOST_ALARMS]
    lines = []
    for alarm in shown:
        when = f"{clock(alarm.at - summary.started_at)}  {_lasted(alarm):>8}  "
        lines += wrapped(ink.words(when + alarm.text), width, len(when))
    if more := len(summary.alarms) - len(shown):
        lines.append(ink.faint(ink.words(say("and {n} later ones", n=count(more)))))
    return [ink.heading(say("Alarms")), *lines] if lines else []


def _lasted(alarm: AlarmSummary) -> str:
    length = short(float(round(alarm.duration_s)))
    return length if alarm.recovered else say("to end")
