"""What the VUs of one group have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfconsole.injector.browser import Browser, User
from perfconsole.injector.engine import Engine
from perfconsole.injector.gate import Gate
from perfconsole.injector.keeping import Keeping
from perfconsole.injector.player import Step
from perfconsole.injector.values import Supply
from perfconsole.model.plan import ThinkPlan
from perfconsole.model.wait import Pacing

Browsers = Callable[[Engine, User], Browser]
"""Makes the browser of a VU."""


@dataclass(slots=True)
class Role:
    """What the VUs of one group have in common."""

    group: str
    steps: Sequence[Step]
    always_waits: bool
    iterations: int | None
    gate: Gate
    keeping: Keeping
    """Of exchanges."""
    browser: Browsers
    think: ThinkPlan
    """What becomes of think times, from the next one on."""
    supply: Supply | None = None
    """Of values; None when the flow has none."""
    pacing: Pacing | None = None
    init: Sequence[Step] = ()
    """Once, before the first iteration."""
    end: Sequence[Step] = ()
    """Once, after the last."""
    tickets: int | None = None
    """Iterations that all of them together may still begin; None: no end."""
    stop_wanted: Callable[[str], None] = lambda _: None
    """Asks the controller to stop the group, and says why."""
    completed: int = 0
    """Iterations in this second, failed ones among them."""
    failed: int = 0
