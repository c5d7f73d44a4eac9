"""The controller's lease: without it no request starts and the process ends."""

from __future__ import annotations

import asyncio
import os
from time import perf_counter
from typing import NoReturn

ORPHANED = 1
"""Exit status when the controller is gone or hangs."""


def leave_at_once() -> NoReturn:
    """End without any clean-up: no load outlives its controller."""
    os._exit(ORPHANED)


class Lease:
    __slots__ = ("_length_s", "_loop", "ends_at")

    def __init__(self, length_s: float, loop: asyncio.AbstractEventLoop) -> None:
        self._length_s = length_s
        self._loop = loop
        self.renew()
        self._watch()

    def renew(self) -> None:
        self.ends_at = perf_counter() + self._length_s
        """`perf_counter` from which on no request may start."""

    def _watch(self) -> None:
        left = self.ends_at - perf_counter()
        if left <= 0:
            leave_at_once()
        self._loop.call_later(left, self._watch)
