"""A plateau: a stretch of steady load, between two changes by hand or by the schedule."""

from __future__ import annotations

import msgspec

from perfconsole.model.tick import Times


class Move(msgspec.Struct, frozen=True, array_like=True):
    """A figure that is another than it was, by more than its noise."""

    name: str
    """``p50_ms``, ``p95_ms``, ``tps``, ``error_percent``, or of a server ``web1/cpu_percent``."""
    before: float
    now: float


class Plateau(msgspec.Struct, frozen=True):
    """Figures are of its settled part, `from_s` to `until_s` (run seconds)."""

    number: int
    """From 1."""
    from_s: float
    until_s: float
    over: bool
    """False while it lasts: its figures are up to `until_s` then."""
    vus: dict[str, int]
    """At work, by group; open groups, and those with none, are left out."""
    rate: float | None
    """Arrivals a second wanted, of all open groups; None without any."""
    tps: float
    """Transactions passed a second, mean."""
    failed_per_s: float
    hits_per_s: float
    error_percent: float | None
    times: Times
    """Of passed transactions."""
    servers: dict[str, tuple[float, float]]
    """Mean and peak by metric, as in ``web1/cpu_percent``."""
    ended_by: str = ""
    """What changed the load, such as ``VUs of browse 100 → 200``."""
    since: int | None = None
    """Number of the first plateau under about the same load, that this one was compared with; None
    where there is none, or too little was measured."""
    moved: tuple[Move, ...] = ()
    """What has changed since then."""

    @property
    def total_vus(self) -> int:
        return sum(self.vus.values())
