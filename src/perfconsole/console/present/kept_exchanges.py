"""What was kept of traced groups: rows on the page of errors, and the exchanges to read."""

from __future__ import annotations

import time

from perfconsole.console.widgets.table import Row
from perfconsole.metrics.figures import count
from perfconsole.metrics.view import RunView
from perfconsole.model.event import TracedExchange
from perfconsole.texts import say

ROW = "traced/"
"""Before a group's name in the key of its row."""
MOST_READ = 20
"""Exchanges shown at once, the newest first."""


def trace_rows(view: RunView) -> list[Row]:
    """A row for each group that is, or was, traced."""
    listed = []
    for group, trace in view.traces.items():
        if trace.left or trace.exchanges:
            left = say("{n} more to come", n=trace.left) if trace.left else say("complete")
            words = (say("kept of {group}", group=group), "bold")
            cells = (count(len(trace.exchanges)), words, (left, "dim"))
            listed.append(Row(ROW + group, cells))
    return listed


def trace_details(view: RunView, key: str) -> list[tuple[str, str]]:
    trace = view.traces.get(key.removeprefix(ROW))
    if trace is None:
        return []
    kept = trace.exchanges
    failed = sum(exchange.failed for exchange in kept)
    return [
        (say("kept"), say("{n}, {failed} of them failed", n=len(kept), failed=failed)),
        (say("to come"), str(trace.left)),
    ]


def traced_of(view: RunView, key: str) -> str:
    """The exchanges of a traced group, by the key of its row; empty when there are none."""
    trace = view.traces.get(key.removeprefix(ROW))
    return _texts(trace.exchanges) if trace else ""


def traced_like(view: RunView, error: str) -> str:
    """Those of all traced groups that failed with this error."""
    alike = [e for t in view.traces.values() for e in t.exchanges if e.failed and e.key == error]
    return _texts(sorted(alike, key=lambda exchange: exchange.at))


def _texts(exchanges: list[TracedExchange]) -> str:
    return "\n\n".join(_text(exchange) for exchange in exchanges[: -MOST_READ - 1 : -1])


def _text(exchange: TracedExchange) -> str:
    moment = time.strftime("%H:%M:%S", time.localtime(exchange.at))
    head = say("{moment}  VU {vu}  {key}", moment=moment, vu=exchange.vu, key=exchange.key)
    return f"* {head}\n{exchange.text}"
