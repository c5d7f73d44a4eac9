"""What all VUs of an injector share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from perfconsole.injector.begun import Begun
from perfconsole.injector.dialer import Dialer
from perfconsole.injector.gathering import Point
from perfconsole.injector.lease import Lease
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.redirect import Reach
from perfconsole.injector.request import Origin
from perfconsole.model.plan import InjectorPlan
from perfconsole.model.wire import Report

if TYPE_CHECKING:
    from perfconsole.injector.tracer import Tracer


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
    tracer: Tracer | None = None
    """Of a rehearsal."""

    @classmethod
    def of(
        cls,
        plan: InjectorPlan,
        loop: asyncio.AbstractEventLoop,
        recorder: Recorder,
        begun: Begun,
        send: Callable[[Report], None],
        trouble: Callable[[str], None],
        tracer: Tracer | None = None,
    ) -> Engine:
        """What `plan` asks for; `send` reports to the controller. Raises Unusable."""
        return cls(
            loop=loop,
            recorder=recorder,
            begun=begun,
            lease=Lease(plan.lease_s, loop),
            dialer=Dialer(plan.target, loop, recorder, trouble),
            origin=Origin.of(plan.target),
            reach=Reach.of(plan.target),
            max_redirects=plan.target.max_redirects,
            points={
                name: Point(name, name not in plan.rendezvous_off, send, loop)
                for name in plan.rendezvous
            },
            random=Random(f"{plan.seed}/{plan.injector}"),
            trouble=trouble,
            tracer=tracer,
        )
