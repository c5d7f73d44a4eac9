"""Servers under load, as a person writes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.any_probe import MOST_PROBES, Probe, ProbeName, are_pages
from perfconsole.model.limit_spec import Limits, LimitSpec
from perfconsole.model.log_spec import MOST_LOGS, LogSpec, log_metric
from perfconsole.model.scalars import Duration, Name
from perfconsole.model.server_metrics import METRICS, kind_of, probe_of
from perfconsole.model.snapshot_spec import SnapshotCommands
from perfconsole.model.strict import Strict
from perfconsole.texts import say


def _command(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0]:
        raise ValueError(say("a command is a list such as [docker, exec, -i, web, sh]"))
    if any("\0" in word for word in argv):
        raise ValueError(say("no word of a command can hold a NUL"))
    return argv


def _mount_point(where: str) -> str:
    if not where.startswith("/") or not where.isprintable():
        raise ValueError(say("{where!r} is no mount point; it begins with /", where=where[:80]))
    return where


def _password(text: str) -> str:
    """Never repeats what was given: it may be a secret."""
    if text != ASK and not _FROM_ENVIRONMENT.fullmatch(text):
        raise ValueError(
            say('a password does not stand here; write "ask", or ${env:NAME} to take it from the '
                "environment")
        )  # fmt: skip
    return text


def _pin(text: str) -> str:
    if not _PIN.fullmatch(text):
        raise ValueError(say("a pin is SHA256: and 43 characters, as hosts trust shows it"))
    return text.rstrip("=")


ASK = "ask"
"""Where a password is to be typed at the start."""
_FROM_ENVIRONMENT = re.compile(r"\$\{\s*env:([^{}\s]+)\s*\}")
_PIN = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


class ServerSpec(Strict):
    """A server under load: ``local: true``, ``ssh: user@host:22``, or ``command: [...]``."""

    local: bool = False
    """True: the machine the run is on."""
    ssh: str | None = None
    """``user@host``, ``user@host:2222`` or a name of ``~/.ssh/config``."""
    transport: Literal["paramiko", "openssh"] = "paramiko"
    """What speaks SSH. ``openssh`` is this machine's own ``ssh``: for security keys (FIDO),
    certificates, a ``ControlMaster`` that is open already, and all that a configuration can ask
    for. One connection a server either way."""
    command: Annotated[tuple[str, ...], AfterValidator(_command)] | None = None
    """Whatever else leads to a shell that reads its commands from standard input, as a list of
    words: ``[kubectl, exec, -i, web-0, --, sh]``. It is started here, once for each thing that is
    asked for side by side. A program given by its path is looked for beside the scenario."""
    identity: str | None = None
    """Private key file; the agent and the default keys are tried as well."""
    password: Annotated[str, AfterValidator(_password)] | None = None
    """To log in with: ``ask``, on the terminal before the run starts, or ``${env:NAME}``. Of keys
    then only `identity` is tried."""
    known_hosts: str | None = None
    """Instead of ``~/.ssh/known_hosts``."""
    pin: Annotated[str, AfterValidator(_pin)] | None = None
    """Fingerprint of the only host key to accept, as ``perfconsole hosts trust`` shows it:
    ``SHA256:...``. The host need not be in any known_hosts then."""
    every: Annotated[Duration, Field(ge=0.5, le=3600)] = 2.0
    """Between two samples."""
    disks: tuple[Annotated[str, AfterValidator(_mount_point)], ...] | None = None
    """Mount points to watch; all real ones when left out."""
    link_mbps: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """What its network links carry, Mbit/s, where the system cannot tell or another limit holds."""
    limits: str | None = None
    """A set of limits by name, instead of the scenario's."""
    thresholds: Limits = {}
    """The server's own, over the scenario's."""
    judged: bool = True
    """False: shown against its limits, but never part of the verdict."""
    probes: Annotated[dict[ProbeName, Probe], Field(max_length=MOST_PROBES)] = {}
    """What else is measured of it, by name: a number out of a command or a page of your own, or
    ready ones with ``use``. A server may have pages alone, and no way to log in."""
    logs: Annotated[dict[Name, LogSpec], Field(max_length=MOST_LOGS)] = {}
    """Log files to follow, by name: lines that match a pattern are counted, the first are kept."""
    snapshots: SnapshotCommands = {}
    """Commands by name, each a list of words such as ``[ss, -s]``: a key in the console or a breach
    runs them on the server, and what they write, 64 KB of each and at most 10 s long, is kept with
    the run. The largest processes by CPU and memory are always among it."""
    snapshot_on_breach: bool = True
    """False: only by hand. Else each breach of the server takes one, at most one a minute and 100
    in a run."""

    @property
    def only_pages(self) -> bool:
        """There is no way to log in: all that is known of it stands in pages."""
        return not self.local and self.ssh is None and self.command is None

    def may_measure(self, metric: str) -> bool:
        """False of a metric of a probe that is another server's, and without a login of whatever
        the kernel tells."""
        if kind_of(metric) in METRICS:
            return not self.only_pages
        return (probe_of(metric) or metric) in self.probes

    @property
    def password_variable(self) -> str | None:
        """The environment variable that the password is in."""
        named = _FROM_ENVIRONMENT.fullmatch(self.password or "")
        return named[1] if named else None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.local, self.ssh is not None, self.command is not None].count(True)
        if ways > 1:
            raise ValueError(
                say('a server is one of "local: true", "ssh: user@host" and "command: [...]"')
            )
        if self.only_pages:
            if not are_pages(self.probes):
                raise ValueError(
                    say('a server is one of "local: true", "ssh: user@host" and "command: [...]"; '
                        "without any it has probes, all of them pages asked from here")
                )  # fmt: skip
            for key in ("disks", "logs", "snapshots"):
                if key in self.model_fields_set:
                    raise ValueError(say('"{key}" needs a way to log in', key=key))
        if self.ssh is None:
            for key in ("transport", "identity", "password", "known_hosts", "pin"):
                if key in self.model_fields_set:
                    raise ValueError(say('"{key}" goes with "ssh: user@host"', key=key))
        return self

    @property
    def log_limits(self) -> dict[str, LimitSpec]:
        """Those that stand with its logs, by metric."""
        return {
            log_metric(name): LimitSpec(limit=log.limit)
            for name, log in self.logs.items()
            if log.limit is not None
        }
