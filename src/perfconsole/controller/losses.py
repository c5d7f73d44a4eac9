"""What follows when injectors die or hang: their VUs move, new ones start, or the run ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from perfconsole.controller.fleet import Fleet
from perfconsole.model.causes import injector_lost
from perfconsole.pool.port import InjectorLost, Pool, PoolError
from perfconsole.texts import say, some_vus

SILENT_S = 10.0
"""An injector that has not ticked for so long hangs, and is killed."""
MOST_MOMENTS = 5
"""Moments of loss within a minute, above which the run is given up."""
MOMENT_S = 1.0
"""Losses closer together have one cause, such as a machine that was suspended."""


class Note(Protocol):
    def __call__(self, level: str, kind: str, text: str, *, cause: str = "") -> None: ...


class Losses:
    """`replace` starts so many injectors; `abort` gives the run up."""

    def __init__(
        self,
        fleet: Fleet,
        pool: Pool,
        note: Note,
        replace: Callable[[int], Awaitable[None]],
        abort: Callable[[str], None],
        injectors: int,
    ) -> None:
        self._fleet = fleet
        self._pool = pool
        self._note = note
        self._replace = replace
        self._abort = abort
        self._injectors = injectors
        self._moments_s: list[float] = []
        self._replacing: asyncio.Task[None] | None = None

    def kill_the_hung(self, dt_s: float) -> None:
        """Time passes: `dt_s`. What does not tick any more is killed and told as lost."""
        for injector in self._fleet.grow_silent(dt_s, SILENT_S):
            self._note(
                "error",
                "injector",
                say(
                    "injector {n} hangs: nothing from it for {limit:.0f} s; it is killed",
                    n=injector,
                    limit=SILENT_S,
                ),
            )
            self._pool.kill(injector)

    def take(self, loss: InjectorLost, vus: int, *, ending: bool) -> None:
        """The fleet has forgotten an injector, which had `vus` VUs: say so, see to its place."""
        where = say("the others") if self._fleet.living else say("a new one")
        said = say(
            "injector {n} (pid {pid}) was lost: {why}", n=loss.injector, pid=loss.pid, why=loss.why
        )
        if not ending:
            said = say(
                "{lost}; its {vus} start in {where}", lost=said, vus=some_vus(vus), where=where
            )
        self._note("error", "injector", said, cause=injector_lost(loss.injector))
        if ending:
            return
        self._remember(time.monotonic())
        if len(self._moments_s) > MOST_MOMENTS:
            self._abort(say("load generators were lost again and again"))
        elif not self._fleet.living and (self._replacing is None or self._replacing.done()):
            self._replacing = asyncio.create_task(self._start_anew())

    def _remember(self, now_s: float) -> None:
        recent = [at for at in self._moments_s if now_s - at < 60]
        if not recent or now_s - recent[-1] > MOMENT_S:
            recent.append(now_s)
        self._moments_s = recent

    async def _start_anew(self) -> None:
        try:
            await self._replace(self._injectors)
        except PoolError as error:
            self._abort(str(error))

    async def settled(self) -> None:
        """No injector is on its way up any more."""
        if self._replacing:
            await self._replacing
