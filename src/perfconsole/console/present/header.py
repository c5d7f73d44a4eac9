"""The two lines that answer "is it all right?": state and figures, and the schedule so far."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len, set_cell_size

from perfconsole.console.feed import Link
from perfconsole.console.present.chart_parts import error_limit
from perfconsole.console.present.course import planned_spans
from perfconsole.console.present.server_standing import role_of, short_names, silent
from perfconsole.console.present.watch_charts import latest
from perfconsole.console.uistate import Layout, UiState
from perfconsole.console.widgets.headline import HeadlinePart
from perfconsole.console.widgets.timeline import TimelineModel
from perfconsole.metrics.alarm_bell import loud
from perfconsole.metrics.figures import UNKNOWN, count, milliseconds, percent, three_digits
from perfconsole.metrics.generator import SATURATED
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_unit, metric_words
from perfconsole.model.duration import clock
from perfconsole.model.rate import rate_text
from perfconsole.model.states import RunState, Verdict
from perfconsole.texts import say

MARKS_ON_TIMELINE = 40
SHORT_NAME = 10

_SIGNS = {
    (False, False): " ≤ ", (True, False): " > ", (False, True): " ≥ ", (True, True): " < ",
}  # fmt: skip
"""Of a value and its limit, by whether it is beyond it and whether less is worse."""
_BANDS = {SATURATED: "generator!"}
"""Words for a band whose kind is not what people call it."""
_VERDICTS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.NOT_PROVEN: "not proven",
    Verdict.ABORTED: "aborted",
}


def headline(view: RunView | None, link: Link, ui: UiState, run: str) -> list[HeadlinePart]:
    """Line 1. What may be left out when it is narrow has the lower `keep`."""
    if view is None:
        lost = link in (Link.LOST, Link.DEAD)
        return [controller_lost() if lost else HeadlinePart(say("◌ starting…"), "paused", 9),
                HeadlinePart(run, "bold", 8)]  # fmt: skip
    short = ui.layout is not Layout.WIDE
    narrow = ui.layout is Layout.NARROW
    name = HeadlinePart(_cut(view.name) if narrow else view.name, "bold", 1 if short else 6)
    parts = [_state(view, link, narrow), name, _time(view, short)]
    if ui.viewer:
        parts.append(HeadlinePart(say("viewer"), "warn", 8))
    if ui.frozen:
        parts.append(HeadlinePart(say("FROZEN VIEW"), "warn", 7))
    if view.state is RunState.ENDED:
        return parts + _outcome(view, short)
    if view.groups:
        parts += _load(view, short)
    parts += _server(view, short)
    parts += _generator(view, ui.layout)
    parts += _alarms(view)
    if link in (Link.LOST, Link.DEAD):  # as last seen: history, not now
        parts[2:] = [replace(part, role="dim") for part in parts[2:]]
    return parts


def verdict_words(verdict: Verdict | None) -> str:
    return say(_VERDICTS[verdict]) if verdict else ""


def _cut(name: str) -> str:
    """A name in the few cells that the narrow layout has for it."""
    return name if cell_len(name) <= SHORT_NAME else set_cell_size(name, SHORT_NAME - 1) + "…"


def controller_lost() -> HeadlinePart:
    return HeadlinePart(say("✗ controller lost"), "dead", 9)


def _state(view: RunView, link: Link, short: bool) -> HeadlinePart:
    if view.state is RunState.ENDED:
        words = say("■ ENDED {verdict}", verdict=verdict_words(view.verdict))
        return HeadlinePart(words.strip(), "ended", 9)
    if link in (Link.LOST, Link.DEAD):
        return controller_lost()
    if view.state is RunState.STOPPING:
        return HeadlinePart("■" if short else say("■ STOPPING"), "paused", 9)
    if view.paused:
        return HeadlinePart(say("‖ PAUSED"), "paused", 9)
    if view.state is RunState.STARTING:
        return HeadlinePart("◌" if short else say("◌ STARTING"), "paused", 9)
    return HeadlinePart("●" if short else say("● LIVE"), "live", 9)


def _time(view: RunView, short: bool) -> HeadlinePart:
    now = clock(view.elapsed_s)
    if view.duration_s is None:
        return HeadlinePart(now, "", 8)
    if short:
        return HeadlinePart(f"{now}/{_minutes(view.duration_s)}", "", 8)
    return HeadlinePart(say("{now} of {end}", now=now, end=_minutes(view.duration_s)), "", 8)


def _minutes(seconds: float) -> str:
    return clock(seconds) if seconds >= 3600 else clock(seconds).removeprefix("00:")


def _load(view: RunView, short: bool) -> list[HeadlinePart]:
    gap = "" if short else " "
    if view.watch:
        ms, failing = latest(view, "p95_ms"), latest(view, "error_percent")
        return [
            _limited(say("response"), milliseconds(ms, gap), ms, view.response_limit_ms),
            _limited(say("err"), f"{three_digits(failing)}{gap}%", failing, error_limit(view)),
        ]
    p95, limit = view.series["p95_ms"].now, view.response_limit_ms
    errors, most = view.series["error_percent"].now, error_limit(view)
    tps = None if view.series["tps_passed"].now is None else view.tps
    return [
        HeadlinePart(f"VUs {view.vus}/{view.vus_target}", "", 5),
        HeadlinePart(f"TPS {three_digits(tps)}", "", 6),
        _limited("p95", milliseconds(p95, gap), p95, limit),
        _limited(say("err"), f"{three_digits(errors)}{gap}%", errors, most),
        *_arrivals(view, short),
    ]


def _arrivals(view: RunView, short: bool) -> list[HeadlinePart]:
    """That an open model does not offer the load it is asked for."""
    arrivals = [g.arrivals for g in view.groups.values() if g.arrivals is not None]
    if dropped := sum(group.dropped for group in view.groups.values()):
        return [HeadlinePart(say("dropped {n}!", n=three_digits(dropped)), "over", 7)]
    waiting = sum(each.waiting for each in arrivals)
    if short or not waiting:
        return []
    return [HeadlinePart(say("waiting {n}", n=three_digits(waiting)), "warn", 5)]


def _outcome(view: RunView, short: bool) -> list[HeadlinePart]:
    """What the run as a whole came to; nobody asks any more for its last second."""
    parts = []
    if view.groups:
        done = view.passed + view.failed
        tps = done / view.loaded_s if view.loaded_s else None
        errors = 100 * view.failed / done if done else None
        most = error_limit(view)
        over = errors is not None and most is not None and errors > most
        parts = [
            HeadlinePart(say("mean TPS {tps}", tps=three_digits(tps)), "", 6),
            HeadlinePart(f"{say('err')} {percent(errors)}" + ("!" if over else ""),
                         "over" if over else "", 7),
            HeadlinePart(say("{count} requests", count=count(view.requests)), "", 3),
        ]  # fmt: skip
    if view.reasons and not short:
        more = f" (+{len(view.reasons) - 1})" if len(view.reasons) > 1 else ""
        parts.append(HeadlinePart(view.reasons[0] + more, "bold", 4))
    return parts


def _limited(label: str, shown: str, value: float | None, limit: float | None) -> HeadlinePart:
    """A figure, red and marked when it is over its limit; unknown has no unit."""
    if value is None:
        return HeadlinePart(f"{label} {UNKNOWN}", "", 5)
    if limit is not None and value > limit:
        return HeadlinePart(f"{label} {shown}!", "over", 7)
    return HeadlinePart(f"{label} {shown}", "", 5)


def _server(view: RunView, short: bool) -> list[HeadlinePart]:
    """The worst server metric against its limit, and who does not answer."""
    names = short_names(view.servers)
    unknown = [
        names[server.name]
        for server in view.servers.values()
        if server.ok is not None and silent(server, view.elapsed_s)
    ]
    parts = []
    if worst := view.worst_metric():
        server, name, metric = worst
        value, words = three_digits(metric.value), metric_words(name)
        if short:
            whose = f"{names[server]} " if view.watches and len(names) > 1 else ""
            text = f"{whose}{words} {value}" + ("!" if metric.over else "")
        else:
            sign = _SIGNS[metric.over, metric.traits.least]
            text = say("worst {server} {metric} ", server=names[server], metric=words)
            text += value + metric_unit(name, metric.unit) + sign + three_digits(metric.limit)
        role = role_of(metric, metric.value)
        parts.append(HeadlinePart(text, role, 7 if role == "over" else 4))
    if unknown:
        text = say("no answer: {servers}", servers=", ".join(unknown))
        parts.append(HeadlinePart(text, "warn", 4))
    return parts


def _generator(view: RunView, layout: Layout) -> list[HeadlinePart]:
    """Whether the load generator itself is fit; on a narrow screen only that it is not."""
    if view.generator.causes:
        words = (
            say("generator!") if layout is Layout.NARROW else say("generator is the bottleneck!")
        )
        return [HeadlinePart(words, "over", 8)]
    living = [shown.health.cpu_percent for shown in view.injectors.values() if shown.living]
    if layout is not Layout.WIDE or not living:
        return []
    return [HeadlinePart(say("generator ok {cpu:.0f} %", cpu=max(living)), "dim", 2)]


def _alarms(view: RunView) -> list[HeadlinePart]:
    """How many last that somebody should look at."""
    if not (lasting := loud(view)):
        return []
    words = say("1 alarm") if len(lasting) == 1 else say("{n} alarms", n=len(lasting))
    worst = any(alarm.level == "error" for alarm in lasting.values())
    return [HeadlinePart(words, "over" if worst else "warn", 7)]


def timeline(view: RunView) -> TimelineModel:
    """Line 2: what the load was, is and will be; pauses, and what hands did."""
    comes = None if view.state is RunState.ENDED else view.duration_s
    until = view.elapsed_s if view.state is RunState.ENDED else comes
    planned = [] if view.watches else planned_spans(view, until)
    if planned and comes is None and view.state is not RunState.ENDED:
        comes = planned[-1][3]
    spans: list[tuple[str, str, float, float | None]] = [*planned]
    spans += [
        (band.kind, say(_BANDS.get(band.kind, band.kind)), band.start, band.end)
        for band in view.bands
    ]
    spans += [
        ("hand", _mark(command.command), at, at)
        for command in view.commands[-MARKS_ON_TIMELINE:]
        if _mark(command.command)
        for at in (max(0.0, command.at - view.started_at),)
    ]
    return TimelineModel(view.elapsed_s, comes, tuple(spans))


def _mark(command: dict[str, object]) -> str:  # noqa: PLR0911 - one line for each command
    """Few words for a change of load by hand; nothing for other commands."""
    match command:
        case {"do": "vus", "to": int(to), "group": group}:
            return f"{group} {to}"
        case {"do": "vus", "by": int(by), "group": group}:
            return f"{group} {by:+d}"
        case {"do": "rate", "to": float(to) | int(to), "group": group}:
            return f"{group} {rate_text(to)}"
        case {"do": "schedule", "group": group}:
            return say("{group} schedule", group=group)
        case {"do": "think", "factor": float(factor) | int(factor)}:
            return say("think × {factor:g}", factor=factor)
        case {"do": "undo"}:
            return say("undo")
        case {"do": "hold", "on": on}:
            return say("hold") if on else say("go on")
        case {"do": "start" | "stop" as what}:
            return say(str(what))
    return ""
