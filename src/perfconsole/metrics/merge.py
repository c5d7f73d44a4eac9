"""One second of the run from the ticks of all injectors.

A second closes when every live injector has passed it, or `DEADLINE_S` after its end for the sake
of those that are silent. What comes later still counts: in the earliest second that is open.
There is no clock in here; the caller says what second it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from perfconsole.metrics.columns import Sums, sums_by
from perfconsole.metrics.firsts import FirstErrors
from perfconsole.metrics.phases import RequestTotals
from perfconsole.metrics.service_times import service_by
from perfconsole.model.states import VuState
from perfconsole.model.tick import (
    Arrivals,
    GroupTick,
    InjectorHealth,
    PointTick,
    RunTick,
    Times,
    TransactionTick,
)
from perfconsole.model.wire import GroupCounts, InjectorTick, TransactionCounts

DEADLINE_S = 2
LEAD_S = 5
"""Seconds that an injector's clock may be ahead; what claims to be further counts as this far."""


@dataclass(slots=True)
class MergedSecond:
    second: int
    rows: list[TransactionCounts] = field(default_factory=list)
    """Of all injectors, as they came."""
    states: dict[str, Counter[VuState]] = field(default_factory=dict)
    """By group, of the slots that injectors have made."""
    iterations: Counter[str] = field(default_factory=Counter)
    """By group, completed in this second."""
    peaks: Counter[str] = field(default_factory=Counter)
    """By group, most VUs alive in this second."""
    arrivals: dict[str, Counter[str]] = field(default_factory=dict)
    """By group: how many were due, offered, waiting and dropped, by these words."""
    errors: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    """Of error keys new in this run."""
    exchanges: dict[str, str] = field(default_factory=dict)
    """First failing ones of their error keys, each told once in the run."""
    timing: RequestTotals = field(default_factory=RequestTotals)
    """Phases of this second's requests, and its requests by name."""
    requests: int = 0
    requests_failed: int = 0
    cut: int = 0
    bytes_in: int = 0
    connections_opened: int = 0
    connections_reused: int = 0
    injectors: list[InjectorHealth] = field(default_factory=list)
    """Of those heard from in this second."""


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """What the controller knows of a group beside what its injectors say."""

    target: int
    """VUs wanted now."""
    slots_rest: Mapping[VuState, int]
    """Slots that no injector has made: pending or down."""
    rate: float | None = None
    """Open model: arrivals a second wanted now."""
    asked: int = 0
    """Open model: arrivals wanted since the start."""


@dataclass(slots=True)
class _Source:
    """What is known of one injector up to the last second closed."""

    pid: int
    passed: int = -1
    """Newest second it reported."""
    done: bool = False
    groups: tuple[GroupCounts, ...] = ()
    cpu_s: float | None = None
    cpu_second: int = 0
    cpu_percent: float = 0.0

    def health(self, ticks: Sequence[InjectorTick]) -> InjectorHealth:
        """From the ticks that one second holds, oldest first; `cpu_percent` is 0 in the first."""
        newest = ticks[-1]
        if self.cpu_s is not None and newest.second > self.cpu_second:
            spent = max(0.0, newest.cpu_s - self.cpu_s)
            self.cpu_percent = round(100 * spent / (newest.second - self.cpu_second), 1)
        self.cpu_s, self.cpu_second = newest.cpu_s, newest.second
        return InjectorHealth(
            injector=newest.injector,
            pid=self.pid,
            cpu_percent=self.cpu_percent,
            cpu_s=newest.cpu_s,
            requests=sum(tick.requests for tick in ticks),
            lag_p99_ms=max(tick.lag_p99_ms for tick in ticks),
            rss_mb=newest.rss_mb,
            sockets_left=newest.sockets_left,
            memory_mb=newest.memory_mb,
            gc_pause_ms=max(tick.gc_pause_ms for tick in ticks),
        )


