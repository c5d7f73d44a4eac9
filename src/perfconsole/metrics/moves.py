"""What has changed between two plateaus under about the same load, by more than its noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from perfconsole.metrics.shift import shift
from perfconsole.model.plateau import Move, Plateau
from perfconsole.model.server_metrics import is_percent

LEAST_SHARE = 0.05
"""Of what it was: less is not worth telling, however sure."""
LEAST_POINTS = 2.0
"""The same for what servers tell in percent."""
LEAST_ERRORS = 0.5
"""The same for errors, points."""
Values = Mapping[str, Sequence[float]]


def moves(
    before: Plateau, values_before: Values, after: Plateau, values_after: Values
) -> tuple[Move, ...]:
    """Transactions first, then servers, the farthest first. `values` are the plateaus' slices, as
    `Slices` names them: they tell whether it moved; by how much, the plateaus themselves do."""
    found = [
        Move(name, was, now)
        for name, was, now in _both(before, after)
        if (by := shift(values_before.get(name, ()), values_after.get(name, ()))) is not None
        and by.is_sure
        and (by.value > 0) == (now > was)
        and abs(now - was) >= _least(name, was)
    ]
    clients = [move for move in found if "/" not in move.name]
    servers = [move for move in found if "/" in move.name]
    return (*clients, *sorted(servers, key=_distance, reverse=True))


def _both(before: Plateau, after: Plateau) -> Iterator[tuple[str, float, float]]:
    now = dict(_figures(after))
    for name, was in _figures(before):
        is_now = now.get(name)
        if was is not None and is_now is not None:
            yield name, was, is_now


def _figures(plateau: Plateau) -> Iterator[tuple[str, float | None]]:
    yield "p95_ms", plateau.times.p95_ms
    yield "p50_ms", plateau.times.p50_ms
    yield "tps", plateau.tps
    yield "error_percent", plateau.error_percent
    for name, (mean, _) in plateau.servers.items():
        yield name, mean


def _least(name: str, was: float) -> float:
    if name == "error_percent":
        return LEAST_ERRORS
    if "/" in name and is_percent(name.partition("/")[2]):
        return LEAST_POINTS
    return LEAST_SHARE * abs(was)


def _distance(move: Move) -> float:
    """Times the least that is told."""
    least = _least(move.name, move.before)
    return abs(move.now - move.before) / least if least else 0.0
