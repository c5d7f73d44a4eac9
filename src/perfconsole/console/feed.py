"""The console's one line to the run: a snapshot, then every event, folded into one RunView.

Nothing else writes the view. A controller that cannot be reached is tried again and again, and
the view stays as it was last seen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from perfconsole.metrics.view import RunView, ServerView
from perfconsole.model import event as ev
from perfconsole.model.states import RunState

if TYPE_CHECKING:
    from perfconsole.model.command import Command, CommandAnswer
    from perfconsole.model.vu_page import VuPage


class RunSource(Protocol):
    """A run as a client reaches it. Every method raises ControllerGone when it cannot."""

    @property
    def by(self) -> str:
        """The author of what is sent."""
        ...

    async def snapshot(self) -> RunView: ...

    async def events(self, after: int, wait_s: float) -> list[ev.RunEvent]:
        """Events with `seq` above `after`; none when `wait_s` passed without any."""
        ...

    async def vus(self, group: str, first: int, count: int) -> VuPage:
        """`count` VUs of `group`, from the `first`-th on. Raises NoSuchThing besides."""
        ...

    async def server(self, name: str) -> ServerView:
        """One server with its whole history. Raises NoSuchThing besides."""
        ...

    async def server_snapshot(self, number: int) -> ev.SnapshotTaken:
        """Raises NoSuchThing besides."""
        ...

    async def send(
        self,
        command: Command,
        id: str | None = None,
        *,
        revision: int | None = None,
        sure: bool = False,
    ) -> CommandAnswer:
        """Twice with the same `id` is once. An answer that `asks` has done nothing: send again,
        `sure`."""
        ...

    async def close(self) -> None: ...


Connect = Callable[[], Awaitable[RunSource]]


class Link(StrEnum):
    STARTING = "starting"
    LIVE = "live"
    LOST = "lost"
    """Not reachable for some seconds; still trying."""
    DEAD = "dead"
    """Not reachable for long; nobody is expected back."""
    OVER = "over"
    """The run ended: nothing more will come."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silent controller is waited for, seconds."""

    poll_s: float = 20.0
    """Longest wait of one poll."""
    retry_s: float = 0.4
    lost_after_s: float = 2.0
    dead_after_s: float = 10.0


AT_ONCE = (
    ev.Commanded, ev.GroupChanged, ev.GroupAdded, ev.PlanChanged, ev.PointChanged,
    ev.ThresholdChanged, ev.ObjectivesChanged, ev.DurationChanged, ev.StateChanged,
    ev.Breached, ev.Crossed, ev.Saturated, ev.SnapshotTaken, ev.Alarmed, ev.Ended,
)  # fmt: skip
"""Events a person is waiting for: the screen shows them without waiting for its next frame."""
FOLDED_AT_A_TIME = 100
"""Events between two chances for the keys."""


class Feed:
    """Keeps `view` and `link` up to date; `on_news` is called when something cannot wait."""

    def __init__(
        self, connect: Connect, on_news: Callable[[], None], patience: Patience | None = None
    ) -> None:
        self.view: RunView | None = None
        self.link = Link.STARTING
        self.source: RunSource | None = None
        self._connect = connect
        self._on_news = on_news
        self._patience = patience or Patience()
        self._silent_since: float | None = None

    async def follow(self) -> None:
        """Until the run has ended. What `connect` raises is raised."""
        self.source = await self._connect()
        from perfconsole.client.api import ControllerGone  # known only now: it imports httpx

        while self.link is not Link.OVER:
            try:
                await self._once(self.source)
                self._silent_since = None
            except ControllerGone:
                self._silent()
                await asyncio.sleep(self._patience.retry_s)

    async def recall(self, server: str) -> None:
        """Fill in the history of a server's metrics, which a snapshot of a long run cuts down.

        Raises ControllerGone and NoSuchThing.
        """
        if self.source is None or self.view is None:
            return
        whole = await self.source.server(server)
        shown = self.view.servers.get(server)
        if shown is None:
            return
        for name, metric in shown.metrics.items():
            if known := whole.metrics.get(name):  # what is not folded yet comes with its events
                metric.series = known.series.until(shown.at_s).followed_by(metric.series)

    async def close(self) -> None:
        if self.source is not None:
            await self.source.close()

    async def _once(self, source: RunSource) -> None:
        """One answer of the controller taken in."""
        if self.view is None or self._silent_since is not None:
            fresh = await source.snapshot()
            if self.view is None or fresh.seq > self.view.seq:
                self.view = fresh
            self._alive(self.view)
            self._on_news()
            return
        events = await source.events(self.view.seq, self._patience.poll_s)
        if events and events[0].seq > self.view.seq + 1:
            self.view = await source.snapshot()
            events = []
        await self._fold(self.view, events)
        self._alive(self.view)
        if any(isinstance(event, AT_ONCE) for event in events):
            self._on_news()

    async def _fold(self, view: RunView, events: list[ev.RunEvent]) -> None:
        for place, event in enumerate(events, 1):
            view.fold(event)
            if place % FOLDED_AT_A_TIME == 0:
                await asyncio.sleep(0)

    def _alive(self, view: RunView) -> None:
        self.link = Link.OVER if view.state is RunState.ENDED else Link.LIVE

    def _silent(self) -> None:
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
        silence = now - self._silent_since
        if silence >= self._patience.dead_after_s:
            self.link = Link.DEAD
        elif silence >= self._patience.lost_after_s and self.link is not Link.DEAD:
            self.link = Link.LOST
