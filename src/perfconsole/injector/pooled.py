"""A virtual user of an open model: it waits for an arrival and plays its flow once, for each."""

from __future__ import annotations

from perfconsole.injector.actor import Doing, Leave, Phase
from perfconsole.injector.arrivals import Arrivals
from perfconsole.injector.engine import Engine
from perfconsole.injector.feeds import DataEnded
from perfconsole.injector.role import Role
from perfconsole.injector.vu import Vu


class PooledVu(Vu):
    """Idle ones are `ready`, their connections kept."""

    __slots__ = ("_arrivals", "_due_s")

    def __init__(
        self, role: Role, engine: Engine, number: int, arrivals: Arrivals, *, called: bool = True
    ) -> None:
        super().__init__(role, engine, number, called=called)
        self.late_us = 0.0
        self._arrivals = arrivals
        self._due_s: float | None = None
        """Of the arrival it is to play, before it has begun."""

    def take(self, due_s: float) -> None:
        """Play the arrival that was due then."""
        self._due_s = due_s
        self.wake()

    def hold(self) -> None:
        """An idle one takes no arrival meanwhile."""
        super().hold()
        if self.held and self._arrivals.is_idle(self):
            self._arrivals.discard(self)
            self.wake()

    async def _live(self) -> None:
        try:
            if not await self._play_init():
                return
            try:
                await self._line_up()
                while self.leaving is None:
                    self._phase = Phase.READY
                    await self._arrival()
                    self._phase = Phase.PLAYING
                    await self._iterate()
            except Leave:
                pass
            except DataEnded as end:
                self._no_row(end)
            finally:
                if self._due_s is not None:
                    self._arrivals.give_back(self._due_s)
            self.late_us = 0.0
            await self._play_end()
        except Leave:
            pass
        except DataEnded as end:
            self._no_row(end)
        finally:
            self._browser.close()

    def _no_row(self, end: DataEnded) -> None:
        """Arrivals that find no VU any more would only be dropped."""
        self.rows_ended(end, whole_group=True)

    async def _arrival(self) -> None:
        """Until there is one to play; one in hand is an iteration already. Raises Leave."""
        try:
            while self._due_s is None and self.leaving is None:
                if self.held:
                    await self.border()
                    continue
                self._due_s = self._arrivals.rest(self)
                if self._due_s is None:
                    await self._wait(Doing.IDLE)
        finally:
            self._arrivals.discard(self)
        if self._due_s is None or self._must_leave():
            raise Leave
        self.late_us = 1e6 * self._arrivals.begin(self._due_s)
        self._due_s = None

    async def _keep_pace(self) -> None:
        """After a failed iteration nothing is waited for: the arrivals keep the pace."""
        self.skipped.clear()
