"""What a front end hands to the controller it starts: over a pipe, never on disk (secrets)."""

from __future__ import annotations

from typing import Any

import msgspec

from perfconsole.model.credentials import Credentials
from perfconsole.model.dataset import Table
from perfconsole.model.listen import ListenAt


class StartSpec(msgspec.Struct, frozen=True):
    folder: str
    """The run's folder, made by the front end."""
    scenario: dict[str, Any]
    """JSON form of a valid Scenario, secrets included."""
    target: str
    """URL that the load goes to; empty when there are no groups."""
    injectors: int
    seed: int
    orphan_s: float | None
    """The run stops when no front end has been attached for this long; None: it goes on."""
    keepable: bool = False
    """An operator who detaches on purpose ends that limit."""
    data: dict[str, Table] = {}
    """The rows of the scenario's data sets."""
    variables: dict[str, str] = {}
    """Values given by ``--var``, and ``env:NAME`` ones; secrets among them."""
    credentials: Credentials = Credentials()
    """To log in to the scenario's servers with."""
    dead_man_s: float | None = None
    """The load is paused when no operator has touched the run for this long; None: it goes on."""
    base: str = ""
    """The scenario's folder, in which its commands run."""
    listen: ListenAt | None = None
    """Where the API is to be had on TCP too."""


class Serving(msgspec.Struct, frozen=True, tag="serving"):
    """The controller's first and only line on its stdout: it serves and the run is on."""

    pid: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The run could not start; nothing was loaded."""

    exit_status: int
    text: str


Handshake = Serving | Refused
