"""Rendezvous points: who waits, how many are waited for, when they go, how wide the start was."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from perfconsole.model import wire
from perfconsole.model.group_switch import GroupSwitch
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.tick import PointTick

SPREAD_WITHIN_S = 62.0
"""Injectors report the first and last request of a release within 60 s."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The VUs that may come to a point."""

    expected: int
    """All that its groups have or will have."""
    alive: int
    paused: bool
    """Anything among its groups is paused."""


@dataclass(slots=True)
class _Release:
    number: int
    due_s: float
    """When its spread is closed, with or without all injectors' word."""
    vus: int
    heard: int = 0
    first_at: float = math.inf
    last_at: float = 0.0

    @property
    def spread_ms(self) -> float | None:
        return 1000 * (self.last_at - self.first_at) if self.heard else None


@dataclass(frozen=True, slots=True)
class ReleaseSpread:
    number: int
    vus: int
    spread_ms: float | None
    """None when none of them sent a request."""


@dataclass(slots=True)
class Point:
    name: str
    spec: PointSpec
    groups: frozenset[str]
    _switch: GroupSwitch = field(default_factory=GroupSwitch)
    policy: str | None = None
    """As a hand has written it; None while it is as in the scenario."""
    releases: int = 0
    _waiting: dict[int, dict[str, int]] = field(default_factory=dict)
    """By injector and group."""
    _patience_s: float = 0.0
    """Time since the last arrival, pauses left out."""
    _unanswered: Counter[int] = field(default_factory=Counter)
    """Injectors, and how many releases and switches each of them has not yet acted on: what they
    say waits may be gone."""
    _open: list[_Release] = field(default_factory=list)

    # ---------------------------------------------------------------- who waits

    def gathered(self, injector: int, waiting: dict[str, int]) -> None:
        came = sum(waiting.values()) > sum(self._waiting.get(injector, {}).values())
        self._waiting[injector] = waiting
        if came:
            self._patience_s = 0.0

    def lost(self, injector: int) -> None:
        self._waiting.pop(injector, None)
        self._unanswered.pop(injector, None)

    @property
    def waiting(self) -> dict[str, int]:
        """By group."""
        sums: dict[str, int] = defaultdict(int)
        for groups in self._waiting.values():
            for group, count in groups.items():
                sums[group] += count
        return {group: count for group, count in sums.items() if count}

    def waiting_in(self, injector: int) -> int:
        return sum(self._waiting.get(injector, {}).values())

    @property
    def total(self) -> int:
        return sum(self.waiting.values())

    # ---------------------------------------------------------------- whom it is for

    @property
    def on(self) -> bool:
        """For any group."""
        return bool(self.groups_on) if self.groups else self._switch.on

    @property
    def off(self) -> tuple[str, ...]:
        """Groups that walk past while others meet."""
        return tuple(sorted(self.groups - self.groups_on)) if self.on else ()

    @property
    def groups_on(self) -> frozenset[str]:
        return frozenset(filter(self._switch.is_on, self.groups))

    def switch(self, on: bool, groups: Collection[str], injectors: Iterable[int]) -> None:
        """For these groups, or for all; `injectors` are told."""
        self._switch.turn(on, groups)
        self._unanswered.update(injectors)

    def follow(self, spec: PointSpec) -> None:
        """Another policy, by hand."""
        self.spec, self.policy = spec, str(spec.wait_for)
        self._patience_s = 0.0

    # ---------------------------------------------------------------- when they go

    def needed(self, crowd: Crowd) -> int | None:
        """Arrivals that release the point now; None when only a hand does."""
        kind, amount = self.spec.policy
        if kind == "manual" or not self.on:
            return None
        if kind == "count":
            return max(1, min(amount, crowd.expected))
        of = crowd.expected if kind == "all" else crowd.alive
        return max(1, math.ceil(of * amount / 100))

    def due(self, dt_s: float, crowd: Crowd) -> str | None:
        """Whether it releases by itself now: ``full``, ``timeout`` or None. Time passes: `dt_s`."""
        groups_on = self.groups_on
        total = sum(count for group, count in self.waiting.items() if group in groups_on)
        needed = self.needed(crowd)
        if crowd.paused or not total or needed is None or self._unanswered:
            return None
        self._patience_s += dt_s
        if total >= needed:
            return "full"
        return "timeout" if self._patience_s >= self.spec.timeout else None

    def released(self, injectors: set[int], vus: int, now_s: float) -> int:
        """A release is on its way to `injectors`; returns its number."""
        self.releases += 1
        self._patience_s = 0.0
        self._unanswered.update(injectors)
        self._open.append(_Release(self.releases, now_s + SPREAD_WITHIN_S, vus))
        return self.releases

    def answered(self, injector: int) -> None:
        self._unanswered[injector] -= 1
        self._unanswered += Counter()  # drops those at 0

    # ---------------------------------------------------------------- how wide the start was

    def spread(self, said: wire.Spread) -> None:
        for release in self._open:
            if release.number == said.release and said.vus:
                release.heard += said.vus
                release.first_at = min(release.first_at, said.first_at)
                release.last_at = max(release.last_at, said.last_at)

    def closed_spreads(self, now_s: float) -> list[ReleaseSpread]:
        """Releases whose spread is known by now, each told once."""
        done = [r for r in self._open if r.heard >= max(1, r.vus) or now_s >= r.due_s]
        self._open = [r for r in self._open if r not in done]
        return [ReleaseSpread(r.number, r.vus, r.spread_ms) for r in done]

    def tick(self, crowd: Crowd) -> PointTick:
        return PointTick(self.name, self.waiting, self.needed(crowd), self.on)
