"""Which exchanges of one group are kept: none while it is muted, the next few while it is traced.

A muted group keeps no first exchange of a kind of error. A trace is asked for by a hand, and is
kept whether the group is muted or not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from perfconsole.model.wire import Exchange, TracedHere

TELL_EVERY_S = 0.1
MOST_AT_ONCE = 50
"""Exchanges told together; what comes past them in the same tenth of a second is not kept: to put
one into words takes longer than to have it."""


class Keeping:
    __slots__ = ("_all", "_group", "_kept", "_left", "_loop", "_over", "_send", "_timer", "muted")

    def __init__(
        self, group: str, loop: asyncio.AbstractEventLoop, send: Callable[[TracedHere], None]
    ) -> None:
        self._group = group
        self._loop = loop
        self._send = send
        self._all = False
        self._left = 0
        self._kept: list[Exchange] = []
        self._timer: asyncio.TimerHandle | None = None
        self._over: Callable[[], None] | None = None
        self.muted = False

    @property
    def takes_all(self) -> bool:
        """Those that pass as well."""
        return self._all and self._left > 0

    def trace(self, count: int, *, all: bool, over: Callable[[], None]) -> None:
        """Keep the next `count` exchanges; `over` is called when the last of them is kept."""
        self.tell()
        self._left, self._all, self._over = count, all, over

    def failed(self, slot: int, key: str, told: Callable[[], str] | None) -> None:
        """Something failed in the VU of `slot`; `told` puts the exchange into words."""
        if self._left and told is not None:
            self._keep(slot, key, told, failed=True)

    def passed(self, slot: int, name: str, told: Callable[[], str]) -> None:
        if self.takes_all:
            self._keep(slot, name, told, failed=False)

    def _keep(self, slot: int, key: str, told: Callable[[], str], *, failed: bool) -> None:
        if len(self._kept) >= MOST_AT_ONCE:
            return
        try:
            text = told()
        except Exception:  # what cannot be told happened all the same
            text = ""
        self._kept.append(Exchange(time.time(), slot, key, failed, text))
        self._left -= 1
        if self._timer is None:
            self._timer = self._loop.call_later(TELL_EVERY_S, self.tell)
        if self._left == 0 and self._over is not None:
            self._over()

    def tell(self) -> None:
        """What is kept and not yet told."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._kept:
            kept, self._kept = self._kept, []
            self._send(TracedHere(self._group, tuple(kept), self._left))
