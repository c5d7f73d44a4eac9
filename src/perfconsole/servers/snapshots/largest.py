"""The largest processes, as a snapshot shows them."""

from __future__ import annotations

from collections.abc import Sequence

from perfconsole.metrics.figures import byte_size
from perfconsole.model.duration import clock
from perfconsole.servers.linux.processes import Processes, Use, states, uses
from perfconsole.texts import say

MOST = 12
"""Processes listed by CPU, and as many by memory."""
NAME_CHARS = 24


def largest(before: Processes, now: Processes) -> str:
    """Lines: how many processes in which states, then the largest by CPU and by memory."""
    used = uses(before, now)
    by_cpu = sorted(used, key=lambda use: (-use.cpu_percent, use.process.pid))
    by_memory = sorted(used, key=lambda use: (-use.process.rss_bytes, use.process.pid))
    counts = ", ".join(f"{n} {state}" for state, n in states(now).items())
    return "\n".join((
        say("{n} processes by state: {counts}", n=len(now.all), counts=counts), "",
        say("largest by CPU, of one core, within {s:.1f} s", s=now.uptime_s - before.uptime_s),
        *_table(by_cpu[:MOST], now), "",
        say("largest by memory"),
        *_table(by_memory[:MOST], now),
    ))  # fmt: skip


def _table(listed: Sequence[Use], now: Processes) -> list[str]:
    head = (
        f"{'PID':>8} {'CPU %':>7} {say('memory'):>9} {'%':>5} {say('threads'):>7} "
        f"{say('age'):>12}  S  {say('name')}"
    )
    return [head, *(_row(use, now) for use in listed)]


def _row(use: Use, now: Processes) -> str:
    process = use.process
    share = f"{100 * process.rss_bytes / now.memory_bytes:.1f}" if now.memory_bytes else "-"
    age = clock(max(0.0, now.uptime_s - process.started_s))
    return (
        f"{process.pid:>8} {use.cpu_percent:>7.1f} {byte_size(process.rss_bytes):>9} {share:>5} "
        f"{process.threads:>7} {age:>12}  {process.state}  {process.name[:NAME_CHARS]}"
    )
