"""The page of one server: every metric it tells, its limits, and what has become of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from perfconsole.console.feed import Link
from perfconsole.console.present.chart_parts import now_s, placed
from perfconsole.console.present.header import controller_lost
from perfconsole.console.present.lines import GAP_S, value_at
from perfconsole.console.present.machine_charts import cpu_and_memory, network, of_metric
from perfconsole.console.present.server_rows import limit_figure
from perfconsole.console.present.server_standing import age_s, role_of, state, why_unknown
from perfconsole.console.present.trends import trend, way
from perfconsole.console.uistate import UiState
from perfconsole.console.widgets.chartmodel import ChartModel
from perfconsole.console.widgets.headline import HeadlinePart
from perfconsole.console.widgets.table import Cell, Column, Row
from perfconsole.metrics.figures import percent
from perfconsole.metrics.limit_words import limit_text
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.metrics.words import metric_figure, metric_order, metric_words
from perfconsole.model.duration import clock, short
from perfconsole.model.server_metrics import METRICS, is_percent, kind_of, probe_of
from perfconsole.texts import say

TREND = 6
"""Cells."""
COLUMNS = (
    Column("kind", "", 8, "left", drop=5),
    Column("metric", say("metric"), 18, "left", flex=True, gap=1, most=28),
    Column("value", say("now"), 11),
    Column("limit", say("limit"), 6, gap=1),
    Column("mean", say("mean"), 9, drop=3),
    Column("peak", say("peak"), 9),
    Column("peak_at", say("peak at"), 8, drop=6),
    Column("over", say("over"), 6, drop=1),
    Column("coverage", say("cover"), 5, drop=4),
    Column("trend", say("5 min"), TREND, gap=1, drop=2),
)
_GROUPS = (
    ("cpu", "CPU"), ("load_1m", "CPU"), ("run_queue", "CPU"), ("blocked", "CPU"),
    ("memory", "memory"), ("oom", "memory"), ("swap", "swap"),
    ("disk_percent", "disks"), ("inode", "disks"), ("disk", "devices"),
    ("net", "network"), ("tcp", "TCP"), ("listen", "TCP"), ("pressure", "pressure"),
    ("open_files", "system"), ("context", "system"), ("forks", "system"), ("cgroup", "cgroup"),
    ("log_matches", "logs"),
)  # fmt: skip
"""What a metric is listed with, by how its name begins; the first that fits."""
ORDER = tuple(dict.fromkeys(group for _, group in _GROUPS))


def group_of(metric: str) -> str:
    """``CPU``, ``disks``, ...; of a ready probe's metric the probe's name."""
    found = (group for beginning, group in _GROUPS if metric.startswith(beginning))
    return probe_of(metric) or (next(found, "") if kind_of(metric) in METRICS else "probes")


def metric_rows(view: RunView, server: ServerView) -> list[Row]:
    """In the order of their groups; probes stand last, each by itself."""
    names = sorted(server.metrics, key=_place)
    groups = [group_of(name) for name in names]
    return [
        _row(view, server, name, "" if group == before else _heading(name, group))
        for name, group, before in zip(names, groups, ["", *groups], strict=False)
    ]


def _heading(metric: str, group: str) -> str:
    return group if probe_of(metric) else say(group)


def _place(metric: str) -> tuple[bool, int, str, tuple[int, str]]:
    group, probed = group_of(metric), probe_of(metric) is not None
    known = not probed and group in ORDER
    return probed, ORDER.index(group) if known else len(ORDER), group, metric_order(metric)


def _row(view: RunView, server: ServerView, name: str, group: str) -> Row:
    metric = server.metrics[name]
    role = role_of(metric, metric.value)
    shown = metric_figure(name, metric.value, metric.unit) + ("!" if metric.over else "")
    coverage = 100 * metric.known / server.expected if server.expected else None
    full = 100.0 if is_percent(name) else None
    cells: tuple[Cell, ...] = (
        (group, "dim"),
        (metric_words(name), role),
        (shown + way(metric, view.elapsed_s), role or ("dim" if metric.value is None else "")),
        _limit(metric),
        metric_figure(name, metric.mean if metric.samples else None, metric.unit),
        metric_figure(name, metric.peak, metric.unit),
        ("" if metric.peak is None else clock(metric.peak_s), "dim"),
        (_over_for(metric), role_of(metric, metric.peak) if metric.seconds_over else "dim"),
        (percent(coverage, 0), "dim"),
        (trend(metric, view.elapsed_s, TREND, full), role or "dim"),
    )
    return Row(name, cells)


def _limit(metric: MetricView) -> Cell:
    """In brackets what is not judged."""
    figure = limit_figure(metric)
    return figure if metric.traits.judged or not figure else (f"({figure})", "dim")


def _over_for(metric: MetricView) -> str:
    if metric.limit is None:
        return ""
    seconds = int(metric.seconds_over)
    return short(seconds if seconds < 3600 else seconds // 60 * 60) if seconds else "0s"


def server_head(view: RunView, link: Link, server: ServerView, place: int) -> list[HeadlinePart]:
    """The first line: what is known of it, and which of how many it is."""
    words, role = state(server, view.elapsed_s)
    parts = [controller_lost()] if link in (Link.LOST, Link.DEAD) else []
    if why := why_unknown(view, server):  # one part: cut where it is narrow, never left out
        return [*parts, HeadlinePart(f"{server.name}  {words}: {why}", role, 9)]
    parts += [
        HeadlinePart(server.name, "bold", 8),
        HeadlinePart(words, role, 9),
        HeadlinePart(server.where if server.where != server.name else "", "dim", 3),
        HeadlinePart(say("load generator") if server.generator else "", "dim", 6),
        HeadlinePart("" if server.judged else say("not judged"), "dim", 2),
        HeadlinePart(_freshness(view, server), "dim", 5),
        HeadlinePart(say("{n} of {all}", n=place + 1, all=len(view.servers)), "dim", 4),
    ]
    return [part for part in parts if part.text]


def _freshness(view: RunView, server: ServerView) -> str:
    every = say("every {time}", time=short(server.interval_s))
    old = age_s(server, view.elapsed_s)
    late = old > server.interval_s + GAP_S
    return f"{every}, {say('{time} ago', time=short(int(old)))}" if late else every


def server_charts(
    view: RunView, server: ServerView, metric: str, ui: UiState
) -> tuple[ChartModel, ...]:
    """The selected metric, and what it is read against: CPU and memory, the network."""
    first = of_metric(server, metric, nothing_known(view, server))
    shown = first, cpu_and_memory(view, ui), network(view, ui)
    return tuple(
        replace(placed(model, view, ui), log=number in ui.log)
        for number, model in enumerate(shown, start=1)
    )


def nothing_known(view: RunView, server: ServerView) -> str:
    """What stands in the place of metrics that it has not told."""
    return why_unknown(view, server) or say("nothing known in this stretch")


def about_metric(view: RunView, server: ServerView, metric: str, ui: UiState) -> list[HeadlinePart]:
    """The line under the table: the selected metric at the cursor or now, and its first breach."""
    seen = server.metrics.get(metric)
    if seen is None:
        return []
    second = now_s(view) if ui.cursor is None else ui.cursor
    value = seen.value if ui.cursor is None else value_at(seen.series, second)
    role = role_of(seen, value)
    moment = time.strftime("%H:%M:%S", time.localtime(view.started_at + second))
    text = f"{metric_words(metric)} {metric_figure(metric, value, seen.unit)}"
    limit = "" if seen.limit is None else limit_text(
        metric, seen.limit, least=seen.traits.least, unit=seen.unit
    )  # fmt: skip
    words = say("limit {limit}", limit=limit)
    if not seen.traits.judged:
        words = say("limit {limit}, not judged", limit=limit)
    parts = [
        HeadlinePart(f"┆ {moment}", "dim" if ui.cursor is None else "bold", 8),
        HeadlinePart(text + ("!" if role else ""), role, 9),
        HeadlinePart(limit and words, "dim", 7),
        HeadlinePart(
            seen.first_breach and say("first breach: {text}", text=seen.first_breach), "", 6
        ),
    ]
    return [part for part in parts if part.text]


def key_words(wide: bool, snapshots: bool) -> list[HeadlinePart]:
    """The line of keys; `snapshots`: there are some to open."""
    shown: Sequence[tuple[str, int]] = (
        (say("esc back"), 9), (say("j/k metric"), 4), (say("e chart"), 5), (say("t limit"), 8),
        (say("C snapshot"), 8), (say("s shows them") if snapshots else "", 7),
        (say("u undo") if wide else "", 3), (say("tab next server"), 6), (say("/ filter"), 4),
        (say("[ ] zoom"), 3), (say("h/l cursor"), 3), (say("? help"), 9),
    )  # fmt: skip
    return [HeadlinePart(text, "dim", keep) for text, keep in shown if text]
