"""The one-line places: values at the cursor, what is on its way, keys, events, the tiny screen."""

from __future__ import annotations

import time

from msgspec.structs import replace

from perfconsole.console.feed import Link
from perfconsole.console.keys import Footer, Key, Section, footer
from perfconsole.console.outbox import Sending, Stage
from perfconsole.console.present.chart_parts import now_s, shown_server
from perfconsole.console.present.header import headline, verdict_words
from perfconsole.console.present.pages import group_state
from perfconsole.console.present.server_rows import server_line
from perfconsole.console.present.server_standing import role_of, short_names, standing
from perfconsole.console.uistate import Layout, Page, UiState
from perfconsole.console.widgets.headline import HeadlinePart
from perfconsole.metrics.figures import percent, three_digits
from perfconsole.metrics.series import Series
from perfconsole.metrics.view import CommandView, GroupView, Line, RunView, ServerView
from perfconsole.model.duration import clock
from perfconsole.model.states import RunState
from perfconsole.texts import say

STEERING = (Section.LOAD, Section.STEERING)
"""Keys that do something to the run."""
CONSOLE = "console"
UNNAMED = "unknown"
"""Kinds of clients that are no news: one like this, and one that does not say."""
"""What this kind of front end calls itself."""
LIMITS = ("threshold", "objective", "generator")
"""Kinds of events about something that is over its limit."""
ENDED_BY_S = 2.0
"""A plateau is told within this time after what ended it."""
GAP_S = 5.0
"""A value this much older than the cursor is not shown for it."""


def value_at(series: Series, second: float) -> float | None:
    """The value that held at a run second; None in a gap, before the first, long after the last."""
    newest = True
    for part in (series.recent, series.waiting, series.rolled):
        for point in reversed(part):
            if point.t <= second:
                return None if newest and second - point.t > GAP_S else point.last
            newest = False
    return None


def at_cursor(view: RunView, ui: UiState) -> list[HeadlinePart]:
    """``┆ 12:04:51  TPS 398  p50 231 ...`` at the cursor, or now."""
    second = now_s(view) if ui.cursor is None else ui.cursor
    moment = time.strftime("%H:%M:%S", time.localtime(view.started_at + second))
    parts = [
        HeadlinePart(f"┆ {moment}", "dim" if ui.cursor is None else "bold", 9),
        HeadlinePart(clock(second), "dim", 3),
    ]
    if view.groups:
        parts += _client_values(view, second)
    server = shown_server(view, ui)
    if server is not None:
        parts.append(HeadlinePart(short_names(view.servers)[server.name], "dim", 2))
        for label, name in (("CPU", "cpu_percent"), (say("mem"), "memory_percent")):
            metric = server.metrics.get(name)
            value = value_at(metric.series, second) if metric else None
            role = role_of(metric, value) if metric else ""
            text = f"{label} {three_digits(value)}" + ("!" if role else "")
            parts.append(HeadlinePart(text, role, 4))
    if ui.frozen:
        parts.append(HeadlinePart(say("frozen: f goes on"), "warn", 8))
    return parts


def _client_values(view: RunView, second: float) -> list[HeadlinePart]:
    def value(name: str) -> float | None:
        return value_at(view.series[name], second)

    passed, failed = value("tps_passed"), value("tps_failed")
    tps = None if passed is None and failed is None else (passed or 0) + (failed or 0)
    limit = view.response_limit_ms
    parts = [] if view.watch else [HeadlinePart(f"TPS {three_digits(tps)}", "", 8)]
    times = (("p50", "p50_ms", 5), ("p95", "p95_ms", 7), ("p99", "p99_ms", 5))
    for label, name, keep in times[1:2] if view.watch else times:
        ms = value(name)
        over = label == "p95" and ms is not None and limit is not None and ms > limit
        shown = say("response") if view.watch else label
        text = f"{shown} {three_digits(ms)}" + ("!" if over else "")
        parts.append(HeadlinePart(text, "over" if over else "", keep))
    parts.append(HeadlinePart(f"err {percent(value('error_percent'))}", "", 7))
    if not view.watch:
        parts.append(HeadlinePart(f"VUs {three_digits(value('vus'))}", "", 6))
    return parts


def pending(
    view: RunView | None, link: Link, run: str, sendings: tuple[Sending, ...]
) -> list[HeadlinePart]:
    """What was asked and is not answered, what was refused, and what to do when all is over."""
    parts = [_sending(sending) for sending in reversed(sendings)]
    if view is not None and view.state is RunState.ENDED:
        words = (verdict_words(view.verdict), "; ".join(view.reasons))
        parts.append(HeadlinePart(": ".join(filter(None, words)), "bold", 8))
        parts.append(HeadlinePart(say("q leaves"), "dim", 7))
    elif link is Link.DEAD:
        text = say("what was measured is kept: perfconsole report {run}", run=run)
        parts += [HeadlinePart(text, "warn", 8), HeadlinePart(say("q leaves"), "dim", 7)]
    elif link is Link.LOST:
        text = say("the controller does not answer; trying again (no load outlives it by 5 s)")
        parts.append(HeadlinePart(text, "warn", 7))
    return parts


