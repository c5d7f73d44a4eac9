"""What a VU is at, read when somebody asks.

The coroutines that a VU waits in know it already: nothing is kept for it on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any, Final

from perfconsole.injector.actor import Actor
from perfconsole.injector.browser import Browser
from perfconsole.injector.driving import Driven
from perfconsole.injector.recorder import Recorder
from perfconsole.injector.simple_steps import Transaction
from perfconsole.injector.vu import Vu

_Locals = Mapping[str, Any]
_NAMES: Final[Mapping[CodeType, Callable[[_Locals, Recorder], str]]] = {
    Browser.fetch.__code__: lambda here, _: here["request"].name,
    Actor.gather.__code__: lambda here, _: here["point"],
    Transaction.play.__code__: lambda here, recorder: recorder.name_of(here["self"].number),
}
"""By what is played: the name of it."""
THINKS: Final = "think time"
"""Of a VU that thinks outside all that has a name."""


def step_of(vu: Vu, recorder: Recorder) -> str:
    """Name of the innermost request, transaction or point that `vu` is at, or that it thinks;
    empty between iterations."""
    if vu.ended is not None or vu.task is None:
        return ""
    name = "" if vu.script is None else vu.script.at
    waits_in: Any = vu.task.get_coro()
    while waits_in is not None:
        frame = getattr(waits_in, "cr_frame", None) or getattr(waits_in, "gi_frame", None)
        if frame is None:
            break
        if named := _NAMES.get(frame.f_code):
            name = named(frame.f_locals, recorder)
        elif frame.f_code is Actor.think.__code__:
            name = name or THINKS
        if frame.f_code is Driven.__await__.__code__:
            waits_in = frame.f_locals.get("coroutine")
        else:
            waits_in = getattr(waits_in, "cr_await", None)
    return name
