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
from perfconsole.controller.safety.precautions import Check, Precautions
from perfconsole.journal.writer import JournalError
from perfconsole.model import event as ev
from perfconsole.model.command import Command, CommandAnswer, CommandRequest
from perfconsole.texts import say

ANSWERS_KEPT = 1000
"""Commands whose answers are kept for those who send them again."""
SCENARIO = "scenario"
"""The author of what a scenario steers by itself."""


class Commanding:
    """`refused` says why a command cannot be taken now, if it cannot; `follow` gives what orders
    follow besides, and `announce` tells what has changed. `reach` brings the load to the present
    and returns its own time."""

    def __init__(
        self,
        dispatch: Dispatch,
        precautions: Precautions,
        fleet: Fleet,
        record: Record,
        effects: Effects,
        refused: Callable[[Command], str | None],
        follow: Callable[[], list[int]],
        announce: Callable[[], None],
        reach: Callable[[], float | None],
    ) -> None:
        self._dispatch = dispatch
        self._precautions = precautions
        self._fleet = fleet
        self._record = record
        self._effects = effects
        self._refused = refused
        self._follow = follow
        self._announce = announce
        self._reach = reach
        self._answers: dict[str, tuple[Command, asyncio.Task[CommandAnswer]]] = {}
        self._played = 0

    async def take(self, request: CommandRequest, client: str) -> CommandAnswer:
        """Do what a hand asks; committed to the journal before the answer. Twice is once.

        `client` is the front end that sends it, as ``kind:id``.
        """
        if request.id not in self._answers:
            answering = asyncio.create_task(self._take(request, client))
            self._answers[request.id] = request.command, answering
            for old in list(self._answers)[:-ANSWERS_KEPT]:
                del self._answers[old]
        command, answering = self._answers[request.id]
        if command != request.command:
            why = say(
                "another command had the id {id!r}: give every command its own", id=request.id
            )
            return CommandAnswer(id=request.id, ok=False, said=why)
        answer = await asyncio.shield(answering)
        if answer.asks and request.sure:  # it was asked while this yes was on its way
            return await self.take(request, client)
        return answer

    async def _take(self, request: CommandRequest, client: str) -> CommandAnswer:
        arrived_s = time.monotonic()
        try:
            await self._dispatch.look(request.command)
            load_s = self._reach()
            check = self._checked(request, client)
            if check.question:
                self._answers.pop(request.id, None)
                return CommandAnswer(id=request.id, ok=False, said=check.question, asks=True)
            event = self._do(request, client, check, arrived_s, load_s)
        except Refusal as refusal:
            return CommandAnswer(id=request.id, ok=False, said=str(refusal))
        said = event.said
        try:
            await self._record.journal.committed()
        except JournalError as error:
            said = say("{done}, but it could not be recorded: {why}", done=said, why=error)
        return CommandAnswer(id=request.id, ok=True, said=said, seq=event.seq)

    def play(self, command: Command, load_s: float | None, why_not: str | None = None) -> None:
        """Do a command of the scenario's own, `load_s` after the load began; what cannot be done
        is told, and so is what may not be, with `why_not`."""
        self._played += 1
        request = CommandRequest(
            id=f"steering {self._played}", by=SCENARIO, command=command, sure=True
        )
        try:
            if why_not:
                raise Refusal(why_not)
            check = self._checked(request, SCENARIO)
            self._do(request, SCENARIO, check, time.monotonic(), load_s)
        except Refusal as refusal:
            text = say("steering: {command} was not done: {why}", command=command.do, why=refusal)
            self._record.add(ev.Noted, level="warning", kind="steering", text=text)

    def _checked(self, request: CommandRequest, client: str) -> Check:
        """Of a command that is about to be done. Raises Refusal."""
        if why := self._refused(request.command):
            raise Refusal(why)
        check = self._precautions.check(request, client)
        if check.refused:
            raise Refusal(check.refused)
        return check

    def _do(
        self,
        request: CommandRequest,
        client: str,
        check: Check,
        arrived_s: float,
        load_s: float | None,
    ) -> ev.Commanded:
        """Raises Refusal with nothing changed."""
        done = self._dispatch.apply(request.command)
        orders = [*done.orders, *self._follow()]
        event = self._record.add(
            ev.Commanded,
            id=request.id,
            by=request.by,
            said=done.said,
            command=kept(request.command),
            client=client,
            load_s=load_s,
        )
        self._precautions.did(check, event)
        self._effects.expect(request.id, arrived_s, self._fleet.still_open(orders))
        self._announce()
        return event
