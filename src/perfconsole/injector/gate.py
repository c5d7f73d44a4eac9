"""Pause and resume: every VU of a group passes its gate at each step border.

A VU that is paused alone has a closed gate of its own instead.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from time import perf_counter
from typing import Protocol

GO_PER_TURN = 64
"""VUs let go before the event loop gets a turn: what a crowd sends must not hold up an order."""


class Sleeper(Protocol):
    """Something that waits and can be woken: a VU."""

    def wake(self) -> None: ...


class Gate:
    """One group's gate."""

    __slots__ = ("_loop", "_timer", "_waiting", "closed")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[Sleeper, None] = {}
        self._timer: asyncio.Handle | None = None
        self.closed = False

    def close(self) -> None:
        """From now on VUs stop here; those that a slow opening still holds stay."""
        self._cancel()
        self.closed = True

    def open(self, over_s: float) -> None:
        """Let the waiting VUs go, evenly over `over_s` seconds; others pass at once."""
        self._cancel()
        self.closed = False
        if over_s > 0 and self._waiting:
            self._let_due_go(perf_counter(), over_s, len(self._waiting))
        else:
            self._let_some_go()

    def add(self, vu: Sleeper) -> None:
        """`vu` waits here until woken."""
        self._waiting[vu] = None

    def discard(self, vu: Sleeper) -> None:
        self._waiting.pop(vu, None)

    def hand_over(self, vu: Sleeper, other: Gate) -> None:
        """`vu` waits at `other` from now on, if it waits here."""
        if vu in self._waiting:
            del self._waiting[vu]
            other.add(vu)

    def let_pass(self, vu: Sleeper) -> None:
        """`vu`, if it waits here, goes at once, unless the gate is closed."""
        if not self.closed and vu in self._waiting:
            del self._waiting[vu]
            vu.wake()

    def _let_due_go(self, since: float, over_s: float, of: int) -> None:
        """VU k of n goes at k/n of the time; one timer for all of them."""
        self._timer = None
        elapsed = perf_counter() - since
        due = min(of, int(of * elapsed / over_s) + 1)
        gone = of - len(self._waiting)
        self._let_go(due - gone)
        if self._waiting:
            wait_s = max(0.0, due * over_s / of - elapsed)
            self._timer = self._loop.call_later(wait_s, self._let_due_go, since, over_s, of)

    def _let_some_go(self) -> None:
        self._timer = None
        self._let_go(GO_PER_TURN)
        if self._waiting:
            self._timer = self._loop.call_soon(self._let_some_go)

    def _let_go(self, count: int) -> None:
        for vu in list(islice(self._waiting, max(0, count))):
            del self._waiting[vu]
            vu.wake()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
