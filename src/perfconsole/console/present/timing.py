"""Where the time of requests goes, in one line: the phases, and connections opened and reused."""

from __future__ import annotations

from perfconsole.console.widgets.headline import HeadlinePart
from perfconsole.metrics.figures import three_digits
from perfconsole.metrics.view import PhaseView, RunView
from perfconsole.model.phase import Phase
from perfconsole.model.states import RunState
from perfconsole.texts import say

_SHORT = {
    Phase.DNS: ("DNS", 4),
    Phase.CONNECT: ("connect", 7),
    Phase.TLS: ("TLS", 6),
    Phase.SEND: ("send", 5),
    Phase.WAIT: ("wait", 10),
    Phase.RECEIVE: ("receive", 9),
}
"""Word and weight: what says least of a target's health leaves first when it gets narrow."""


def timing(view: RunView) -> list[HeadlinePart]:
    """``mean/p95 ms  connect 0.4/0.9  wait 231/812  receive 4/9  opened 3/s  reused 398/s``.

    Of the last second; dim what is of an earlier one. After the end, of the whole run.
    """
    ended = view.state is RunState.ENDED
    phases = [(phase, view.phases[phase]) for phase in Phase if phase in view.phases]
    shown = [(phase, seen) for phase, seen in phases if seen.max_ms > 0]
    if not shown:
        return []
    head = say("mean/max ms") if ended else say("mean/p95 ms")
    return [
        HeadlinePart(head, "dim", 11),
        *(_part(phase, seen, view, ended) for phase, seen in shown),
        *_connections(view, ended),
    ]


def _part(phase: Phase, seen: PhaseView, view: RunView, ended: bool) -> HeadlinePart:
    word, keep = _SHORT[phase]
    figures = (seen.mean_ms, seen.max_ms) if ended else (seen.last.mean_ms, seen.last.p95_ms)
    text = f"{say(word)} {'/'.join(three_digits(ms) for ms in figures)}"
    return HeadlinePart(text, "" if ended or seen.second == view.second else "dim", keep)


def _connections(view: RunView, ended: bool) -> list[HeadlinePart]:
    if ended:
        opened, reused = view.connections_opened, view.connections_reused
        return [
            HeadlinePart(say("{n} opened", n=three_digits(opened)), "", 8),
            HeadlinePart(say("{n} reused", n=three_digits(reused)), "", 3),
        ]
    names = ((say("opened"), "connections_opened", 8), (say("reused"), "connections_reused", 3))
    return [
        HeadlinePart(f"{word} {three_digits(view.series[name].now)}/s", "", keep)
        for word, name, keep in names
    ]
