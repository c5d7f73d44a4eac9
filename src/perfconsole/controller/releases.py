"""Carrying out what the rendezvous points decide, and what hands ask of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.points import Crowd, Point
from perfconsole.controller.record import Record
from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.tick import PointTick
from perfconsole.texts import say, some_vus

TELL_EVERY_S = 0.25
"""How often a change of who waits is told; the ticks have it every second anyway."""


@dataclass(slots=True)
class _Stagger:
    """A release by hand, `count` VUs every `every_s`, until those that waited are gone."""

    point: Point
    left: int
    count: int
    every_s: float
    wait_s: float = 0.0
    """Until the next ones go; no time passes while anything is paused."""


class Releases:
    def __init__(
        self,
        points: Mapping[str, Point],
        fleet: Fleet,
        record: Record,
        crowd: Callable[[Point], Crowd],
    ) -> None:
        self.points = points
        self._fleet = fleet
        self._record = record
        self._crowd = crowd
        self._staggers: list[_Stagger] = []
        self._orders: dict[int, tuple[Point, set[int]]] = {}
        """Orders about points, and the injectors that have still to act on them."""
        self._shown: dict[str, tuple[float, dict[str, int]]] = {}
        """When the crowd at each point was last told, and what."""

    # ---------------------------------------------------------------- from the injectors

    def gathered(self, injector: int, said: wire.Gathered) -> None:
        self.points[said.point].gathered(injector, said.waiting)

    def spread(self, said: wire.Spread) -> None:
        self.points[said.point].spread(said)

    def answered(self, injector: int, order: int) -> None:
        point, awaited = self._orders.get(order, (None, set[int]()))
        if point is None or injector not in awaited:
            return
        point.answered(injector)
        awaited.remove(injector)
        if not awaited:
            del self._orders[order]

    def lost(self, injector: int) -> None:
        for order, (_, awaited) in list(self._orders.items()):
            awaited.discard(injector)
            if not awaited:
                del self._orders[order]
        for point in self.points.values():
            point.lost(injector)

    # ---------------------------------------------------------------- as time passes

    def advance(self, dt_s: float) -> None:
        now_s = time.monotonic()
        for stagger in list(self._staggers):
            if not self._crowd(stagger.point).paused:
                stagger.wait_s -= dt_s
                self._step(stagger)
        for point in self.points.values():
            why = point.due(dt_s, self._crowd(point))
            if why:
                self._by_itself(point, why)
            self._tell_spreads(point, now_s)
            self._show(point, now_s)

    def close(self) -> None:
        """The run is over: no more is heard of any release."""
        for point in self.points.values():
            self._tell_spreads(point, math.inf)

    def _tell_spreads(self, point: Point, now_s: float) -> None:
        for spread in point.closed_spreads(now_s):
            self._record.add(
                ev.Released,
                name=point.name,
                release=spread.number,
                vus=spread.vus,
                spread_ms=None if spread.spread_ms is None else round(spread.spread_ms, 3),
            )

    def _show(self, point: Point, now_s: float) -> None:
        told_s, told = self._shown.get(point.name, (0.0, {}))
        waiting = point.waiting
        if waiting != told and now_s - told_s >= TELL_EVERY_S:
            self._shown[point.name] = (now_s, waiting)
            self.changed(point)

    def changed(self, point: Point) -> None:
        tick = self.tick(point)
        self._record.add(
            ev.PointChanged,
            name=tick.name,
            waiting=tick.waiting,
            needed=tick.needed,
            on=tick.on,
            policy=point.policy,
            off=point.off,
        )

    def _by_itself(self, point: Point, why: str) -> None:
        vus = point.total
        self.release(point)
        if why == "timeout":  # a full release is what was asked for, and would bury the rest
            text = say(
                "{point} released {vus}: nobody came for {timeout:g} s",
                point=point.name,
                vus=some_vus(vus),
                timeout=point.spec.timeout,
            )
            self._record.add(ev.Noted, level="info", kind="rendezvous", text=text)

    def switch(self, point: Point, on: bool, groups: tuple[str, ...]) -> int:
        """For these groups, or for all; returns the order's number."""
        point.switch(on, groups, self._fleet.living)
        order = self._fleet.switch(point.name, on, groups)
        self._await(order, point, self._fleet.living)
        self.changed(point)
        return order

    # ---------------------------------------------------------------- releasing

    def release(self, point: Point, count: int | None = None) -> int:
        """`count` of those who wait, or everybody, at once; returns the order's number."""
        if count is not None:
            counts = self._split(point, count)
            return self._send(point, counts, sum(filter(None, counts.values())))
        return self._send(point, dict.fromkeys(self._fleet.living), point.total)

    def stagger(self, point: Point, count: int, every_s: float) -> None:
        stagger = _Stagger(point, point.total, count, every_s)
        self._staggers.append(stagger)
        self._step(stagger)

    def _step(self, stagger: _Stagger) -> None:
        if stagger.wait_s > 0:
            return
        times = 1 + int(-stagger.wait_s / stagger.every_s)  # a beat may be longer than `every_s`
        count = min(stagger.count * times, stagger.left, stagger.point.total)
        stagger.left -= count
        stagger.wait_s += stagger.every_s * times
        if count:
            self.release(stagger.point, count)
        if stagger.left <= 0 or not count:
            self._staggers.remove(stagger)

    def _split(self, point: Point, count: int) -> dict[int, int | None]:
        """Who of the injectors releases how many."""
        counts: dict[int, int | None] = {}
        for injector in self._fleet.living:
            here = min(count, point.waiting_in(injector))
            if here:
                counts[injector] = here
                count -= here
        return counts

    def _send(self, point: Point, counts: dict[int, int | None], vus: int) -> int:
        number = point.released(set(counts), vus, time.monotonic())
        order = self._fleet.release(point.name, number, counts)
        self._await(order, point, counts)
        return order

    def _await(self, order: int, point: Point, injectors: Iterable[int]) -> None:
        if awaited := set(injectors):
            self._orders[order] = point, awaited

    def tick(self, point: Point) -> PointTick:
        return point.tick(self._crowd(point))
