"""The open model: iterations begin when they are due, whatever became of those before.

An arrival takes the VU that was used last, so that no more connections than needed open. One that
finds none waits in order, its response time running; when too many wait it is dropped.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Protocol

from perfconsole.injector.alarm import Alarm
from perfconsole.injector.dues import Dues
from perfconsole.model.wire import SetRate

WAITING_LEAST = 1000
WAITING_S = 10.0
"""So many arrivals, or those of so many seconds if that is more, may wait in all injectors."""
MOST_A_TURN = 5000
"""Arrivals taken up before the event loop gets a turn: it may be late, orders must not be."""

NONE_PASSED = -1.0


class Taker(Protocol):
    """An idle VU."""

    def take(self, due_s: float) -> None:
        """Play the arrival that was due then."""


@dataclass(slots=True)
class Counted:
    """Arrivals in one second."""

    due: int = 0
    offered: int = 0
    dropped: int = 0


class Arrivals:
    """One group's arrivals in this injector. Times are seconds of the group's own clock: the
    run's, less all pauses, so that no pause is in anybody's response time."""

    __slots__ = ("_alarm", "_coming", "_dues", "_idle", "_origin", "_passed", "_paused_at",
                 "_paused_s", "_random", "_waiting", "counted")  # fmt: skip

    def __init__(
        self, loop: asyncio.AbstractEventLoop, origin: float, random: Random | None
    ) -> None:
        """`origin` is `perf_counter` at run second 0; `random` makes arrivals Poisson."""
        self._alarm = Alarm(loop, self._turn)
        self._origin = origin
        self._random = random
        self._idle: dict[Taker, None] = {}
        """Used last is last."""
        self._waiting: deque[float] = deque()
        self._dues: Dues | None = None
        self._coming: deque[tuple[SetRate, Callable[[], None]]] = deque()
        """Orders whose moment has not come."""
        self._passed = NONE_PASSED
        """Number of the last arrival taken up."""
        self._paused_at: float | None = None
        self._paused_s = 0.0
        self.counted = Counted()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def _run_s(self) -> float:
        return perf_counter() - self._origin

    def _clock_s(self) -> float:
        """The group's own clock."""
        return (self._paused_at if self._paused_at is not None else self._run_s()) - self._paused_s

    # ------------------------------------------------------------ orders

    def follow(self, order: SetRate, done: Callable[[], None]) -> None:
        """Arrivals as ordered from its moment on; `done` is called then."""
        if self._paused_at is not None:
            done()
            return
        self._coming.append((order, done))
        self._turn()

    def pause(self) -> None:
        """No arrival falls due until the next order; those that wait, wait on."""
        if self._paused_at is None:
            self._turn()
            self._end()
            self._paused_at = self._run_s()

    def resume(self) -> None:
        if self._paused_at is not None:
            self._paused_s += self._run_s() - self._paused_at
            self._paused_at = None
            while self._waiting and self._idle:
                self._idle.popitem()[0].take(self._waiting.popleft())

    def stop(self) -> None:
        """No arrival falls due until the next order, and nobody waits any more."""
        self._end()
        self._waiting.clear()

    def close(self) -> None:
        """Nothing is due any more for good."""
        self._alarm.close()

    def _end(self) -> None:
        self._dues = None
        while self._coming:
            self._coming.popleft()[1]()
        self._alarm.set(math.inf)

    # ------------------------------------------------------------ idle VUs

    def rest(self, vu: Taker) -> float | None:
        """The longest-waiting arrival, for `vu` to play at once; None: `vu` is idle."""
        if self._waiting and self._paused_at is None:
            return self._waiting.popleft()
        self._idle[vu] = None
        return None

    def is_idle(self, vu: Taker) -> bool:
        return vu in self._idle

    def discard(self, vu: Taker) -> None:
        """`vu` is idle no more."""
        self._idle.pop(vu, None)

    def give_back(self, due_s: float) -> None:
        """Its VU left before it began: another one's turn."""
        if self._dues is None and self._paused_at is None:
            return
        if self._idle and self._paused_at is None:
            self._idle.popitem()[0].take(due_s)
        else:
            self._waiting.appendleft(due_s)

    def begin(self, due_s: float) -> float:
        """A VU begins the arrival due then: how late, seconds."""
        self.counted.offered += 1
        return max(0.0, self._clock_s() - due_s)

    # ------------------------------------------------------------ time

    def _turn(self) -> None:
        """Take up all that is due, however many turns were missed."""
        now_s = self._run_s()
        for _ in range(MOST_A_TURN):
            if self._coming and self._coming[0][0].at_s <= now_s:
                self._switch(*self._coming.popleft())
            elif self._dues is not None and self._dues.due_s <= now_s:
                self._arrive(self._dues, self._dues.due_s)
            else:
                break
        self._arm()

    def _switch(self, order: SetRate, done: Callable[[], None]) -> None:
        """What the law before had up to here is due whatever the clock says of the last of it."""
        while self._dues is not None and self._dues.number < order.first:
            self._arrive(self._dues, min(self._dues.due_s, order.at_s))
        self._dues = Dues(order, self._random, self._passed)
        done()

    def _arrive(self, dues: Dues, at_s: float) -> None:
        due_s = at_s - self._paused_s
        self._passed = dues.number
        dues.advance()
        self.counted.due += 1
        if self._idle:
            self._idle.popitem()[0].take(due_s)
        elif len(self._waiting) < self._room(dues):
            self._waiting.append(due_s)
        else:
            self.counted.dropped += 1

    def _room(self, dues: Dues) -> int:
        rate = dues.rate_at(self._run_s())
        return math.ceil(max(WAITING_LEAST, WAITING_S * rate) / dues.of)

    def _arm(self) -> None:
        due_s = self._dues.due_s if self._dues is not None else math.inf
        if self._coming:
            due_s = min(due_s, self._coming[0][0].at_s)
        self._alarm.set(due_s - self._run_s())