def _sending(sending: Sending) -> HeadlinePart:
    if sending.stage is Stage.NOTICE:
        return HeadlinePart(sending.title, "good", 6)
    if sending.stage is Stage.REFUSED:
        said = f": {sending.said}" if sending.said else ""
        return HeadlinePart(f"✗ {sending.title}{said}", "over", 9)
    if sending.stage is Stage.ASKED:
        text = say("? {title}: {question}", title=sending.title, question=sending.said)
        return HeadlinePart(text, "warn", 9)
    return HeadlinePart(say("⏳ {title}: sent", title=sending.title), "warn", 9)


def keys(ui: UiState, view: RunView | None, link: Link) -> list[HeadlinePart]:
    """The line of keys: those with something to do in this run, as it stands, for this hand."""
    layout = Footer.WIDE if ui.layout is Layout.WIDE else Footer.NARROW
    ended = link is Link.DEAD or (view is not None and view.state is RunState.ENDED)
    watches = view is not None and view.watches
    shown = [
        key
        for key in footer(layout, watches)
        if (not watches or key.section not in STEERING or key.shown in ("n", "u", "C", "<"))
        and not (ended and (key.section in STEERING or key.shown in ("d", "enter")))
        and not (ui.viewer and key.section in STEERING)
    ]
    return [
        HeadlinePart(
            f"{key.compact} {_key_word(key, ui)}", "dim", 99 if key.shown in "?q" else -place
        )
        for place, key in enumerate(shown)
    ]


def _key_word(key: Key, ui: UiState) -> str:
    return say("server") if key.shown == "enter" and ui.page is Page.SERVERS else say(key.short)


def events(view: RunView, me: str = "") -> list[Line]:
    """The events, oldest first; with who did it, where that was not `me` at a console."""
    others = {
        (command.at, command.said): who
        for command in view.commands
        if (who := _author(command, me))
    }
    if not others:
        return view.lines
    return [
        replace(line, text=f"{line.text} ({others[line.at, line.text]})")
        if line.kind == "command" and (line.at, line.text) in others
        else line
        for line in view.lines
    ]


def _author(command: CommandView, me: str) -> str:
    """Who did it, and with what if not at a console; empty when that goes without saying."""
    front_end = command.client.partition(":")[0]
    how = front_end if front_end not in ("", CONSOLE, UNNAMED) else ""
    who = command.by if command.by != me else ""
    return ", ".join(dict.fromkeys(filter(None, (who, how))))


def last_event(view: RunView, me: str = "") -> list[HeadlinePart]:
    """One part, so that a long sentence is cut on a narrow screen and not left out. What ended a
    plateau, such as a hand's pause, rather than the figures that are told right behind it."""
    if not view.lines:
        return [HeadlinePart(say("no events yet"), "dim", 9)]
    *before, line = events(view, me)
    if line.kind == "plateau" and before and line.at - before[-1].at <= ENDED_BY_S:
        line = before[-1]
    moment = time.strftime("%H:%M:%S", time.localtime(line.at))
    role = "over" if line.level == "error" and line.kind in LIMITS else ""
    return [HeadlinePart(f"{moment}   {line.text}", role, 9)]


def numbers_only(
    view: RunView | None, link: Link, ui: UiState, run: str,
    sendings: tuple[Sending, ...], height: int, me: str = "",
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Everything that matters, a line each with its role, for a very small screen."""
    state, *figures = headline(view, link, ui, run)
    figures.sort(key=lambda part: -part.keep)
    told = [state, *pending(view, link, run, sendings)]
    numbers = [(part.text, part.role) for part in told]
    if view is not None and view.watches:
        numbers += [server_line(view, server) for server in _worst_first(view)[: height // 2]]
    elif view is not None:
        numbers += [_group(group, ui) for group in _first_chosen(view, ui)[: height // 2]]
    numbers += [(part.text, part.role) for part in figures]
    if view is not None:
        numbers += [(part.text, part.role) for part in last_event(view, me)]
    load_keys = "" if view is not None and view.watches else "+ - space ctrl+x "
    hints = [
        (say("j k {more}d q ? work here too", more=load_keys), "dim"),
        (say("80×18 shows charts"), "dim"),
    ]
    return (*numbers[: max(1, height - len(hints))], *hints)


def _worst_first(view: RunView) -> list[ServerView]:
    now = view.elapsed_s
    return sorted(view.servers.values(), key=lambda each: standing(each, now), reverse=True)


def _first_chosen(view: RunView, ui: UiState) -> list[GroupView]:
    """Those first that keys are for."""
    chosen = {ui.group} | ui.marked
    return sorted(view.groups.values(), key=lambda group: group.name not in chosen)


def _group(group: GroupView, ui: UiState) -> tuple[str, str]:
    words, role = group_state(group)
    mark = "▸" if ui.group == group.name else "◆" if group.name in ui.marked else " "
    return f"{mark} {group.name} {words} {group.vus}/{group.target}", role
