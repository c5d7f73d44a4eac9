"""What one injector needs to know to play its share of a scenario: the plain plan sent to it."""

from __future__ import annotations

import msgspec


class Check(msgspec.Struct, frozen=True, array_like=True):
    """What an answer must be like for its request to pass."""

    statuses: tuple[int, ...] = ()
    """Accepted status codes; empty means any below 400."""
    body_contains: tuple[str, ...] = ()
    max_s: float | None = None
    """Longest request time that still passes, seconds."""


class RequestStep(msgspec.Struct, frozen=True, tag="request"):
    name: str
    method: str
    path: str
    """Path and query as sent, already percent-encoded."""
    headers: tuple[tuple[str, str], ...]
    """The step's own headers over the scenario's; Host and Content-Length are the injector's."""
    body: bytes
    check: Check
    timeout_s: float
    """From the moment the VU wants the request to the last byte."""
    follow_redirects: bool = True


class ThinkStep(msgspec.Struct, frozen=True, tag="think"):
    low_s: float
    high_s: float
    """Equal to `low_s` for a constant; else uniform between the two."""


class RendezvousStep(msgspec.Struct, frozen=True, tag="rendezvous"):
    point: str


class TransactionStep(msgspec.Struct, frozen=True, tag="transaction"):
    name: str
    steps: tuple[Step, ...]


Step = RequestStep | ThinkStep | RendezvousStep | TransactionStep


class TargetPlan(msgspec.Struct, frozen=True):
    scheme: str
    """``http`` or ``https``."""
    host: str
    """Name or address, without brackets."""
    port: int
    connect_timeout_s: float
    verify: bool
    ca_file: str | None
    cert_file: str | None
    key_file: str | None
    max_redirects: int = 10


class GroupPlan(msgspec.Struct, frozen=True):
    name: str
    flow: str
    iterations: int | None
    """Iterations each VU does before it ends by itself; None for no end."""
    arrivals: str | None = None
    """Open model: ``constant`` or ``poisson``, and its VUs wait for arrivals. None: closed."""


class InjectorPlan(msgspec.Struct, frozen=True):
    injector: int
    """This injector's number, from 0; unique in a run, never used again after a loss."""
    started_at: float
    """Unix time of the run's second 0; ticks are cut at whole seconds from it."""
    target: TargetPlan
    groups: tuple[GroupPlan, ...]
    flows: dict[str, tuple[Step, ...]]
    rendezvous: tuple[str, ...]
    """Names of all points."""
    rendezvous_off: tuple[str, ...]
    """Those VUs walk past until a hand turns them on."""
    seed: int
    lease_s: float
    """No request starts when the controller has not renewed its lease for this long."""
