"""The end-of-run summary as a terminal prints it: the verdict first, figures, then graphs."""

from __future__ import annotations

from collections.abc import Iterator

from perfconsole.metrics.figures import byte_size, count, percent, three_digits
from perfconsole.metrics.view import RunView
from perfconsole.metrics.words import phase_words
from perfconsole.model.duration import clock
from perfconsole.model.phase import Phase
from perfconsole.model.states import Verdict
from perfconsole.model.summary import ErrorSummary, Summary
from perfconsole.report.alarm_summaries import alarm_lines
from perfconsole.report.graphs import drawn, graphs_of
from perfconsole.report.ink import Ink
from perfconsole.report.open_model import arrivals_table, service_table
from perfconsole.report.server_text import first_over_lines, growth_lines, server_table
from perfconsole.report.snapshot_lines import snapshot_lines
from perfconsole.report.steady import plateau_table
from perfconsole.report.text_table import shortened, table
from perfconsole.texts import say

MOST_TRANSACTIONS = 40
MOST_ERRORS = 10


MOST_COMMANDS = 30


def terminal_text(summary: Summary, view: RunView, width: int, colour: bool) -> str:
    """Lines of at most `width` cells from 80 on, each ended by a newline.

    Without `colour` there are no escape sequences and our own glyphs are ASCII.
    """
    ink = Ink(colour)
    parts = [
        _verdict(summary, ink),
        _requests(summary, view, ink),
        *(list(part) for part in _tables(summary, width, ink)),
        *(drawn(graph, width, ink) for graph in graphs_of(view)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _verdict(summary: Summary, ink: Ink) -> list[str]:
    words = {
        Verdict.PASSED: say("PASSED"),
        Verdict.FAILED: say("FAILED"),
        Verdict.NOT_PROVEN: say("NOT PROVEN"),
        Verdict.ABORTED: say("ABORTED"),
    }
    word = ink.verdict(summary.verdict, words[summary.verdict])
    about = say(
        "{name} · run {run} · {clock}",
        name=summary.name,
        run=summary.run,
        clock=clock(summary.duration_s),
    )
    if summary.groups:
        about = say("{about} · seed {seed}", about=about, seed=summary.seed)
    lines = [f"{word}  {ink.words(about)}", *(f"  {ink.words(why)}" for why in summary.reasons)]
    if summary.insecure and summary.groups:
        lines.append(ink.alarm(ink.words(say("  the target's certificate was NOT verified"))))
    return lines


def _requests(summary: Summary, view: RunView, ink: Ink) -> list[str]:
    if not summary.groups:
        return []
    requests = summary.requests
    text = say(
        "{total} requests · {failed} failed · {cut} cut · {rate}/s · {received} received",
        total=count(requests.count),
        failed=count(requests.failed),
        cut=count(requests.cut),
        rate=three_digits(requests.rate),
        received=byte_size(view.bytes_in),
    )
    lines = [ink.words(text)]
    if summary.saturated_s:
        doubt = say(
            "the load generator was the bottleneck for {s:.0f} s; times measured then are in doubt",
            s=max(1.0, summary.saturated_s),
        )
        lines.append(ink.alarm(ink.words(doubt)))
    return lines


def _tables(summary: Summary, width: int, ink: Ink) -> Iterator[list[str]]:
    yield _transactions(summary, width, ink)
    yield service_table(summary, width, ink)
    yield _phases(summary, width, ink)
    yield _groups(summary, width, ink)
    yield arrivals_table(summary, width, ink)
    yield plateau_table(summary, width, ink)
    yield _commands(summary, ink)
    yield alarm_lines(summary, width, ink)
    yield _errors(summary, width, ink)
    yield server_table(summary, width, ink)
    yield first_over_lines(summary, width, ink)
    yield growth_lines(summary, width, ink)
    yield snapshot_lines(summary, width, ink)
    yield _rendezvous(summary, width, ink)
    yield _injectors(summary, width, ink)


def _transactions(summary: Summary, width: int, ink: Ink) -> list[str]:
    if not summary.transactions:
        return []
    busiest = sorted(summary.transactions.items(), key=lambda item: -item[1].tps)
    shown = {name for name, _ in busiest[:MOST_TRANSACTIONS]}
    rows = [
        (
            name,
            count(row.passed),
            count(row.failed),
            percent(row.pass_rate),
            *map(three_digits, (row.tps, row.mean_ms, row.p50_ms, row.p95_ms, row.p99_ms)),
            three_digits(row.max_ms),
        )
        for name, row in summary.transactions.items()
        if name in shown
    ]
    heads = (
        say("passed"), say("failed"), say("rate"), "TPS",
        say("mean"), "p50", "p95", "p99", say("max ms"),
    )  # fmt: skip
    lines = table(say("Transaction"), heads, rows, width, ink)
    if more := len(summary.transactions) - len(rows):
        lines.append(ink.faint(say("and {more} with fewer", more=more)))
    return lines


def _phases(summary: Summary, width: int, ink: Ink) -> list[str]:
    """Where the time of requests went, and on how many connections."""
    shown = {name: phase for name, phase in summary.phases.items() if phase.max_ms > 0}
    if not shown:
        return []
    rows = [
        (
            phase_words(Phase(name)),
            count(phase.count),
            *map(three_digits, (phase.mean_ms, phase.p50_ms, phase.p95_ms, phase.p99_ms)),
            three_digits(phase.max_ms),
        )
        for name, phase in shown.items()
    ]
    heads = (say("count"), say("mean"), "p50", "p95", "p99", say("max ms"))
    lines = table(say("Where the time goes"), heads, rows, width, ink)
    connections = say(
        "{opened} connections opened, {reused} requests on one that was open",
        opened=count(summary.connections.opened),
        reused=count(summary.connections.reused),
    )
    return [*lines, ink.words(connections)]


def _groups(summary: Summary, width: int, ink: Ink) -> list[str]:
    if not summary.groups:
        return []
    rows = [
        (name, count(group.peak_vus), count(group.iterations))
        for name, group in summary.groups.items()
    ]
    return table(say("Group"), (say("peak VUs"), say("iterations")), rows, width, ink)


def _commands(summary: Summary, ink: Ink) -> list[str]:
    """What hands did, on the run's clock: the last ones of many."""
    shown = summary.commands[-MOST_COMMANDS:]
    lines = [f"{clock(done.at - summary.started_at)}  {ink.words(done.command)}" for done in shown]
    if len(shown) < len(summary.commands):
        more = len(summary.commands) - len(shown)
        lines.insert(0, ink.words(say("{n} earlier ones are in the JSON report", n=count(more))))
    return [ink.words(say("By hand")), *lines] if lines else []


def _errors(summary: Summary, width: int, ink: Ink) -> list[str]:
    if not summary.errors:
        return []
    shown = summary.errors[:MOST_ERRORS]
    lines = [ink.heading(say("Errors"))]
    for error in shown:
        line = shortened(ink.words(f"{count(error.count):>9}  {error.key}"), width, ink)
        lines.append(ink.alarm(line))
        sample = " ".join(ink.words(error.sample).split())
        if sample and sample != error.key:
            lines.append(ink.faint(shortened(f"{'':>9}  {sample}", width, ink)))
        for line in _exchange(error, ink):
            lines.append(ink.faint(shortened(f"{'':>9}  {line}", width, ink)))
    if more := len(summary.errors) - len(shown):
        lines.append(ink.faint(say("and {more} other kinds", more=more)))
    return lines


def _exchange(error: ErrorSummary, ink: Ink) -> list[str]:
    """The request line and the status line; the whole of it is in the JSON report."""
    lines = error.exchange.split("\n")
    firsts = (next((line for line in lines if line.startswith(mark)), "") for mark in "><")
    return [" ".join(ink.words(line).split()) for line in firsts if line]


def _rendezvous(summary: Summary, width: int, ink: Ink) -> list[str]:
    rows = [
        (name, count(point.releases), three_digits(point.spread_ms_max))
        for name, point in summary.rendezvous.items()
    ]
    heads = (say("releases"), say("widest spread ms"))
    return table(say("Rendezvous"), heads, rows, width, ink) if rows else []


def _injectors(summary: Summary, width: int, ink: Ink) -> list[str]:
    rows = [
        (
            say("pid {pid}", pid=injector.pid),
            three_digits(injector.cpu_us_per_request),
            percent(injector.cpu_percent_peak, 0),
            three_digits(injector.loop_lag_p99_ms),
            three_digits(injector.gc_pause_ms),
            three_digits(injector.peak_rss_mb),
            f"{injector.saturated_s:.0f} s",
        )
        for injector in summary.injectors
    ]
    heads = (
        say("CPU µs/request"), say("CPU peak"), say("lag p99 ms"), say("GC ms"),
        say("memory MB"), say("bottleneck"),
    )  # fmt: skip
    return table(say("Load generator"), heads, rows, width, ink) if rows else []
