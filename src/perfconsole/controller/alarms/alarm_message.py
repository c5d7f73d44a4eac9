"""An alarm as its receivers get it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from perfconsole.metrics.view import RunView
from perfconsole.model.event import Alarmed


class LoadThen(msgspec.Struct, frozen=True):
    """The load when an alarm was told."""

    vus: int
    tps: float
    errors_per_s: float
    p95_ms: float | None


class AlarmMessage(msgspec.Struct, frozen=True):
    """The JSON that a webhook gets."""

    run: str
    name: str
    """Of the scenario."""
    target: str
    cause: str
    level: str
    state: str
    """``raised`` or ``recovered``."""
    text: str
    at: float
    """Unix time."""
    since: float
    """Unix time from which on it has been so."""
    load: LoadThen


class Undelivered(Exception):
    """Why an alarm could not be delivered, in one line; `detail` are lines that tell more."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.detail = detail


class Receiver(Protocol):
    label: str
    """As it may be shown: no secret in it."""
    level: str
    """The least that it is told."""

    async def deliver(self, message: AlarmMessage) -> None:
        """Raises Undelivered; takes a bounded time."""
        ...


def message_of(event: Alarmed, view: RunView) -> AlarmMessage:
    load = LoadThen(view.vus, view.tps, view.errors_per_s, view.times.p95_ms)
    return AlarmMessage(
        run=view.run,
        name=view.name,
        target=view.target,
        cause=event.cause,
        level=event.level,
        state="raised" if event.on else "recovered",
        text=event.text,
        at=event.at,
        since=event.since,
        load=load,
    )
