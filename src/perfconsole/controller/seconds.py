"""The run's seconds: ticks merged, recorded, counted into the totals and the journal's windows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from perfconsole.controller.fleet import Fleet
from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.controller.releases import Releases
from perfconsole.controller.watching.health import HealthWatch
from perfconsole.controller.watching.machine_cpu import MachineCpu
from perfconsole.metrics.merge import GroupLoad, MergedSecond, SecondMerger, run_tick
from perfconsole.metrics.phases import RequestTotals
from perfconsole.metrics.service_times import merged_with_service
from perfconsole.metrics.totals import Totals
from perfconsole.model import event as ev
from perfconsole.model import wire
from perfconsole.model.states import GroupState, VuState, active
from perfconsole.model.tick import RunTick
from perfconsole.texts import say

WINDOW_S = 10
"""The journal keeps one histogram row for so many seconds."""
MOST_ERROR_NOTES = 50
"""Kinds of error announced in the events; all of them are counted."""
_COMING = frozenset(
    {
        GroupState.PENDING,
        GroupState.INITIALIZING,
        GroupState.RAMPING,
        GroupState.RUNNING,
        GroupState.PAUSED,
    }
)
"""States of a group whose other VUs will still come."""


Watch = Callable[[MergedSecond, RunTick], None]
"""Is shown each second when it has closed and is recorded."""


class Seconds:
    def __init__(
        self,
        record: Record,
        schedules: dict[str, GroupSchedule],
        fleet: Fleet,
        releases: Releases,
        health: HealthWatch,
        watches: Sequence[Watch] = (),
    ) -> None:
        self._record = record
        self._schedules = schedules
        self._fleet = fleet
        self._releases = releases
        self._health = health
        self._watches = watches
        self._machine_cpu = MachineCpu()
        self._merger = SecondMerger()
        self._closed = Totals()
        """Of all windows but the one that is open."""
        self._window: list[wire.TransactionCounts] = []
        self._timing = RequestTotals()
        """Of the window that is open."""
        self._window_start = 0
        self._errors_seen: set[str] = set()
        self._judged: Totals | None = None
        """What came after the warm-up; None when there is none."""
        self._judged_from: int | None = None

    def warm_up(self, until_s: float) -> None:
        """The warm-up ends at that time of the run; the next whole second is the first judged."""
        self._judged = Totals()
        self._judged_from = math.ceil(until_s)

    @property
    def judged(self) -> Totals:
        """Every transaction that objectives are about."""
        return self.totals if self._judged is None else self._judged

    @property
    def totals(self) -> Totals:
        """Every transaction so far."""
        totals = Totals.of(self._window)
        totals.merge(self._closed)
        return totals

    def expect(self, injector: int, pid: int) -> None:
        self._merger.expect(injector, pid)

    def lost(self, injector: int, cut: int) -> None:
        """An injector died and took `cut` requests along."""
        self._merger.lost(injector, cut)

    def take(self, tick: wire.InjectorTick) -> None:
        self._merger.add(tick)

    def close(self, now_second: int) -> None:
        for merged in self._merger.close(now_second):
            self._record_second(merged)

    def flush(self) -> None:
        for merged in self._merger.flush():
            self._record_second(merged)

    def expected(self, schedule: GroupSchedule) -> int:
        """VUs of a group that live or will come."""
        if not schedule.running:
            return schedule.alive
        return max(schedule.alive, schedule.goal - self._fleet.done(schedule.name))

    def _record_second(self, merged: MergedSecond) -> None:
        loads = {name: self._load(schedule, merged) for name, schedule in self._schedules.items()}
        points = [self._releases.tick(point) for point in self._releases.points.values()]
        tick = replace(
            run_tick(merged, loads, points), machine_cpu_percent=self._machine_cpu.percent()
        )
        if self._judged is not None and self._judged_from is not None:
            self._judge_from(self._judged, self._judged_from, merged)
        self._record.add(ev.Second, tick=tick)
        self._health.take(tick)
        for watch in self._watches:
            watch(merged, tick)
        self._announce_errors(tick.errors)
        start = merged.second - merged.second % WINDOW_S
        if start != self._window_start:
            for row in self._window:
                self._closed.add(row)
            self._window, self._timing, self._window_start = [], RequestTotals(), start
        self._window = merged_with_service([*self._window, *merged.rows])
        self._timing.merge(merged.timing)
        self._record.journal.put_window(start, self._window)
        self._record.journal.put_timing(
            start, self._timing.phase_rows(), self._timing.request_rows()
        )

    def _judge_from(self, judged: Totals, first: int, merged: MergedSecond) -> None:
        if merged.second < first:
            return
        if self._record.view.warm_up is None:
            self._record.add(ev.WarmedUp, second=first)
        for row in merged.rows:
            judged.add(row)

    def _load(self, schedule: GroupSchedule, merged: MergedSecond) -> GroupLoad:
        states = merged.states.get(schedule.name, Counter())
        name = schedule.name
        alive, waiting = active(states), merged.arrivals.get(name, Counter())["waiting"]
        busy = alive - states[VuState.READY] + waiting
        schedule.heard(alive, self._fleet.done(name), self._fleet.samples_left(name), busy)
        rest = max(0, schedule.slots - sum(states.values()))
        kind = VuState.PENDING if schedule.state in _COMING else VuState.DOWN
        rate = schedule.rate
        slots_rest = {kind: rest} if rest else {}
        if rate is None:
            return GroupLoad(schedule.told, slots_rest)
        return GroupLoad(schedule.told, slots_rest, rate.now, rate.asked)

    def _announce_errors(self, errors: dict[str, int]) -> None:
        for key in errors:
            if key in self._errors_seen or len(self._errors_seen) >= MOST_ERROR_NOTES:
                continue
            self._errors_seen.add(key)
            text = say("first error of its kind: {key}", key=key)
            self._record.add(ev.Noted, level="error", kind="errors", text=text)
