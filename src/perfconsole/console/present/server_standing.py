"""How a server stands against its limits: its state in words, and who comes first in a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from perfconsole.console.widgets.pen import Part
from perfconsole.metrics.view import MetricView, RunView, ServerView
from perfconsole.metrics.words import metric_words
from perfconsole.model.duration import short
from perfconsole.model.server_metrics import kind_of
from perfconsole.model.states import RunState
from perfconsole.texts import say

CPU, MEMORY, DISK = "cpu_percent", "memory_percent", "disk_percent"
SMOOTH_S = 20.0
"""Order is by means over this time: one sample moves nobody."""
LATE_SAMPLES = 3
"""Intervals after which a server of which nothing was heard counts as silent."""
LEAST_LATE_S = 10.0


class Rank(IntEnum):
    """From what may wait to what may not."""

    CALM = 0
    UNKNOWN = 1
    OVER = 2
    BREACHED = 3


class Standing(NamedTuple):
    """Compares as who is worse off."""

    rank: Rank
    pressure: float
    """The highest share of a judged limit that is used; 0 where none is known."""


def standing(server: ServerView, now_s: float) -> Standing:
    limited = [m for m in server.metrics.values() if m.limit and m.traits.judged]
    pressure = max((_mean_share(m, now_s) for m in limited), default=0.0)
    if silent(server, now_s):
        return Standing(Rank.UNKNOWN, pressure)
    if any(metric.breached for metric in limited):
        return Standing(Rank.BREACHED, pressure)
    return Standing(Rank.OVER if pressure > 1 else Rank.CALM, pressure)


def _mean_share(metric: MetricView, now_s: float) -> float:
    values = [p.last for p in metric.series.back_to(now_s - SMOOTH_S) if p.last is not None]
    return metric.used(sum(values) / len(values)) if values else 0.0


def silent(server: ServerView, now_s: float) -> bool:
    """It did not answer, or nothing was heard of it for long: nothing is known of it now."""
    if not server.ok:
        return True
    return age_s(server, now_s) > max(LEAST_LATE_S, LATE_SAMPLES * server.interval_s)


def age_s(server: ServerView, now_s: float) -> float:
    """Seconds since its last answer, or since the run began."""
    return max(0.0, now_s - (server.answered_s or 0.0))


def state(server: ServerView, now_s: float) -> Part:
    """``waiting``, ``ok``, ``over``, ``BREACHED`` or ``unknown``; names what is over and has no
    column in a row of CPU, memory and disk. Limits that are not judged have no part in it."""
    if server.ok is None:
        return (say("waiting"), "dim")
    if silent(server, now_s):
        return (say("unknown"), "warn")
    judged = {name: m for name, m in server.metrics.items() if m.traits.judged}
    if breached := [name for name, metric in judged.items() if metric.breached]:
        return (" ".join([say("BREACHED"), *_others(breached)]), "over")
    if over := [name for name, metric in judged.items() if metric.over]:
        return (" ".join([say("over"), *_others(over)]), "over")
    return (say("ok"), "good")


def role_of(metric: MetricView, value: float | None) -> str:
    """``over`` beyond a limit, ``warn`` beyond one that is not judged, else plain."""
    if not metric.is_beyond(value):
        return ""
    return "over" if metric.traits.judged else "warn"


def _others(names: list[str]) -> list[str]:
    return [metric_words(name) for name in names if kind_of(name) not in (CPU, MEMORY, DISK)]


def why_unknown(view: RunView, server: ServerView) -> str:
    """``no answer for 12s: connection refused``; empty while it answers."""
    now_s = view.elapsed_s
    if server.ok is None:
        return say("connecting to {where}", where=server.where)
    if not silent(server, now_s):
        return ""
    if server.answered_s is not None:
        old_s = int(age_s(server, now_s))
        text = say("no answer for {time}", time=short(old_s)) if old_s else say("no answer")
    elif view.state is RunState.ENDED:
        text = say("never reached")
    else:
        text = say("not reached yet")
    return f"{text}: {server.detail}" if server.detail else text


def age(server: ServerView, now_s: float) -> Part:
    """How old what is shown of it is; the age of what comes in time is no news."""
    if server.answered_s is None:
        return ("", "")
    if not silent(server, now_s):
        return (say("now"), "dim")
    return (short(int(age_s(server, now_s))), "warn")


def fullest_disk(server: ServerView) -> tuple[str, MetricView] | None:
    """Mount point and metric of the disk nearest to its limit."""
    disks = [
        (name.partition(":")[2], metric)
        for name, metric in server.metrics.items()
        if name.startswith(f"{DISK}:")
    ]
    return max(disks, key=lambda disk: _share(disk[1]), default=None)


def _share(metric: MetricView) -> tuple[float, float]:
    if metric.value is None:
        return (-1.0, metric.mean)
    return (metric.used(metric.value) if metric.limit else metric.value / 100, metric.mean)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """By name what tells each server from the others: ``deploy@web1:22`` is ``web1``."""
    shown = {name: name for name in names}
    for shorten in (_without_user, _without_port):
        shorter = {name: shorten(each) for name, each in shown.items()}
        if max(Counter(shorter.values()).values(), default=0) < 2:
            shown = shorter
    return shown


def _without_user(name: str) -> str:
    return name.rpartition("@")[2] or name


def _without_port(name: str) -> str:
    host, colon, port = name.rpartition(":")
    whole = ":" not in host or host.endswith("]")
    return host if colon and port.isdigit() and whole else name
