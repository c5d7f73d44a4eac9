"""Plateaus held against the first one under about the same load: a soak compared with itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from perfconsole.metrics.moves import moves
from perfconsole.metrics.shift import FEWEST
from perfconsole.metrics.slices import Slices
from perfconsole.metrics.view import RunView
from perfconsole.model.plateau import Move, Plateau
from perfconsole.model.sample import ServerSample
from perfconsole.model.server_metrics import fills_up, kind_of
from perfconsole.model.wire import TransactionCounts

ALIKE = 0.1
"""VUs and rates that differ by no more than this part are about the same."""
MOST_FIRSTS = 8
"""Loads whose first plateaus are remembered."""
EVERY_S = 60.0
"""A plateau that lasts is compared no more often."""
_USE = ("cpu_percent", "load_1m")
"""Compared besides what has a limit and what fills up."""


@dataclass(frozen=True, slots=True)
class GroupLoad:
    vus: int
    """Wanted and not paused; 0 of an open group."""
    rate: float | None
    think: float


Loads = dict[str, GroupLoad]
"""By group."""


@dataclass(slots=True)
class _First:
    loads: Loads
    figures: Plateau
    slices: Slices


class Comparing:
    """`view` tells which metrics have a limit."""

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._firsts: list[_First] = []
        self._slices = Slices()
        self._compared_s: float | None = None
        """How far the plateau had come when it was last compared."""
        self._since: int | None = None
        self._moved: tuple[Move, ...] = ()

    def begin(self) -> None:
        """Another plateau begins."""
        self._slices, self._compared_s = Slices(), None
        self._since, self._moved = None, ()

    def add(self, rows: Sequence[TransactionCounts]) -> None:
        """A second of it."""
        self._slices.add(rows)

    def sampled(self, sample: ServerSample) -> None:
        server = self._view.servers.get(sample.server)
        if server is not None:
            self._slices.sampled(
                sample,
                [
                    name for name, metric in server.metrics.items()
                    if metric.limit is not None or fills_up(name) or kind_of(name) in _USE
                ],
            )  # fmt: skip

    def compared(self, plateau: Plateau, loads: Loads) -> Plateau:
        """With what has changed since the first one like it; when it is the first itself and over,
        it is remembered as such."""
        first = next((each for each in self._firsts if _alike(each.loads, loads)), None)
        if first is None:
            long_enough = len(self._slices.values.get("tps", ())) >= FEWEST
            if plateau.over and long_enough and len(self._firsts) < MOST_FIRSTS:
                self._firsts.append(_First(dict(loads), plateau, self._slices))
            return plateau
        due = self._compared_s is None or plateau.until_s >= self._compared_s + EVERY_S
        if plateau.over or due:
            self._compared_s = plateau.until_s
            self._compare(first, plateau)
        return replace(plateau, since=self._since, moved=self._moved)

    def _compare(self, first: _First, plateau: Plateau) -> None:
        before, after = first.slices.values, self._slices.values
        if min(len(before.get("tps", ())), len(after.get("tps", ()))) >= FEWEST:
            self._since = first.figures.number
            self._moved = moves(first.figures, before, plateau, after)


def _alike(one: Mapping[str, GroupLoad], other: Mapping[str, GroupLoad]) -> bool:
    loaded = {
        name for loads in (one, other) for name, load in loads.items() if load.vus or load.rate
    }
    return all(name in one and name in other and _about(one[name], other[name]) for name in loaded)


def _about(one: GroupLoad, other: GroupLoad) -> bool:
    return (
        one.think == other.think
        and _near(one.vus, other.vus)
        and _near(one.rate or 0.0, other.rate or 0.0)
    )


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= ALIKE * max(one, other)
