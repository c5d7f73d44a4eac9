"""What one injector needs to know to play its share of a scenario: the plain plan sent to it."""

from __future__ import annotations

from typing import Literal

import msgspec

from perfconsole.model.dataset import Table
from perfconsole.model.holes import Hole


class Check(msgspec.Struct, frozen=True, array_like=True):
    """What an answer must be like for its request to pass."""

    statuses: tuple[int, ...] = ()
    """Accepted status codes; empty means any below 400."""
    body_contains: tuple[str, ...] = ()
    max_s: float | None = None
    """Longest request time that still passes, seconds."""


class FilePart(msgspec.Struct, frozen=True, array_like=True):
    """A file whose bytes are part of a body: the injector reads it itself."""

    path: str
    """Absolute."""


class Extract(msgspec.Struct, frozen=True, array_like=True):
    """A value to take out of an answer that passed its check; it fails where there is none."""

    variable: str
    kind: Literal["regex", "json", "header", "cookie"]
    what: str
    """Regular expression, JMESPath, or the header's or cookie's name."""
    nth: int = 1
    """Which of several, from 1."""


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
    pieces: tuple[bytes | FilePart, ...] = ()
    """Of a body that has files in it; `body` is empty then."""
    holes: tuple[Hole, ...] = ()
    """Their marks stand in path, header values, body and the texts of the check."""
    extracts: tuple[Extract, ...] = ()


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
    allowed_hosts: tuple[str, ...] = ()
    """Besides its own: ``static.example.com``, ``*.example.com``, ``10.0.0.5:8443``; lower case."""
    resolve_per_vu: bool = False
    """The name is looked up by each VU, else once for all of an injector."""
    family: int = 0
    """4 or 6 for the only kind of address to use; 0 for both, as the resolver orders them."""
    server_name: str | None = None
    """For SNI, and to be in the certificate; None for the host's own name."""
    resume_tls: bool = False


class GroupPlan(msgspec.Struct, frozen=True):
    name: str
    flow: str
    iterations: int | None
    """Iterations each VU does before it ends by itself; None for no end."""
    http_version: str = "1.1"
    """``1.1`` or ``2``."""
    proxy: str | None = None
    """URL, user and password in it."""
    arrivals: str | None = None
    """Open model: ``constant`` or ``poisson``, and its VUs wait for arrivals. None: closed."""

    @property
    def on_second_engine(self) -> bool:
        """HTTP/2 and proxies go through httpx."""
        return self.http_version != "1.1" or self.proxy is not None


class DataPlan(msgspec.Struct, frozen=True):
    """This injector's rows of a data set."""

    table: Table
    order: Literal["sequential", "random"]


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
    variables: dict[str, str] = {}
    """Values at the beginning of each iteration."""
    data: dict[str, DataPlan] = {}
