"""One second of a whole run, merged from all injectors."""

from __future__ import annotations

import msgspec

from perfconsole.model.phase import Phase
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
    service: Times | None = None
    """Open model: service times, where `times` are response times."""


class PhaseTick(msgspec.Struct, frozen=True, array_like=True):
    """One phase of the requests that had it in this second."""

    phase: Phase
    count: int
    mean_ms: float
    p95_ms: float
    max_ms: float


class Arrivals(msgspec.Struct, frozen=True, array_like=True):
    """A group's open model in this second."""

    rate: float
    """Arrivals a second wanted at its end."""
    due: int
    offered: int
    """Begun by a VU."""
    waiting: int
    """For a free VU, at its end."""
    dropped: int
    asked: int = 0
    """Arrivals that the rate came to, since the start: more than fell due when injectors were
    lost or hung."""


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
    arrivals: Arrivals | None = None
    """None in a closed model."""
    service: Times | None = None
    """Open model: service times, where `times` are response times."""


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
    sockets_left: int | None = None
    """How many more it may open."""
    memory_mb: float | None = None
    """Resident memory now; `rss_mb` is the peak so far."""
    gc_pause_ms: float = 0.0
    """Longest pause of its garbage collector in this second."""


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
    connections_opened: int = 0
    connections_reused: int = 0
    """Requests sent on a connection that was open already."""
    phases: tuple[PhaseTick, ...] = ()
    machine_cpu_percent: float | None = None
    """Of the machine that generates the load, all cores together."""
    exchanges: dict[str, str] = {}
    """First failing request and answer of each error key, sent once per run."""
