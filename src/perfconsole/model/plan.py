"""What one injector needs to know to play its share of a scenario: the plain plan sent to it."""

from __future__ import annotations

from random import Random
from typing import Literal

import msgspec

from perfconsole.model.condition import Operator
from perfconsole.model.data import AtEnd, Order
from perfconsole.model.dataset import Table
from perfconsole.model.extracting import PlaceKind
from perfconsole.model.holes import Hole
from perfconsole.model.scalars import OnError
from perfconsole.model.wait import Pacing, Wait


class Text(msgspec.Struct, frozen=True):
    """A text that values may go into, as they are."""

    marked: str
    holes: tuple[Hole, ...] = ()
    """Their marks stand in `marked`."""


class Check(msgspec.Struct, frozen=True, array_like=True):
    """What an answer must be like for its request to pass."""

    statuses: tuple[int, ...] = ()
    """Accepted status codes; empty means any below 400."""
    body_contains: tuple[str, ...] = ()
    max_s: float | None = None
    """Longest request time that still passes, seconds."""
    headers: tuple[tuple[str, str], ...] = ()
    """Lower-case name, and a text that must be in its value."""
    body_lacks: tuple[str, ...] = ()
    body_matches: tuple[str, ...] = ()
    """Regular expressions; no value goes into them."""
    json_values: tuple[tuple[str, str | int | float | bool | None], ...] = ()
    """JMESPath, and the value that must be there."""
    least_bytes: int | None = None
    most_bytes: int | None = None


class FilePart(msgspec.Struct, frozen=True, array_like=True):
    """A file whose bytes are part of a body: the injector reads it itself."""

    path: str
    """Absolute."""


class Extract(msgspec.Struct, frozen=True, array_like=True):
    """A value to take out of an answer that passed its check; it fails where there is none."""

    variable: str
    kind: PlaceKind
    what: str
    """Regular expression, JMESPath, selector, XPath, or the header's or cookie's name."""
    pick: Literal["first", "last", "random", "all"] | int = "first"
    """A number is from 1."""
    attribute: str | None = None
    """With ``css``: instead of the element's text."""
    join: str = ","
    """Between all of them."""
    default: str | None = None
    """Instead of a failure."""


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
    on_error: OnError = "next_iteration"


class ThinkStep(msgspec.Struct, frozen=True, tag="think"):
    wait: Wait


class RendezvousStep(msgspec.Struct, frozen=True, tag="rendezvous"):
    point: str


class TransactionStep(msgspec.Struct, frozen=True, tag="transaction"):
    name: str
    steps: tuple[Step, ...]


class SetStep(msgspec.Struct, frozen=True, tag="set"):
    """Variables get values, in this order."""

    values: tuple[tuple[str, Text], ...]
    on_error: OnError = "next_iteration"
    """When a text asks for a variable that has no value."""


class Comparing(msgspec.Struct, frozen=True, array_like=True):
    left: Text
    operator: Operator
    right: Text


class Asking(msgspec.Struct, frozen=True, array_like=True):
    """A condition: all of its comparisons (``and``), or any of them (``or``)."""

    comparisons: tuple[Comparing, ...]
    join: Literal["and", "or"]
    shown: str
    """As it was written."""


class IfStep(msgspec.Struct, frozen=True, tag="if"):
    asking: Asking
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


class RepeatStep(msgspec.Struct, frozen=True, tag="repeat"):
    times: tuple[int, int] | Text
    """The fewest and the most, or a text that is a number when it is filled."""
    steps: tuple[Step, ...]
    on_error: OnError = "next_iteration"
    """When that is no number."""


class WhileStep(msgspec.Struct, frozen=True, tag="while"):
    asking: Asking
    steps: tuple[Step, ...]
    limit: int
    """Rounds; the step has failed when the condition still holds after them."""
    on_error: OnError = "next_iteration"


class ChooseStep(msgspec.Struct, frozen=True, tag="choose"):
    weights: tuple[float, ...]
    ways: tuple[tuple[Step, ...], ...]
    """As many as `weights`."""


class OneOfStep(msgspec.Struct, frozen=True, tag="one_of"):
    """Its ways are taken in turn by all VUs of an injector's group."""

    ways: tuple[tuple[Step, ...], ...]


Step = (
    RequestStep
    | ThinkStep
    | RendezvousStep
    | TransactionStep
    | SetStep
    | IfStep
    | RepeatStep
    | WhileStep
    | ChooseStep
    | OneOfStep
)


