"""What doing a command means to whoever asked for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfconsole.model.steering_command import SteeringCommand


@dataclass(frozen=True, slots=True)
class Done:
    said: str
    """What was done, past tense."""
    orders: list[int] = field(default_factory=list)
    """Orders whose carrying out is the command's effect."""


Deeds = Mapping[type[SteeringCommand], Callable[[Any], Done]]
"""By kind of command: does it, or raises Refusal with nothing changed."""
Looks = Mapping[type[SteeringCommand], Callable[[Any], Awaitable[None]]]
"""By kind of command: what its hand must find out right before it does it, or raises Refusal."""
