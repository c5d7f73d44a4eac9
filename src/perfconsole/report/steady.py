"""What a report says of plateaus."""

from __future__ import annotations

from perfconsole.metrics.figures import UNKNOWN, percent, three_digits
from perfconsole.metrics.move_words import move_words
from perfconsole.metrics.plateau_words import BUSY, load_text
from perfconsole.model.duration import clock, short
from perfconsole.model.plateau import Move, Plateau
from perfconsole.model.summary import MetricPlateau, MoveSummary, PlateauSummary, Summary
from perfconsole.report.ink import Ink
from perfconsole.report.text_table import shortened, table
from perfconsole.texts import say

MOST_PLATEAUS = 40


def plateau_summary(plateau: Plateau) -> PlateauSummary:
    servers: dict[str, dict[str, MetricPlateau]] = {}
    for name, (mean, peak) in plateau.servers.items():
        server, _, metric = name.partition("/")
        servers.setdefault(server, {})[metric] = MetricPlateau(mean, peak)
    times = plateau.times
    return PlateauSummary(
        from_s=plateau.from_s,
        until_s=plateau.until_s,
        vus=plateau.vus,
        rate=plateau.rate,
        tps=plateau.tps,
        failed_per_s=plateau.failed_per_s,
        hits_per_s=plateau.hits_per_s,
        error_percent=plateau.error_percent,
        mean_ms=times.mean_ms,
        p50_ms=times.p50_ms,
        p90_ms=times.p90_ms,
        p95_ms=times.p95_ms,
        p99_ms=times.p99_ms,
        max_ms=times.max_ms,
        servers=servers,
        ended_by=plateau.ended_by,
        since=plateau.since,
        moved=tuple(MoveSummary(*_of(move), move_words(move)) for move in plateau.moved),
    )


def _of(move: Move) -> tuple[str, float, float]:
    return move.name, move.before, move.now


def plateau_table(summary: Summary, width: int, ink: Ink) -> list[str]:
    """A row for each stretch of steady load: the last ones of many."""
    shown = summary.plateaus[-MOST_PLATEAUS:]
    rows = [
        (
            load_text(row.vus, row.rate),
            clock(row.from_s),
            short(row.until_s - row.from_s),
            *map(three_digits, (row.tps, row.hits_per_s, row.p50_ms, row.p95_ms, row.p99_ms)),
            percent(row.error_percent),
            _busiest(row),
        )
        for row in shown
    ]
    heads = (
        say("from"), say("for"), "TPS", say("hits/s"), "p50", "p95", say("p99 ms"), say("errors"),
        say("CPU/peak"),
    )  # fmt: skip
    if not rows:
        return []
    lines = table(say("Plateau"), heads, rows, width, ink)
    if len(shown) < len(summary.plateaus):
        more = len(summary.plateaus) - len(shown)
        lines.append(ink.faint(say("and {more} earlier ones", more=more)))
    return [*lines, *_moved(summary, width, ink)]


def _moved(summary: Summary, width: int, ink: Ink) -> list[str]:
    """Of the last plateau that was compared with an earlier one: what the run has done to it."""
    last = next((row for row in reversed(summary.plateaus) if row.since is not None), None)
    if last is None:
        return []
    changes = ", ".join(move.text for move in last.moved) or say("nothing has moved")
    text = say("from plateau {n} to the one at {time}: {changes}", n=last.since,
               time=clock(last.from_s), changes=changes)  # fmt: skip
    return [shortened(ink.words(text), width, ink)]


def _busiest(row: PlateauSummary) -> str:
    """Mean and peak CPU of the server that used most of it."""
    known = [
        (metrics[BUSY].mean, metrics[BUSY].peak)
        for metrics in row.servers.values() if BUSY in metrics
    ]  # fmt: skip
    if not known:
        return UNKNOWN
    mean, peak = max(known)
    return f"{mean:.0f}/{percent(peak, 0)}"