class Script(msgspec.Struct, frozen=True):
    """What the VUs of a group play."""

    steps: tuple[Step, ...] = ()
    """Of an iteration; empty for a flow in Python."""
    init: tuple[Step, ...] = ()
    """Once, before the first iteration."""
    end: tuple[Step, ...] = ()
    """Once, after the last."""
    pacing: Pacing | None = None
    """Between two iterations; None: as soon as done."""


class PythonFlow(msgspec.Struct, frozen=True, array_like=True):
    path: str
    """Absolute."""
    function: str
    timeout_s: float = 30.0
    """Of a request that names none."""


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


class ThinkPlan(msgspec.Struct, frozen=True, array_like=True):
    """What becomes of a group's think times."""

    factor: float = 1.0
    limit_s: float | None = None
    """Longest, after the factor."""
    ignore: bool = False

    @property
    def effective_factor(self) -> float:
        """0 when they are ignored."""
        return 0.0 if self.ignore else self.factor

    @property
    def thinks(self) -> bool:
        """False: no think time is left of any."""
        return self.effective_factor > 0 and self.limit_s != 0

    def drawn(self, wait: Wait, random: Random) -> float:
        """One think time, seconds."""
        if self.ignore:
            return 0.0
        seconds = wait.drawn(random) * self.factor
        return seconds if self.limit_s is None else min(seconds, self.limit_s)


class GroupPlan(msgspec.Struct, frozen=True):
    name: str
    script: Script
    iterations: int | None = None
    """Iterations each VU does before it ends by itself; None for no end."""
    http_version: str = "1.1"
    """``1.1`` or ``2``."""
    proxy: str | None = None
    """URL, user and password in it."""
    arrivals: str | None = None
    """Open model: ``constant`` or ``poisson``, and its VUs wait for arrivals. None: closed."""
    python: PythonFlow | None = None
    """Instead of the script's steps."""
    samples: int | None = None
    """This injector's share of the iterations that the group's VUs do together."""
    think: ThinkPlan = ThinkPlan()
    bandwidth_bit_s: float | None = None
    """Of each VU's line, each way."""
    source_ips: tuple[str, ...] = ()
    """VU after VU takes the next."""
    variables: dict[str, str] = {}
    """Over those of the plan."""
    headers: tuple[tuple[str, str], ...] = ()
    """What a flow in Python sends with every request; in a script they are in its requests."""
    on_error: OnError = "next_iteration"
    """Of a flow in Python."""

    @property
    def on_second_engine(self) -> bool:
        """HTTP/2 and proxies go through httpx."""
        return self.http_version != "1.1" or self.proxy is not None


class GeneratedColumn(msgspec.Struct, frozen=True, array_like=True):
    """How one column's values are made; which of the fields count is said by `kind`."""

    name: str
    kind: Literal["uuid", "counter", "number", "text", "faker", "choice"]
    first: int = 0
    """counter: its first value in this injector; number: the least; text: its length."""
    second: int = 0
    """counter: what it grows by in this injector; number: the most."""
    what: str = ""
    """faker: the provider's name."""
    choices: tuple[str, ...] = ()


class DataPlan(msgspec.Struct, frozen=True):
    """This injector's rows of a data set, or how it makes them."""

    table: Table = Table((), ())
    order: Order = "sequential"
    at_end: AtEnd = "recycle"
    generated: tuple[GeneratedColumn, ...] = ()
    """Instead of a table."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.table.columns, *(column.name for column in self.generated))


class InjectorPlan(msgspec.Struct, frozen=True):
    injector: int
    """This injector's number, from 0; unique in a run, never used again after a loss."""
    started_at: float
    """Unix time of the run's second 0; ticks are cut at whole seconds from it."""
    target: TargetPlan
    groups: tuple[GroupPlan, ...]
    rendezvous: tuple[str, ...]
    """Names of all points."""
    rendezvous_off: tuple[str, ...]
    """Those VUs walk past until a hand turns them on."""
    seed: int
    lease_s: float
    """No request starts when the controller has not renewed its lease for this long."""
    variables: dict[str, str] = {}
    """Values at the beginning of each iteration, ``env:NAME`` among them."""
    secret: tuple[str, ...] = ()
    """Names of those that nobody may see."""
    data: dict[str, DataPlan] = {}
