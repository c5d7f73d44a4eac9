"""One second of a whole run, merged from all injectors."""

from __future__ import annotations

import msgspec

from perfconsole.model.states import VuState


class Times(msgspec.Struct, frozen=True, array_like=True):
    """Times of passed transactions, ms; None where there were none."""

    mean_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None


class TransactionTick(msgspec.Struct, frozen=True, array_like=True):
    name: str
    passed: int
    failed: int
    times: Times


class GroupTick(msgspec.Struct, frozen=True, array_like=True):
    name: str
    states: dict[VuState, int]
    """Adds up to the group's slots."""
    target: int
    """VUs wanted now."""
    iterations: int
    passed: int
    failed: int
    times: Times
    peak: int = 0
    """Most VUs alive in this second; with several injectors an upper bound."""


class InjectorHealth(msgspec.Struct, frozen=True, array_like=True):
    injector: int
    pid: int
    cpu_percent: float
    """Of one core."""
    cpu_s: float
    """Since its start."""
    requests: int
    """In this second."""
    lag_p99_ms: float
    rss_mb: float


class PointTick(msgspec.Struct, frozen=True, array_like=True):
    """A rendezvous point now."""

    name: str
    waiting: dict[str, int]
    """By group."""
    needed: int | None
    """Arrivals that release it; None when only a hand does."""
    on: bool


class RunTick(msgspec.Struct, frozen=True):
    second: int
    """Whole seconds from the run's start to this tick's beginning."""
    transactions: tuple[TransactionTick, ...]
    groups: tuple[GroupTick, ...]
    injectors: tuple[InjectorHealth, ...]
    rendezvous: tuple[PointTick, ...]
    errors: dict[str, int]
    """Count by error key."""
    samples: dict[str, str]
    """First sample of each error key, sent once per run."""
    times: Times
    """Of all passed transactions together."""
    requests: int
    requests_failed: int
    cut: int
    bytes_in: int
