"""A timer for arrivals: the event loop's own count whole milliseconds, the kernel's microseconds.

Lateness is part of a response time, so that half a millisecond of it would be seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import sys
from collections.abc import Callable

LOOP_TIMER_S = 0.001
"""Where the kernel has no such timer; a shorter wait would turn in circles."""
_NEVER_S = 1e8
_MONOTONIC = 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC


class _Spec(ctypes.Structure):
    """itimerspec: repeats never, rings once after so long; all zero switches it off."""

    _fields_ = (
        ("every_s", ctypes.c_long),
        ("every_ns", ctypes.c_long),
        ("after_s", ctypes.c_long),
        ("after_ns", ctypes.c_long),
    )


class Alarm:
    """Calls `ring` once for every `set`, unless it is set anew before."""

    __slots__ = ("_fd", "_handle", "_libc", "_loop", "_ring", "_spec", "_where")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None
        self._spec = _Spec()
        self._where = ctypes.byref(self._spec)
        self._fd = -1
        if sys.platform == "linux":
            with contextlib.suppress(OSError, AttributeError):
                self._libc = ctypes.CDLL(None)
                self._fd = self._libc.timerfd_create(_MONOTONIC, _FLAGS)
        if self._fd >= 0:
            loop.add_reader(self._fd, self._rang)

    def set(self, after_s: float) -> None:
        """Ring in so many seconds, and not when it was set to before; never if infinite."""
        if self._fd >= 0:
            self._set_timer(max(1e-6, after_s) if after_s < _NEVER_S else 0.0)
            return
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if after_s < _NEVER_S:
            self._handle = self._loop.call_later(max(LOOP_TIMER_S, after_s), self._ring)

    def close(self) -> None:
        self.set(_NEVER_S)
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _set_timer(self, after_s: float) -> None:
        spec = self._spec
        spec.after_s = int(after_s)
        spec.after_ns = int((after_s - spec.after_s) * 1e9)
        self._libc.timerfd_settime(self._fd, 0, self._where, None)

    def _rang(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:  # set anew between its ringing and now
            return
        self._ring()
