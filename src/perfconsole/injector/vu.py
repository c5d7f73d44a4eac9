"""A virtual user: one task that plays its group's flow until it is told to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from time import perf_counter
from typing import Final

from perfconsole.injector.actor import Actor, Doing, Leave, Phase
from perfconsole.injector.engine import Engine
from perfconsole.injector.failure import one_line
from perfconsole.injector.feeds import DataEnded, Kept
from perfconsole.injector.gate import Gate
from perfconsole.injector.player import Step, thinks_of
from perfconsole.injector.role import Role
from perfconsole.model.states import StopMode, VuState
from perfconsole.model.wait import Pacing
from perfconsole.texts import say

_HARSHNESS: Final = {StopMode.AFTER_ITERATION: 1, StopMode.AFTER_REQUEST: 2, StopMode.NOW: 3}


_STATES: Final = {
    Phase.INIT: VuState.INITIALIZING,
    Phase.READY: VuState.READY,
    Phase.END: VuState.GRADUAL_EXITING,
}


class Vu(Actor):
    """Its orders, and its life from the first step to the last."""

    __slots__ = (
        "_base", "_by_hand", "_failed", "_left", "_not_before", "_ticket", "called", "ended",
        "iterations", "iterations_failed", "kept", "task",
    )  # fmt: skip

    def __init__(self, role: Role, engine: Engine, number: int, *, called: bool = True) -> None:
        """One that is not `called` waits until it is before its first iteration."""
        super().__init__(role, engine, number)
        self.task: asyncio.Task[None] | None = None
        """Its life; None before it is started."""
        self._base: dict[str, str] | None = None
        """What its init set and extracted."""
        self._left = role.iterations
        self._ticket = False
        """The iteration it is at is one of the group's samples."""
        self.kept: Kept = {}
        """Rows of data sets that are its own; who comes after it in its slot has them too."""
        self._not_before = 0.0
        """`perf_counter` when pacing lets the next iteration begin."""
        self._failed = False
        self._by_hand = False
        self.iterations = self.iterations_failed = 0
        """Completed, and the failed ones among them."""
        self.called = called
        """It may begin its iterations."""
        self.ended: VuState | None = None
        """How it ended; None while it lives."""

    @property
    def state(self) -> VuState:
        if self.ended is not None:
            return self.ended
        if self.leaving is not None:
            gradual = self.leaving is StopMode.AFTER_ITERATION
            return VuState.GRADUAL_EXITING if gradual else VuState.EXITING
        if self.task is None:
            return VuState.INITIALIZING
        if self._phase is not Phase.PLAYING:
            return _STATES[self._phase]
        if self._doing is Doing.GATHERING:
            return VuState.RENDEZVOUS
        held = self.gate.closed and self._doing is not Doing.REQUESTS
        return VuState.PAUSED if held or self._doing is Doing.HELD else VuState.RUNNING

    @property
    def held(self) -> bool:
        """It is paused alone, whatever its group is."""
        return self.gate is not self._role.gate and self.ended is None and self.leaving is None

    @property
    def paused(self) -> bool:
        """Alone or with its group, whatever it still does."""
        return self.gate.closed and self.ended is None and self.leaving is None

    # ------------------------------------------------------------ orders

    def hold(self) -> None:
        """Wait at the next step border, alone; one that leaves already leaves."""
        if self.ended is None and self.leaving is None and not self.held:
            own = Gate(self._engine.loop)
            own.close()
            self._be_kept_by(own)

    def rejoin(self) -> None:
        """From now on it is paused when its group is."""
        if self.held:
            self._be_kept_by(self._role.gate)

    def unhold(self) -> None:
        """Go on, unless its group is paused."""
        if self.held:
            self.rejoin()
            self.gate.let_pass(self)

    def _be_kept_by(self, gate: Gate) -> None:
        before, self.gate = self.gate, gate
        before.hand_over(self, gate)

    def start(self) -> None:
        """Begin to play; nothing when it was told to leave before."""
        if self.ended is None:
            self.task = self._engine.loop.create_task(self._live())
            self.task.add_done_callback(self._over)

    def leave(self, mode: StopMode, by_hand: bool) -> None:
        """Leave as `mode` says; an earlier order to leave can only become harsher."""
        if self.ended is not None:
            return
        self._by_hand |= by_hand
        if self.leaving is not None and _HARSHNESS[mode] <= _HARSHNESS[self.leaving]:
            return
        self.leaving = mode
        if self.task is None:
            self.ended = self._ending()
        elif mode is StopMode.NOW:
            self.task.cancel()
        elif self._doing is not Doing.THINKING or self._must_leave():
            self.wake()

    def rows_ended(self, end: DataEnded, *, whole_group: bool) -> None:
        """A data set has no row for it."""
        why = end.why(self.group, whole_group=whole_group)
        self._engine.trouble(why, "warning")
        self.give_up(whole_group, why)

    def call(self) -> None:
        """Begin the iterations, as soon as its init is over."""
        self.called = True
        if self._phase is Phase.READY:
            self.wake()

    # ------------------------------------------------------------ its life

    async def _live(self) -> None:
        try:
            if not await self._play_init():
                return
            try:
                await self._line_up()
                endless = self._left is None and self._role.tickets is None
                while self.leaving is None and (endless or self._begins_another()):
                    await self._iterate()
            except (Leave, DataEnded) as end:
                self._return_ticket()
                if isinstance(end, DataEnded):
                    self.rows_ended(end, whole_group=end.whole_group)
            except BaseException:
                self._return_ticket()
                raise
            await self._play_end()
        except Leave:
            pass
        except DataEnded as end:
            self.rows_ended(end, whole_group=end.whole_group)
        finally:
            self._browser.close()

    async def _play_init(self) -> bool:
        """Whether there is anything to play after it. Raises Leave."""
        role = self._role
        await self.border()
        if self.leaving is not None or role.tickets == 0:
            return False
        if role.init:
            if not await self._play_once(role.init):
                self.retired = True
                self._engine.trouble(
                    say("VUs of {group} failed in init: they are out until their group starts anew",
                        group=self.group)
                )  # fmt: skip
                return False
            self._base = self.values.kept()
            self._phase = Phase.READY
        return True

    async def _line_up(self) -> None:
        """Wait to be called. Raises Leave."""
        while not self.called:
            await self._wait(Doing.IDLE)
            if self.leaving is not None:
                raise Leave
        await self.border()
        self._phase = Phase.PLAYING

    def _begins_another(self) -> bool:
        """Whether it has an iteration left; one of the group's samples is taken for it."""
        role = self._role
        if self._left is not None:
            if self._left == 0:
                return False
            self._left -= 1
        if role.tickets is None:
            return True
        self._ticket = role.tickets > 0
        role.tickets -= self._ticket
        return self._ticket

    def _return_ticket(self) -> None:
        """Its iteration was cut short: another VU may begin one for it."""
        if self._ticket and self._role.tickets is not None:
            self._role.tickets += 1

    async def _play_end(self) -> None:
        if self._role.end and self.leaving in (None, StopMode.AFTER_ITERATION):
            self._phase = Phase.END
            self.gate = self._role.gate  # who is to leave is not paused alone any more
            self._browser.leave_volley()
            await self._play_once(self._role.end)

    async def _play_once(self, steps: Sequence[Step]) -> bool:
        """Steps that are no iteration; whether they passed. Raises Leave."""
        self._renew_values()
        for step in steps:
            if self.gate.closed or self.leaving is not None:
                await self.border()
            if not await step.play(self):
                self.skipped.clear()
                self._failed = True
                return False
        return True

    def _renew_values(self) -> None:
        """Those of an iteration that begins: what init left, over the defaults."""
        if self._role.supply is not None:
            self.values = self._role.supply.values(self)
            if self._base:
                self.values.update(self._base)

    async def _iterate(self) -> None:
        role, browser = self._role, self._browser
        if role.pacing is not None:
            await self._await_turn(role.pacing)
        browser.connect_failed = False
        if role.supply is not None:
            self._renew_values()
        tolerated = self.tolerated
        goes_on = True
        rest = iter(role.steps)
        for step in rest:
            if self.gate.closed or self.leaving is not None:
                await self.border()
            if not await step.play(self):
                goes_on = False
                self.skipped.append(thinks_of(rest, self))
                break
        role.completed += 1
        self.iterations += 1
        if role.pacing is not None and role.pacing.kind == "after":
            self._not_before = perf_counter() + role.pacing.wait.drawn(self.random)
        if browser.volley is not None:
            browser.leave_volley()
        if not goes_on or self.tolerated != tolerated:
            role.failed += 1
            self.iterations_failed += 1
            self._failed = True
        if not goes_on:
            if not self.retired:
                await self._keep_pace()
        elif not role.always_waits:
            await asyncio.sleep(0)

    async def _await_turn(self, pacing: Pacing) -> None:
        """Until the next iteration may begin, and does. Raises Leave."""
        wait_s = self._not_before - perf_counter()
        if wait_s > 0:
            await self._wait(Doing.IDLE, wait_s)
            if self.leaving is not None:
                raise Leave
        await self.border()
        if pacing.kind == "every":
            self._not_before = perf_counter() + pacing.wait.drawn(self.random)

    async def _keep_pace(self) -> None:
        """After a failed iteration: wait as its user would have, so that errors bring no hammer."""
        await self._breathe()
        skipped, self.skipped = self.skipped, []
        for wait in chain.from_iterable(skipped):
            if self.gate.closed:
                await self.border()
            if self.leaving is not None or not self._role.think.thinks:
                return
            seconds = self._role.think.drawn(wait, self.random)
            if seconds > 0:
                await self._wait(Doing.IDLE, seconds)
            else:
                await asyncio.sleep(0)

    def _over(self, task: asyncio.Task[None]) -> None:
        self.skipped.clear()
        if self.script is not None:
            self.script.close()
            self.script = None
        del self._browser, self.fetch  # the two refer to each other; this spares the collector
        error = None if task.cancelled() else task.exception()
        if error is None:
            self.ended = self._ending()
            return
        self.ended = VuState.ERROR
        self._engine.trouble(
            say(
                "a VU of {group} ended by an error of perfconsole itself: {kind}: {text}",
                group=self.group,
                kind=type(error).__name__,
                text=one_line(str(error)),
            )
        )

    def _ending(self) -> VuState:
        if self._by_hand:
            return VuState.STOPPED
        return VuState.FAILED if self._failed else VuState.PASSED
