"""What all VUs of an injector share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, Protocol

from perfconsole.injector.begun import Begun
from perfconsole.injector.dialer import Dialer
from perfconsole.injector.gathering import Point
from perfconsole.injector.lease import Lease
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.redirect import Reach
from perfconsole.injector.request import Origin
from perfconsole.injector.watchdog import Watchdog
from perfconsole.model import wire

if TYPE_CHECKING:
    from perfconsole.injector.tracer import Tracer


class Trouble(Protocol):
    def __call__(self, text: str, level: Literal["warning", "error"] = "error", /) -> None: ...


@dataclass(frozen=True, slots=True)
class Engine:
    loop: asyncio.AbstractEventLoop
    recorder: Recorder
    begun: Begun
    lease: Lease
    dialer: Dialer
    origin: Origin
    reach: Reach
    max_redirects: int
    points: dict[str, Point]
    random: Random
    trouble: Trouble
    """Tells the operator, each text once."""
    send: Callable[[wire.Report], None]
    """To the controller."""
    seed: str
    """Of all that is drawn here: the run's, and this injector's number."""
    printed: Callable[[str], None] | None = None
    """Tells a line that a flow has printed, from any thread; None to leave prints alone."""
    watchdog: Watchdog | None = None
    """None where the loop is not its process's."""
    tracer: Tracer | None = None
    """Of a rehearsal."""
