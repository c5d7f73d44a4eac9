"""What has changed since an earlier plateau, in a person's words."""

from __future__ import annotations

from perfconsole.metrics.figures import milliseconds, three_digits
from perfconsole.metrics.words import metric_figure, metric_words
from perfconsole.model.plateau import Move, Plateau
from perfconsole.model.server_metrics import is_percent
from perfconsole.texts import say

MOST_MOVES = 4
"""In one sentence."""
_CLIENT = {"p95_ms": "p95", "p50_ms": "p50", "tps": "TPS", "error_percent": "errors"}


def moved_line(plateau: Plateau) -> str:
    """``since the first plateau: p95 +38 % (412 → 570 ms), web1 memory +6 points``; empty where it
    was compared with none."""
    if plateau.since is None:
        return ""
    changes = [move_words(move) for move in plateau.moved[:MOST_MOVES]]
    if more := len(plateau.moved) - len(changes):
        changes.append(say("{n} more", n=more))
    text = ", ".join(changes) or say("nothing has moved")
    if plateau.since == 1:
        return say("since the first plateau: {changes}", changes=text)
    return say("since plateau {n}: {changes}", n=plateau.since, changes=text)


def move_words(move: Move) -> str:
    """``p95 +38 % (412 → 570 ms)``, ``web1 memory +6 points``."""
    server, metric = _of(move)
    what = f"{server} {metric_words(metric)}" if server else say(_CLIENT[metric])
    by = move.now - move.before
    if is_percent(metric):
        points = three_digits(round(abs(by), 1))
        return say("{what} {sign}{points} points", what=what, sign=_sign(by), points=points)
    if not move.before:
        return f"{what} {_figure(move, move.before)} → {_figure(move, move.now)}"
    share = three_digits(round(abs(100 * by / move.before)))
    before, now = _figure(move, move.before), _figure(move, move.now)
    unit = now.partition(" ")[2]
    if unit and before.endswith(f" {unit}"):
        before = before.removesuffix(f" {unit}")
    return f"{what} {_sign(by)}{share} % ({before} → {now})"


def _of(move: Move) -> tuple[str, str]:
    """Server, which is empty for a client's figure, and metric: the place of one may have slashes
    of its own, as in ``web1/disk_percent:/var``."""
    server, slash, metric = move.name.partition("/")
    return (server, metric) if slash else ("", move.name)


def _sign(by: float) -> str:
    return "+" if by > 0 else "−"


def _figure(move: Move, value: float) -> str:
    server, metric = _of(move)
    if server:
        return metric_figure(metric, value)
    return milliseconds(value) if metric.endswith("_ms") else three_digits(value)
