"""The page of plateaus: each stretch of steady load with its figures, the newest on top."""

from __future__ import annotations

from perfconsole.console.widgets.table import Cell, Row
from perfconsole.metrics.figures import UNKNOWN, milliseconds, percent, three_digits
from perfconsole.metrics.move_words import move_words, moved_line
from perfconsole.metrics.plateau_words import busiest_server, plateau_line
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import metric_order, metric_unit, metric_words
from perfconsole.model.duration import clock
from perfconsole.model.plateau import Plateau
from perfconsole.model.rate import rate_text
from perfconsole.texts import say

RATE = "rate/s"
"""Key of the column that only an open model has."""


def plateau_rows(view: RunView) -> list[Row]:
    return [_row(view, plateau) for plateau in reversed(view.plateaus)]


def plateau_head(view: RunView) -> str:
    """The present one in a sentence, or the last one, with what has changed since the first like
    it."""
    if not view.plateaus:
        return ""
    last = view.plateaus[-1]
    return "; ".join(filter(None, (plateau_line(last), moved_line(last))))


def absent_columns(view: RunView) -> frozenset[str]:
    """Keys of columns with nothing in them in this run."""
    open_model = any(plateau.rate is not None for plateau in view.plateaus)
    return frozenset() if open_model else frozenset({RATE})


def plateau_details(view: RunView, key: str) -> list[tuple[str, str]]:
    """Of the plateau with this number; empty when it is there no more."""
    plateau = next((p for p in view.plateaus if str(p.number) == key), None)
    if plateau is None:
        return []
    times = plateau.times
    lines = [
        ("", plateau_line(plateau)),
        (say("from"), _stretch(plateau)),
        (say("ended by"), _end(view, plateau)[0]),
        (say("VUs"), ", ".join(f"{g} {n}" for g, n in plateau.vus.items()) or say("none")),
    ]
    if plateau.rate is not None:
        lines.append((say("arrivals"), rate_text(plateau.rate)))
    lines += [
        ("TPS", say("{passed} passed, {failed} failed a second", passed=three_digits(plateau.tps),
                    failed=three_digits(plateau.failed_per_s))),
        (say("hits/s"), three_digits(plateau.hits_per_s)),
        (say("errors"), percent(plateau.error_percent)),
        (say("response time"), say("mean {mean}, p50 {p50}, p90 {p90}",
            mean=milliseconds(times.mean_ms), p50=milliseconds(times.p50_ms),
            p90=milliseconds(times.p90_ms))),
        ("", say("p95 {p95}, p99 {p99}, slowest {slowest}", p95=milliseconds(times.p95_ms),
                 p99=milliseconds(times.p99_ms), slowest=milliseconds(times.max_ms))),
    ]  # fmt: skip
    return [*lines, *_moved(plateau), *_servers(plateau)]


def _moved(plateau: Plateau) -> list[tuple[str, str]]:
    if plateau.since is None:
        return []
    label = say("since {n}", n=plateau.since)
    changes = [move_words(move) for move in plateau.moved] or [say("nothing has moved")]
    return [(label if n == 0 else "", text) for n, text in enumerate(changes)]


def _servers(plateau: Plateau) -> list[tuple[str, str]]:
    known = []
    for name, (mean, peak) in plateau.servers.items():
        server, _, metric = name.partition("/")
        known.append((server, metric, mean, peak))
    known.sort(key=lambda row: (row[0], metric_order(row[1])))
    return [
        (
            f"{server} {metric_words(metric)}",
            say("mean {mean}{unit}, peak {peak}{unit}", mean=three_digits(mean),
                peak=three_digits(peak), unit=metric_unit(metric)),
        )
        for server, metric, mean, peak in known
    ]  # fmt: skip


def _row(view: RunView, plateau: Plateau) -> Row:
    times = plateau.times
    errors = plateau.error_percent
    limit = None if view.pass_rate_limit is None else 100 - view.pass_rate_limit
    wrong = errors is not None and limit is not None and errors > limit + 1e-9
    slow = _over(times.p95_ms, view.response_limit_ms)
    p95 = three_digits(times.p95_ms)
    cells: tuple[Cell, ...] = (
        str(plateau.number), str(plateau.total_vus),
        UNKNOWN if plateau.rate is None else three_digits(plateau.rate),
        three_digits(plateau.tps),
        (f"{three_digits(errors)}!", "over") if wrong else three_digits(errors),
        three_digits(times.p50_ms), (f"{p95}!", "over") if slow else p95,
        three_digits(times.p99_ms),
        _server_cell(view, plateau, "cpu_percent"), _server_cell(view, plateau, "memory_percent"),
        _stretch(plateau), _end(view, plateau),
    )  # fmt: skip
    return Row(str(plateau.number), cells)


def _over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit


def _server_cell(view: RunView, plateau: Plateau, metric: str) -> Cell:
    """Mean and peak of the server with the highest mean, named where there are several:
    ``74/81 web1``."""
    busiest = busiest_server(plateau, metric)
    if busiest is None:
        return (UNKNOWN, "dim")
    server, mean, peak = busiest
    figures = f"{mean:.0f}/{peak:.0f}"
    return f"{figures} {server}" if len(view.servers) > 1 else figures


def _stretch(plateau: Plateau) -> str:
    return f"{_clock(plateau.from_s)}–{_clock(plateau.until_s)}"


def _clock(seconds: float) -> str:
    return clock(seconds) if seconds >= 3600 else clock(seconds).removeprefix("00:")


def _end(view: RunView, plateau: Plateau) -> tuple[str, str]:
    if not plateau.over:
        return (say("present"), "good")
    return (plateau.ended_by or say("the end of the run"), "")
