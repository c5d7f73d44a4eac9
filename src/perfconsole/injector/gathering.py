"""Rendezvous: VUs gather at a point until the controller releases them together."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection
from typing import Protocol

from perfconsole.model.group_switch import GroupSwitch
from perfconsole.model.wire import Gathered, Spread

TELL_WITHIN_S = 0.02
"""Arrivals are told of together, this late at most."""
SPREAD_WITHIN_S = 60.0
"""A released VU that still thinks by then is not waited for any longer."""

Tell = Callable[[Gathered | Spread], None]


class Volley:
    """The VUs of one release, until each has sent its first request or never will."""

    __slots__ = ("_first_at", "_last_at", "_loaded", "_loop", "_outstanding", "_point", "_release",
                 "_sent", "_tell", "_timer")  # fmt: skip

    def __init__(
        self, point: str, release: int, vus: int, tell: Tell, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._point = point
        self._release = release
        self._loop = loop
        self._loaded: list[Callable[[], bool]] = []
        self._outstanding = vus
        self._tell = tell
        self._sent = 0
        self._first_at = self._last_at = 0.0
        self._timer: asyncio.TimerHandle | None = loop.call_later(SPREAD_WITHIN_S, self._over)

    def load(self, send: Callable[[], bool]) -> None:
        """One of its VUs is ready to send; `send` tells whether it still could.

        All that are ready in this turn of the loop send one right after the other: what each had
        to do before does not spread them.
        """
        if not self._loaded:
            self._loop.call_soon(self._fire)
        self._loaded.append(send)

    def _fire(self) -> None:
        loaded, self._loaded = self._loaded, []
        for send in loaded:
            if send():
                self.sent()
            else:
                self.gone()

    def sent(self) -> None:
        """One of its VUs has just sent its first request."""
        self._last_at = time.time()
        self._first_at = self._first_at or self._last_at
        self._sent += 1
        self.gone()

    def gone(self) -> None:
        """One of its VUs is waited for no more."""
        self._outstanding -= 1
        if self._outstanding == 0:
            self._over()

    def _over(self) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        if self._sent:
            self._tell(
                Spread(self._point, self._release, self._first_at, self._last_at, self._sent)
            )


class Gatherer(Protocol):
    """A VU as a point sees it."""

    @property
    def group(self) -> str: ...

    def wake(self) -> None: ...

    def fire(self, volley: Volley) -> None:
        """It is let go, one of `volley`."""


class Point:
    """One rendezvous point, as far as this injector's VUs are concerned."""

    __slots__ = ("_loop", "_name", "_switch", "_tell", "_timer", "_waiting")

    def __init__(self, name: str, on: bool, tell: Tell, loop: asyncio.AbstractEventLoop) -> None:
        self._name = name
        self._tell = tell
        self._loop = loop
        self._waiting: dict[Gatherer, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._switch = GroupSwitch(on)

    def is_on(self, group: str) -> bool:
        """Off: VUs of `group` walk past."""
        return self._switch.is_on(group)

    def add(self, vu: Gatherer) -> None:
        """`vu` waits here until woken."""
        self._waiting[vu] = None
        self._changed()

    def discard(self, vu: Gatherer) -> bool:
        """`vu` is not here any more; True when nobody had released it."""
        if vu not in self._waiting:
            return False
        del self._waiting[vu]
        self._changed()
        return True

    def release(self, release: int, count: int | None) -> None:
        """Let the `count` longest-waiting VUs go, all when None, and report their spread."""
        going = list(self._waiting)[:count]
        if not going:
            return
        volley = Volley(self._name, release, len(going), self._tell, self._loop)
        for vu in going:
            del self._waiting[vu]
            vu.fire(volley)
        self._tell_now()

    def switch(self, on: bool, groups: Collection[str] = ()) -> None:
        """For these groups, or for all. Off lets whoever waits go, which is no release."""
        self._switch.turn(on, groups)
        going = [vu for vu in self._waiting if not self.is_on(vu.group)]
        for vu in going:
            del self._waiting[vu]
            vu.wake()
        if going:
            self._tell_now()

    def _changed(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(TELL_WITHIN_S, self._tell_now)

    def _tell_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tell(Gathered(self._name, dict(Counter(vu.group for vu in self._waiting))))