class SecondMerger:
    """Ticks in, whole seconds out, in order and without gaps from second 0."""

    def __init__(self) -> None:
        self._sources: dict[int, _Source] = {}
        self._open: dict[int, list[InjectorTick]] = {}
        self._next = 0
        self._firsts = FirstErrors()
        self._cut = 0
        """Requests lost with injectors, for the next second to close."""

    def expect(self, injector: int, pid: int) -> None:
        """From now on seconds wait for this injector."""
        self._sources[injector] = _Source(pid)

    def lost(self, injector: int, cut: int = 0) -> None:
        """It died, with `cut` requests in flight: nothing waits for it, its VU slots are gone.

        What it reported stays.
        """
        self._sources.pop(injector, None)
        self._cut += cut

    def add(self, tick: InjectorTick) -> None:
        second = min(max(tick.second, self._next), self._next + LEAD_S)
        self._open.setdefault(second, []).append(tick)
        source = self._sources.get(tick.injector)
        if source is not None:
            source.passed = max(source.passed, tick.second)
            source.done = source.done or tick.last

    def close(self, now_second: int) -> list[MergedSecond]:
        """The seconds that closed, oldest first; `now_second` is the one going on now."""
        closed = []
        while self._next < now_second and (
            now_second >= self._next + 1 + DEADLINE_S or self._all_passed(self._next)
        ):
            closed.append(self._close_next())
        return closed

    def flush(self) -> list[MergedSecond]:
        """Close all that was reported, for the end of the run."""
        last = max(self._open, default=self._next if self._cut else -1)
        return [self._close_next() for _ in range(self._next, last + 1)]

    def _all_passed(self, second: int) -> bool:
        return all(source.done or source.passed >= second for source in self._sources.values())

    def _close_next(self) -> MergedSecond:
        merged = MergedSecond(self._next, cut=self._cut)
        self._cut = 0
        by_injector: dict[int, list[InjectorTick]] = {}
        for tick in sorted(self._open.pop(self._next, ()), key=lambda t: (t.injector, t.second)):
            by_injector.setdefault(tick.injector, []).append(tick)
            self._count(merged, tick)
        merged.exchanges = self._firsts.exchanges()
        for heard in by_injector.values():
            merged.peaks.update(_peaks(heard))
        self._next += 1
        for injector, source in self._sources.items():
            if ticks := by_injector.get(injector):
                source.groups = ticks[-1].groups
                merged.injectors.append(source.health(ticks))
            for group in source.groups:
                merged.states.setdefault(group.name, Counter()).update(group.states)
                merged.arrivals.setdefault(group.name, Counter())["waiting"] += group.waiting
        return merged

    def _count(self, merged: MergedSecond, tick: InjectorTick) -> None:
        merged.rows.extend(tick.transactions)
        for group in tick.groups:
            merged.iterations[group.name] += group.iterations
            merged.arrivals.setdefault(group.name, Counter()).update(
                due=group.due, offered=group.offered, dropped=group.dropped
            )
        errors, samples = self._firsts.take(tick.errors)
        merged.errors.update(errors)
        merged.samples.update(samples)
        merged.timing.add(tick.phases, tick.by_request)
        merged.requests += tick.requests
        merged.requests_failed += tick.requests_failed
        merged.cut += tick.cut
        merged.bytes_in += tick.bytes_in
        merged.connections_opened += tick.connections_opened
        merged.connections_reused += tick.connections_reused


def _peaks(ticks: Sequence[InjectorTick]) -> Counter[str]:
    """By group, the most VUs that one injector had alive at a moment of these ticks."""
    peaks: Counter[str] = Counter()
    for tick in ticks:
        for group in tick.groups:
            peaks[group.name] = max(peaks[group.name], group.peak)
    return peaks


def run_tick(
    merged: MergedSecond, groups: Mapping[str, GroupLoad], points: Sequence[PointTick]
) -> RunTick:
    """The second as all the world sees it; `groups` names every group of the scenario."""
    names, of_groups = [row.name for row in merged.rows], [row.group for row in merged.rows]
    by_name, by_group = sums_by(merged.rows, names), sums_by(merged.rows, of_groups)
    served, groups_served = service_by(merged.rows, names), service_by(merged.rows, of_groups)
    overall = sums_by(merged.rows, [None] * len(merged.rows)).get(None, Sums())
    return RunTick(
        second=merged.second,
        transactions=tuple(
            TransactionTick(name, sums.passed, sums.failed, sums.times, served.get(name))
            for name, sums in sorted(by_name.items())
            if sums.passed or sums.failed
        ),
        groups=tuple(
            _group_tick(merged, name, load, by_group.get(name, Sums()), groups_served.get(name))
            for name, load in groups.items()
        ),
        injectors=tuple(merged.injectors),
        rendezvous=tuple(points),
        errors=dict(merged.errors),
        samples=merged.samples,
        times=overall.times,
        requests=merged.requests,
        requests_failed=merged.requests_failed,
        cut=merged.cut,
        bytes_in=merged.bytes_in,
        connections_opened=merged.connections_opened,
        connections_reused=merged.connections_reused,
        phases=merged.timing.ticks(),
        exchanges=merged.exchanges,
    )


def _group_tick(
    merged: MergedSecond, name: str, load: GroupLoad, sums: Sums, service: Times | None
) -> GroupTick:
    counted = merged.arrivals.get(name, Counter())
    arrivals = None
    if load.rate is not None:
        arrivals = Arrivals(
            load.rate, counted["due"], counted["offered"], counted["waiting"],
            counted["dropped"], load.asked,
        )  # fmt: skip
    return GroupTick(
        name=name,
        states=dict(merged.states.get(name, Counter()) + Counter(load.slots_rest)),
        target=load.target,
        iterations=merged.iterations[name],
        passed=sums.passed,
        failed=sums.failed,
        times=sums.times,
        peak=merged.peaks[name],
        arrivals=arrivals,
        service=service,
    )
