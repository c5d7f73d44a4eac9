"""What the controller needs of a pool, whatever machines its injectors are on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from perfconsole.model.plan import InjectorPlan
from perfconsole.model.wire import Order, Report


@dataclass(frozen=True, slots=True)
class InjectorLost:
    """An injector ended without `Bye`."""

    injector: int
    pid: int
    begun: int
    """Requests it had begun in its life."""
    why: str


PoolEvent = Report | InjectorLost
Listener = Callable[[int, PoolEvent], None]
"""Called on the controller's loop with the injector's number and what it said."""


class PoolError(Exception):
    """An injector could not be started; str() is one line for a person."""


class Pool(Protocol):
    async def start(self, plans: Sequence[InjectorPlan]) -> dict[int, int]:
        """Start one injector for each plan; the process id of each. Raises PoolError."""

    def send(self, injector: int, order: Order) -> None:
        """Queue an order; silently nothing when that injector is gone."""

    def kill(self, injector: int) -> None:
        """End one that hangs; it is told as lost."""

    async def stop(self) -> None:
        """End whatever still runs, within a second."""
