"""Servers in the text report: their metrics against their limits, when they first went over them,
and what grew."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.metrics.figures import UNKNOWN, percent
from perfconsole.metrics.limit_words import beyond_words, limit_text
from perfconsole.metrics.main_metrics import is_main
from perfconsole.metrics.moment_words import moment_text
from perfconsole.metrics.words import metric_figure, metric_words
from perfconsole.model.server_metrics import METRICS, kind_of
from perfconsole.model.summary import CrossedSummary, MetricSummary, MomentSummary, Summary
from perfconsole.report.ink import Ink
from perfconsole.report.text_table import INDENT, table, wrapped
from perfconsole.texts import say

MOST_LINES = 30


def server_table(summary: Summary, width: int, ink: Ink) -> list[str]:
    """What has a limit, the main metrics and those of probes: a server tells forty others."""
    known = list(_all(summary))
    rows = [
        (f"{server} {metric_words(key)}", *_cells(key, metric))
        for server, key, metric in known
        if metric.limit is not None or is_main(key) or kind_of(key) not in METRICS
    ]
    heads = (say("mean"), say("peak"), say("limit"), say("over"), say("measured"))
    lines = table(say("Server"), heads, rows, width, ink) if rows else []
    if more := len(known) - len(rows):
        text = say("and {more} metrics without a limit, in the JSON report", more=more)
        lines.append(ink.faint(text))
    return lines


def first_over_lines(summary: Summary, width: int, ink: Ink) -> list[str]:
    """When each metric first went beyond its limit, and when it was at its worst."""
    lines = [
        _first_over(server, key, metric, metric.first_over, metric.peak_at)
        for server, key, metric in _all(summary)
        if metric.first_over is not None
    ]
    return _listed(say("Over a limit"), lines, width, ink)


def growth_lines(summary: Summary, width: int, ink: Ink) -> list[str]:
    """What moved under the same load, what is sure before what needs a longer run."""
    trends = [*summary.growth.values()]
    trends += [metric.growth for _, _, metric in _all(summary) if metric.growth is not None]
    trends.sort(key=lambda trend: (not trend.steady, trend.reaches_limit_s is None))
    return _listed(say("Under the same load"), [trend.text for trend in trends], width, ink)


def _all(summary: Summary) -> Iterator[tuple[str, str, MetricSummary]]:
    for server, metrics in summary.servers.items():
        for key, metric in metrics.items():
            yield server, key, metric


def _listed(title: str, lines: list[str], width: int, ink: Ink) -> list[str]:
    if not lines:
        return []
    shown = [
        part for line in lines[:MOST_LINES] for part in wrapped(ink.words(line), width, INDENT)
    ]
    if (more := len(lines) - MOST_LINES) > 0:
        shown.append(ink.faint(say("and {more} more, in the JSON report", more=more)))
    return [ink.heading(title), *shown]


def _cells(key: str, metric: MetricSummary) -> tuple[str, ...]:
    limit = (
        UNKNOWN
        if metric.limit is None
        else limit_text(key, metric.limit, least=metric.least, unit=metric.unit)
    )
    if not metric.judged:
        limit = f"({limit})"
    over = UNKNOWN if metric.seconds_over is None else f"{metric.seconds_over:g} s"
    return (
        metric_figure(key, metric.mean, metric.unit),
        metric_figure(key, metric.peak, metric.unit),
        limit,
        over if metric.limit is not None else "",
        percent(100 * metric.coverage, 0),
    )


def _first_over(
    server: str,
    key: str,
    metric: MetricSummary,
    first: CrossedSummary | None,
    peak: MomentSummary | None,
) -> str:
    if first is None or metric.limit is None:
        return ""
    text = say(
        "{what} first at {moment}",
        what=beyond_words(server, key, first.limit, least=metric.least, unit=metric.unit),
        moment=_moment(first),
    )
    if peak is None:
        return text
    value = metric_figure(key, peak.value, metric.unit)
    if metric.least:
        return say(
            "{text}; lowest {value} at {moment}", text=text, value=value, moment=_moment(peak)
        )
    return say("{text}; peak {value} at {moment}", text=text, value=value, moment=_moment(peak))


def _moment(moment: MomentSummary) -> str:
    return moment_text(moment.at_s, moment.load)
