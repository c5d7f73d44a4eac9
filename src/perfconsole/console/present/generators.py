"""The page of load generators: how fit each injector is, by its own figures."""

from __future__ import annotations

from perfconsole.console.widgets.table import Cell, Row
from perfconsole.metrics.figures import UNKNOWN, count, percent, three_digits
from perfconsole.metrics.view import InjectorView, RunView
from perfconsole.model.saturation import CPU_LIMIT, LAG_LIMIT_MS, PAUSE_LIMIT_MS
from perfconsole.texts import say


def generator_rows(view: RunView) -> list[Row]:
    return [_row(number, shown) for number, shown in sorted(view.injectors.items())]


def generator_head(view: RunView) -> str:
    """The machine's CPU, and how long the load generator was the bottleneck so far."""
    parts = [say("machine CPU {cpu}", cpu=percent(view.machine_cpu_percent, 0))]
    if view.saturated_s:
        parts.append(say("bottleneck for {s:.0f} s", s=max(1.0, view.saturated_s)))
    return "  ".join(parts)


def generator_details(view: RunView, key: str) -> list[tuple[str, str]]:
    """Of the injector with this number; empty when there is none."""
    shown = next((s for number, s in view.injectors.items() if str(number) == key), None)
    if shown is None:
        return []
    health = shown.health
    return [
        (say("process"), str(health.pid)),
        (say("state"), view.generator.causes.get(key) or _state(shown)[0]),
        (say("CPU"), say("{now} of one core, peak {peak}",
                         now=percent(health.cpu_percent), peak=percent(shown.cpu_percent_peak))),
        (say("loop lag p99"), say("{now} ms, peak {peak} ms", now=three_digits(health.lag_p99_ms),
                                  peak=three_digits(shown.lag_p99_ms_peak))),
        (say("collector"), say("longest pause {ms} ms", ms=three_digits(shown.gc_pause_ms_peak))),
        (say("memory"), say("{now} MB, peak {peak} MB", now=three_digits(health.memory_mb),
                            peak=three_digits(health.rss_mb))),
        (say("sockets"), say("{now} left, {least} when fewest", now=_left(health.sockets_left),
                             least=_left(shown.sockets_left_least))),
        (say("requests"), count(shown.requests)),
        (say("bottleneck"), say("for {s:.0f} s", s=shown.saturated_until(view.now_at))),
    ]  # fmt: skip


def _row(number: int, shown: InjectorView) -> Row:
    health = shown.health
    cells: tuple[Cell, ...] = (
        say("injector {n}", n=number),
        _limited(health.cpu_percent, CPU_LIMIT), _limited(health.lag_p99_ms, LAG_LIMIT_MS),
        _limited(health.gc_pause_ms, PAUSE_LIMIT_MS),
        three_digits(health.memory_mb), three_digits(health.rss_mb), _left(health.sockets_left),
        count(health.requests), _state(shown),
    )  # fmt: skip
    if not shown.living:
        cells = (cells[0], *[(UNKNOWN, "dim")] * 7, cells[-1])
    return Row(str(number), cells)


def _limited(value: float, limit: float) -> Cell:
    text = three_digits(value)
    return (f"{text}!", "over") if value > limit else text


def _left(sockets: int | None) -> str:
    return UNKNOWN if sockets is None else count(sockets)


def _state(shown: InjectorView) -> tuple[str, str]:
    if shown.saturated_since is not None:
        return (say("bottleneck"), "over")
    return (say("ok"), "good") if shown.living else (say("gone"), "dim")
