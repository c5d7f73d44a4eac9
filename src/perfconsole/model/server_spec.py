"""Servers under load and their limits, as a person writes them."""

from __future__ import annotations

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
    link_mbps: Annotated[float, Field(gt=0)] | None = None
    """What its network links carry, Mbit/s, where the system cannot tell or another limit holds."""
    thresholds: Limits = {}
    """The server's own, over the scenario's."""
    judged: bool = True
    """False: shown against its limits, but never part of the verdict."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.local == (self.ssh is not None):
            raise ValueError(say('a server is either "local: true" or "ssh: user@host"'))
        return self
