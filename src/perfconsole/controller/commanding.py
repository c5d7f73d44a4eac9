"""Commands as they come in: each done once, written down before it is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from perfconsole.controller.effects import Effects
from perfconsole.controller.fleet import Fleet
from perfconsole.controller.hands.dispatch import Dispatch
from perfconsole.controller.record import Record
from perfconsole.controller.refusal import Refusal
from perfconsole.controller.reloading import kept
from perfconsole.journal.writer import JournalError
from perfconsole.model import event as ev
from perfconsole.model.command import Command, CommandAnswer, CommandRequest
from perfconsole.texts import say

ANSWERS_KEPT = 1000
"""Commands whose answers are kept for those who send them again."""


class Commanding:
    """`refused` says why a command cannot be taken now, if it cannot; `follow` gives what orders
    follow besides, and `announce` tells what has changed."""

    def __init__(
        self,
        dispatch: Dispatch,
        fleet: Fleet,
        record: Record,
        effects: Effects,
        refused: Callable[[Command], str | None],
        follow: Callable[[], list[int]],
        announce: Callable[[], None],
    ) -> None:
        self._dispatch = dispatch
        self._fleet = fleet
        self._record = record
        self._effects = effects
        self._refused = refused
        self._follow = follow
        self._announce = announce
        self._answers: dict[str, asyncio.Task[CommandAnswer]] = {}

    async def take(self, request: CommandRequest) -> CommandAnswer:
        """Do what a hand asks; committed to the journal before the answer. Twice is once."""
        answering = self._answers.get(request.id)
        if answering is None:
            answering = asyncio.create_task(self._take(request))
            self._answers[request.id] = answering
            for old in list(self._answers)[:-ANSWERS_KEPT]:
                del self._answers[old]
        return await asyncio.shield(answering)

    async def _take(self, request: CommandRequest) -> CommandAnswer:
        arrived_s = time.monotonic()
        if why := self._refused(request.command):
            return CommandAnswer(id=request.id, ok=False, said=why)
        try:
            await self._dispatch.look(request.command)
            done = self._dispatch.apply(request.command)
        except Refusal as refusal:
            return CommandAnswer(id=request.id, ok=False, said=str(refusal))
        orders = [*done.orders, *self._follow()]
        event = self._record.add(
            ev.Commanded,
            id=request.id,
            by=request.by,
            said=done.said,
            command=kept(request.command),
        )
        self._effects.expect(request.id, arrived_s, self._fleet.still_open(orders))
        self._announce()
        said = done.said
        try:
            await self._record.journal.committed()
        except JournalError as error:
            said = say("{done}, but it could not be recorded: {why}", done=said, why=error)
        return CommandAnswer(id=request.id, ok=True, said=said, seq=event.seq)
