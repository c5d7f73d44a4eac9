"""What a load generator costs, seen from outside in the same way for every one of them.

The window opens a second after the first request and closes before the end of the load: CPU by
the process's own clock, requests by nginx's count. Start-up (an interpreter's imports, a
compiled tool's nothing) and the printing of results are outside of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nginx import Target
from processes import BenchError, cpu_s, memory_kb, waited_s

WARM_S = 1.0
SPARE_S = 0.4
"""Between the window's end and the load's."""
FIRST_REQUEST_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Window:
    cpu_us: float
    """CPU of the process for one request, user + system."""
    rate: float
    """Requests a second."""
    peak_mb: float
    """Most resident memory so far."""
    kept_waiting: float
    """Share of the window in which its main thread could have run and somebody else did."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One tool in one round."""

    window: Window
    whole_us: float
    """CPU for one request over the whole life of the process, start-up and all."""
    own_us: float | None = None
    """As the tool itself says."""


def watched(pid: int, target: Target, seconds: float, before: int) -> Window:
    """Look at `pid` while it loads `target` for `seconds`; `before` is nginx's count until then.

    Raises BenchError when no request comes, or the load stops before its time.
    """
    until(lambda: target.requests() > before, FIRST_REQUEST_WITHIN_S, "no request came")
    time.sleep(WARM_S)
    try:
        return _window(pid, target, seconds)
    except OSError as error:
        raise BenchError(f"the load stopped before its time: {error}") from None


def _window(pid: int, target: Target, seconds: float) -> Window:
    began, used_s, count = time.monotonic(), cpu_s(pid), target.requests()
    waited = waited_s(pid)
    time.sleep(seconds - WARM_S - SPARE_S)
    used_s, requests = cpu_s(pid) - used_s, target.requests() - count
    took_s = time.monotonic() - began
    if requests == 0:
        raise BenchError("the load stopped before its time")
    return Window(
        cpu_us=1e6 * used_s / requests,
        rate=requests / took_s,
        peak_mb=memory_kb(pid, "VmHWM") / 1024,
        kept_waiting=(waited_s(pid) - waited) / took_s,
    )


def until(happened: Callable[[], bool], within_s: float, otherwise: str) -> None:
    """Poll for something; raises BenchError with `otherwise` when it does not happen."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            raise BenchError(f"{otherwise} within {within_s:.0f} s")
        time.sleep(0.02)
