"""What all VUs of an injector share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from perfconsole.injector.begun import Begun
from perfconsole.injector.dialer import Dialer
from perfconsole.injector.gathering import Point
from perfconsole.injector.lease import Lease
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.redirect import Reach
from perfconsole.injector.request import Origin
from perfconsole.injector.watchdog import Watchdog


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
    trouble: Callable[[str], None]
    """Tells the operator, each text once."""
    printed: Callable[[str], None] | None = None
    """The same of a line that a flow has printed, from any thread; None to leave prints alone."""
    watchdog: Watchdog | None = None
    """None where the loop is not its process's."""
