"""Servers under load, as a person writes them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from perfconsole.model.any_probe import MOST_PROBES, Probe, ProbeName, only_pages
from perfconsole.model.limit_spec import Limits
from perfconsole.model.scalars import Duration
from perfconsole.model.strict import Strict
from perfconsole.texts import say


class ServerSpec(Strict):
    """A server under load: ``local: true`` or ``ssh: user@host:22``."""

    local: bool = False
    """True: the machine the run is on."""
    ssh: str | None = None
    """``user@host``, ``user@host:2222`` or a name of ``~/.ssh/config``."""
    identity: str | None = None
    """Private key file; the agent and the default keys are tried as well."""
    known_hosts: str | None = None
    """Instead of ``~/.ssh/known_hosts``."""
    every: Annotated[Duration, Field(ge=0.5, le=3600)] = 2.0
    """Between two samples."""
    disks: tuple[str, ...] | None = None
    """Mount points to watch; all real ones when left out."""
    limits: str | None = None
    """A set of limits by name, instead of the scenario's."""
    thresholds: Limits = {}
    """The server's own, over the scenario's."""
    judged: bool = True
    """False: shown against its limits, but never part of the verdict."""
    probes: Annotated[dict[ProbeName, Probe], Field(max_length=MOST_PROBES)] = {}
    """What else is measured of it, by name: a number out of a command or a page of your own, or
    ready ones with ``use``. A server may have pages alone, and neither ``local`` nor ``ssh``."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.local and self.ssh is not None:
            raise ValueError(say('a server is either "local: true" or "ssh: user@host"'))
        if not self.local and self.ssh is None and not only_pages(self.probes):
            raise ValueError(
                say('a server is either "local: true" or "ssh: user@host"; without both it has '
                    "probes, all of them pages asked from here")
            )  # fmt: skip
        return self
