"""When a command has taken effect: every injector has acted on every order it gave."""

from __future__ import annotations

import time
from dataclasses import dataclass

from perfconsole.controller.record import Record
from perfconsole.model import event as ev


@dataclass(slots=True)
class _Awaited:
    command: str
    arrived_s: float
    orders: set[int]


class Effects:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._awaited: list[_Awaited] = []

    def expect(self, command: str, arrived_s: float, orders: set[int]) -> None:
        """`command`, which arrived at `arrived_s` (monotonic), is in force after these orders."""
        awaited = _Awaited(command, arrived_s, orders)
        if orders:
            self._awaited.append(awaited)
        else:
            self._tell(awaited)

    def acted(self, order: int) -> None:
        for awaited in list(self._awaited):
            awaited.orders.discard(order)
            if not awaited.orders:
                self._awaited.remove(awaited)
                self._tell(awaited)

    def _tell(self, awaited: _Awaited) -> None:
        effect_ms = 1000 * (time.monotonic() - awaited.arrived_s)
        self._record.add(ev.TookEffect, id=awaited.command, effect_ms=round(effect_ms, 3))
