"""A flow played once to be looked at: what is to be played, and what is told while it is.

No secret is in anything told; equal marks such as ``***#3fa2`` stand for equal secrets.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from perfconsole.model.plan import InjectorPlan


class Rehearsal(msgspec.Struct, frozen=True):
    plan: InjectorPlan
    """With one group, of one VU that does one iteration."""
    labels: tuple[str, ...]
    """Where each step of the group's script stands in the file, such as ``2.1``; in the order in
    which `script_walk.walk` goes through its init, steps and end."""
    think: bool = False
    """Think times are waited."""


class StepBegan(msgspec.Struct, frozen=True, tag="step"):
    label: str
    kind: str
    """``request``, ``transaction``, ``think``, ..."""
    what: str
    """Its name, or what stands behind its key."""


class TransactionEnded(msgspec.Struct, frozen=True, tag="transaction"):
    label: str
    name: str
    passed: bool
    ms: float


class Sent(msgspec.Struct, frozen=True, tag="sent"):
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    """As far as it is shown; what it is, where it is no text."""
    body_bytes: int


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    status: int
    reason: str
    """The status in words, as it came."""
    headers: tuple[tuple[str, str], ...]
    body: str
    """Its beginning, decoded; what it is, where it is no text."""
    body_bytes: int
    """Decoded."""
    ms: float
    phases_ms: dict[str, float]
    """``dns``, ``connect``, ``tls``, ``send``, ``wait``, ``receive``, those that it had."""
    cookies: tuple[tuple[str, str], ...]
    """Set by it: name, and the mark of the value."""


class Redirected(msgspec.Struct, frozen=True, tag="redirected"):
    """The next request goes there by itself."""

    method: str
    url: str


class Checked(msgspec.Struct, frozen=True, tag="checked"):
    what: str
    """What was asked of the answer, and holds."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A request came to nothing, or its answer is not what it must be."""

    label: str
    name: str
    """Of the request, or of what else failed."""
    why: str
    seen: str
    """What was there instead."""
    detail: str = ""
    """Lines that tell more, such as the traceback of a flow in Python."""


class Valued(msgspec.Struct, frozen=True, tag="valued"):
    name: str
    value: str
    how: Literal["given", "extracted", "set"]
    """Given: a default, or out of a row of data."""


class Told(msgspec.Struct, frozen=True, tag="told"):
    """What an operator would be told in a run, and what a flow in Python prints."""

    text: str


class Over(msgspec.Struct, frozen=True, tag="over"):
    """The last word."""

    passed: bool
    why: str = ""
    """One line, when it did not pass."""
    values: dict[str, str] = {}
    """At the end, by name."""
    unreachable: bool = False
    """There was never a connection to the target."""


Traced = (
    StepBegan
    | TransactionEnded
    | Sent
    | Answered
    | Redirected
    | Checked
    | Failed
    | Valued
    | Told
    | Over
)
