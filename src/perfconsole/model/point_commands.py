"""Commands for rendezvous points."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from perfconsole.model.scalars import Duration
from perfconsole.model.steering_command import Seconds, SteeringCommand


class ReleasePoint(SteeringCommand):
    """Let waiting VUs go: all at once, or `count` every `every_s`."""

    do: Literal["release"] = "release"
    point: str
    count: Annotated[int, Field(ge=1)] | None = None
    every_s: Seconds = 0


class SwitchPoint(SteeringCommand):
    """Turn a point on or off; for some of its groups only when any are named. Off lets those who
    wait go."""

    do: Literal["rendezvous"] = "rendezvous"
    point: str
    on: bool
    groups: tuple[str, ...] = ()


class ChangePolicy(SteeringCommand):
    """What a point waits for, from now on. What is None stays as it is."""

    do: Literal["policy"] = "policy"
    point: str
    wait_for: str | int | None = None
    """As in a scenario: ``100% of all``, ``50% of running``, a number, or ``manual``."""
    timeout: Duration | None = None
