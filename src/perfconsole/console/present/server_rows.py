"""The page of servers: a row for each, with what it uses against its limits."""

from __future__ import annotations

from perfconsole.console.present.server_standing import (
    CPU,
    MEMORY,
    age,
    fullest_disk,
    role_of,
    short_names,
    silent,
    state,
    why_unknown,
)
from perfconsole.console.present.trends import trend, way
from perfconsole.console.widgets import glyphs
from perfconsole.console.widgets.meter import meter
from perfconsole.console.widgets.table import Cell, Column, Row
from perfconsole.metrics.figures import UNKNOWN, three_digits
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.texts import say

METER, TREND = 6, 5
"""Cells."""
COLUMNS = (
    Column("server", say("server"), 10, "left", flex=True, most=16),
    Column("state", say("state"), 9, "left", flex=True),
    Column("cpu", say("CPU %"), 9),
    Column("cpu_meter", "", METER, gap=1, drop=2),
    Column("cpu_trend", say("5 min"), TREND, gap=1, drop=6),
    Column("memory", say("mem %"), 9),
    Column("memory_meter", "", METER, gap=1, drop=3),
    Column("memory_trend", say("5 min"), TREND, gap=1, drop=7),
    Column("disk", say("disk %"), 9),
    Column("disk_meter", "", METER, gap=1, drop=4),
    Column("mount", "", 6, "left", gap=1, drop=1),
    Column("age", say("age"), 4, drop=5),
)


def server_rows(view: RunView) -> list[Row]:
    names = short_names(view.servers)
    return [_row(view, server, names[server.name]) for server in view.servers.values()]


def _row(view: RunView, server: ServerView, name: str) -> Row:
    now_s = view.elapsed_s
    words, role = state(server, now_s)
    if server.generator:
        words = say("{state} (generator)", state=words)
    head: tuple[Cell, ...] = (name, (words, role))
    if why := why_unknown(view, server):
        return Row(server.name, head, rest=(why, "dim" if server.ok is None else "warn"))
    disk = fullest_disk(server)
    cells: tuple[Cell, ...] = (
        *head,
        *_use(server.metrics.get(CPU), now_s), _trend(server.metrics.get(CPU), now_s),
        *_use(server.metrics.get(MEMORY), now_s), _trend(server.metrics.get(MEMORY), now_s),
        *_use(disk[1] if disk else None, now_s), disk[0] if disk else "", age(server, now_s),
    )  # fmt: skip
    return Row(server.name, cells)


def _use(metric: MetricView | None, now_s: float) -> tuple[Cell, Cell]:
    """Value against limit with its way, the meter."""
    if metric is None or metric.value is None:
        return ((f"{UNKNOWN} ", "dim"), "")
    role = role_of(metric, metric.value)
    cells, least = glyphs.current().meter, metric.traits.least
    drawn = meter(metric.value, metric.limit, METER, cells, least=least)
    return (
        (against(metric) + way(metric, now_s), role or ("" if metric.traits.judged else "dim")),
        (drawn, role or "dim"),
    )


def _trend(metric: MetricView | None, now_s: float) -> Cell:
    if metric is None or metric.value is None:
        return ""
    return (trend(metric, now_s, TREND, 100.0), "dim")


def against(metric: MetricView) -> str:
    """``53.3/75``, ``83!/75``, ``93/≥90``: a value and its limit."""
    text = three_digits(metric.value) + ("!" if metric.over else "")
    return text if metric.limit is None else f"{text}/{limit_figure(metric)}"


def limit_figure(metric: MetricView) -> str:
    """``75``, ``≥90``; empty without a limit."""
    sign = "≥" if metric.traits.least else ""
    return "" if metric.limit is None else sign + three_digits(metric.limit)


def server_line(view: RunView, server: ServerView) -> tuple[str, str]:
    """One server in a line of plain words, and its role: for a screen without tables."""
    words, role = state(server, view.elapsed_s)
    name = short_names(view.servers)[server.name]
    name = say("{server} (generator)", server=name) if server.generator else name
    if silent(server, view.elapsed_s):
        return f"{name} {words}: {why_unknown(view, server)}", role
    disk = fullest_disk(server)
    shown = (
        (say("CPU"), server.metrics.get(CPU)), (say("mem"), server.metrics.get(MEMORY)),
        (say("disk"), disk[1] if disk else None),
    )  # fmt: skip
    figures = "  ".join(f"{label} {against(m) if m else UNKNOWN}" for label, m in shown)
    return f"{name} {words}  {figures}", "" if role == "good" else role
