"""Stretches of steady load: found second by second, measured, compared, and told.

A change of load is one of the VUs wanted, of a rate, of a think time or of who is paused, or a VU
that ends by itself. After it the load settles: its VUs come or go, and `SETTLE_S` more. What is
then measured until the next change is a plateau, when it is long enough to say anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.controller.load.schedule import GroupSchedule
from perfconsole.controller.record import Record
from perfconsole.controller.watching.comparing import Comparing, GroupLoad, Loads
from perfconsole.metrics.merge import MergedSecond
from perfconsole.metrics.stretch import Stretch
from perfconsole.model import event as ev
from perfconsole.model.rate import rate_text
from perfconsole.model.sample import ServerSample
from perfconsole.model.states import RunState, VuState, at_work
from perfconsole.model.tick import GroupTick, RunTick
from perfconsole.texts import say

SETTLE_S = 3
"""Left out from the second on in which all VUs wanted were there."""
LEAST_S = 5
"""A settled stretch that is shorter is no plateau."""
PATIENCE_S = 10
"""VUs that have not come, or not gone, for so long will not: the load is what there is."""
TELL_EVERY_S = 5
CHANGES_LOAD = frozenset(
    {
        "start", "stop", "pause", "resume", "hold", "vus", "rate", "think", "schedule",
        "initialize", "add_group", "stop_vus", "pause_vus", "undo", "stop_run",
    }
)  # fmt: skip
"""Commands that a change of load can come from."""


class Plateaus:
    """`schedules` are the run's groups, those that a hand adds among them."""

    def __init__(self, record: Record, schedules: Mapping[str, GroupSchedule]) -> None:
        self._record = record
        self._schedules = schedules
        self._loads: Loads = {}
        self._there: dict[str, int] = {}
        """VUs at work, by group; of an open one they come and go with its arrivals."""
        self._steady_since = 0
        """The second since which neither the load wanted nor the VUs at work have changed."""
        self._reached: int | None = None
        """The second in which the load was first what was wanted."""
        self._stretch: Stretch | None = None
        self._told_s = 0
        """How long the stretch was when it was last told; 0 before."""
        self._comparing = Comparing(record.view)
        self._number = 0
        self._samples: list[tuple[float, ServerSample]] = []
        """Of seconds that have not closed, by run second."""
        self._looked_at = 0.0

    def sampled(self, sample: ServerSample) -> None:
        second = self._record.now() - self._record.view.started_at
        self._samples.append((second, sample))

    def take(self, merged: MergedSecond, tick: RunTick) -> None:
        """A second that closed and is recorded."""
        loads = {group.name: self._load(group) for group in tick.groups}
        there = {g.name: at_work(g.states) for g in tick.groups if g.arrivals is None}
        second, sloping = tick.second, any(each.sloping for each in self._schedules.values())
        if there != self._there or loads != self._loads:
            self._steady_since = second
        if sloping or loads != self._loads:
            self._end(self._what_changed(loads))
            self._reached = None
        elif self._reached is not None and there != self._there:
            self._end(_who_left(self._there, there))
            self._reached = None
        self._loads, self._there = loads, there
        if self._reached is None and not sloping and self._arrived(second):
            self._reached = second
        loaded = any(load.vus or load.rate for load in loads.values())
        if self._reached is not None and loaded and second >= self._reached + SETTLE_S:
            self._measure(merged, second)
        self._samples = [(at, sample) for at, sample in self._samples if at >= second + 1]
        self._looked_at = self._record.now()

    def close(self) -> None:
        """The run is over, and every second told."""
        self._end(self._end_words())

    # ---------------------------------------------------------------- finding

    def _load(self, group: GroupTick) -> GroupLoad:
        schedule = self._schedules[group.name]
        think = schedule.think.effective_factor
        if group.arrivals is not None:
            return GroupLoad(0, group.arrivals.rate, think)
        if schedule.paused:  # also those who wait at a rendezvous
            return GroupLoad(0, None, think)
        return GroupLoad(max(0, group.target - _paused(group)), None, think)

    def _arrived(self, second: int) -> bool:
        """The VUs wanted are there, or there will be no others."""
        wanted = {name: load.vus for name, load in self._loads.items() if load.rate is None}
        return second - self._steady_since >= PATIENCE_S or all(
            self._there[name] == vus for name, vus in wanted.items()
        )

    # ---------------------------------------------------------------- measuring

    def _measure(self, merged: MergedSecond, second: int) -> None:
        if self._stretch is None:
            self._stretch, self._told_s = Stretch(second), 0
            self._comparing.begin()
        self._stretch.add(merged.rows, merged.requests)
        for at, sample in self._samples:
            if self._stretch.from_s <= at < second + 1:
                self._stretch.sampled(sample)
                self._comparing.sampled(sample)
        self._comparing.add(merged.rows)
        if self._stretch.seconds >= self._told_s + TELL_EVERY_S:
            self._tell(self._stretch, over=False)

    def _end(self, words: str) -> None:
        if self._stretch is not None and self._stretch.seconds >= LEAST_S:
            self._tell(self._stretch, over=True, ended_by=words)
        self._stretch = None

    def _tell(self, stretch: Stretch, *, over: bool, ended_by: str = "") -> None:
        if not self._told_s:
            self._number += 1
        self._told_s = stretch.seconds
        rates = [load.rate for load in self._loads.values() if load.rate is not None]
        vus = {
            name: self._there[name]
            for name, load in self._loads.items()
            if load.rate is None and self._there[name]
        }
        figures = stretch.figures(
            self._number, vus, sum(rates) if rates else None, over=over, ended_by=ended_by
        )
        plateau = self._comparing.compared(figures, self._loads)
        self._record.add(ev.PlateauMeasured, plateau=plateau)

    # ---------------------------------------------------------------- what ended it

    def _what_changed(self, loads: Loads) -> str:
        view = self._record.view
        by_hand = [
            done.said
            for done in view.commands
            if done.at >= self._looked_at and done.command.get("do") in CHANGES_LOAD
        ]
        if by_hand:
            return by_hand[-1]
        if view.state is RunState.STOPPING:
            return self._end_words()
        changes = [
            _change(name, self._loads[name], load)
            for name, load in loads.items()
            if name in self._loads and load != self._loads[name]
        ]
        return ", ".join(changes) or say("the load moves on by its schedule")

    def _end_words(self) -> str:
        return self._record.view.reason or say("the end of the run")


def _paused(group: GroupTick) -> int:
    return group.states.get(VuState.PAUSED, 0)


def _change(name: str, before: GroupLoad, now: GroupLoad) -> str:
    if before.vus != now.vus:
        return say("VUs of {group} {before} → {to}", group=name, before=before.vus, to=now.vus)
    if before.rate != now.rate:
        return say(
            "rate of {group} {before} → {to}",
            group=name,
            before=rate_text(before.rate or 0.0),
            to=rate_text(now.rate or 0.0),
        )
    return say("think time of {groups} × {factor:g}", groups=name, factor=now.think)


def _who_left(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    return ", ".join(
        say("VUs alive in {group} {before} → {to}", group=name, before=before[name], to=count)
        for name, count in now.items()
        if name in before and count != before[name]
    )
