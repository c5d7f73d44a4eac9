"""Servers under load and their limits, as a person writes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.scalars import Duration
from perfconsole.model.strict import Strict
from perfconsole.texts import say


class LimitSpec(Strict):
    """A limit with a rule of its own, where a bare number would take the default's."""

    limit: Annotated[float, Field(gt=0)]
    """Percent, or for ``load_1m`` the load average."""
    breach: Annotated[str, Field(pattern=r"^\s*\d+\s+of\s+\d+\s*$")] = "9 of 12"
    """How many of the last samples over the limit make a breach."""

    @property
    def rule(self) -> tuple[int, int]:
        over, of = (int(word) for word in self.breach.split("of"))
        return over, of

    @model_validator(mode="after")
    def _rule(self) -> Self:
        over, of = self.rule
        if not 1 <= over <= of <= 1000:
            raise ValueError(say('a breach is "9 of 12": the first number is at most the second'))
        return self


Limit = float | LimitSpec | Literal["off"]
LIMIT_METRICS = ("cpu_percent", "memory_percent", "disk_percent", "load_1m")
DEFAULT_LIMITS: dict[str, float] = {
    "cpu_percent": 75.0,
    "memory_percent": 75.0,
    "disk_percent": 80.0,
}


def _limits(value: dict[str, Limit]) -> dict[str, Limit]:
    for metric, limit in value.items():
        if metric.split(":", 1)[0] not in LIMIT_METRICS:
            raise ValueError(
                say(
                    "{metric!r} has no threshold; one of {metrics}",
                    metric=metric,
                    metrics=", ".join(LIMIT_METRICS),
                )
            )
        if isinstance(limit, float) and limit <= 0:
            raise ValueError(say("the limit of {metric} must be above 0", metric=metric))
    return value


Limits = Annotated[dict[str, Limit], AfterValidator(_limits)]


def _command(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0]:
        raise ValueError(say("a command is a list such as [docker, exec, -i, web, sh]"))
    if any("\0" in word for word in argv):
        raise ValueError(say("no word of a command can hold a NUL"))
    return argv


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
    disks: tuple[str, ...] | None = None
    """Mount points to watch; all real ones when left out."""
    thresholds: Limits = {}
    """The server's own, over the scenario's."""
    judged: bool = True
    """False: shown against its limits, but never part of the verdict."""

    @property
    def password_variable(self) -> str | None:
        """The environment variable that the password is in."""
        named = _FROM_ENVIRONMENT.fullmatch(self.password or "")
        return named[1] if named else None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if [self.local, self.ssh is not None, self.command is not None].count(True) != 1:
            raise ValueError(
                say('a server is one of "local: true", "ssh: user@host" and "command: [...]"')
            )
        if self.ssh is None:
            for key in ("transport", "identity", "password", "known_hosts", "pin"):
                if key in self.model_fields_set:
                    raise ValueError(say('"{key}" goes with "ssh: user@host"', key=key))
        return self
