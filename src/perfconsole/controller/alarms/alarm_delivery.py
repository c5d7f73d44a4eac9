"""Alarms on their way to who is not looking: a line of their own for each receiver.

Whatever a receiver does, the run goes on: its line is bounded, each delivery ends, and that it
fails is noted when it begins to fail and not each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from perfconsole.controller.alarms.alarm_message import AlarmMessage, Receiver, Undelivered
from perfconsole.model.alarm_spec import LEVELS
from perfconsole.texts import say

MOST_WAITING = 100
"""In one line; one more is lost."""
LAST_WITHIN_S = 5.0
"""From the end of the run on, for all that is still to be delivered."""
CUT_WITHIN_S = 3.0
"""For what is under way then to be ended."""
KIND = "alarm"
"""Of the notes."""

Note = Callable[[str, str, str, str], None]
"""Level, kind, text and detail of an event."""


class AlarmDelivery:
    def __init__(self, receivers: Iterable[Receiver], note: Note) -> None:
        self._lines = [_Line(receiver, note) for receiver in receivers]

    def send(self, message: AlarmMessage) -> None:
        """On its way to all receivers that want to know of it; returns at once."""
        for line in self._lines:
            line.send(message)

    async def close(self) -> None:
        """Wait for what is under way, but not for long; then nothing is left running."""
        await asyncio.gather(*(line.close() for line in self._lines))


class _Line:
    def __init__(self, receiver: Receiver, note: Note) -> None:
        self._receiver = receiver
        self._note = note
        self._waiting: asyncio.Queue[AlarmMessage] = asyncio.Queue(MOST_WAITING)
        self._worker: asyncio.Task[None] | None = None
        self._failing = False
        """That it fails has been noted."""

    def send(self, message: AlarmMessage) -> None:
        if LEVELS.index(message.level) < LEVELS.index(self._receiver.level):
            return
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self._failed(say("more than {n} alarms wait for it", n=MOST_WAITING))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        if self._worker is None:
            return
        try:
            async with asyncio.timeout(LAST_WITHIN_S):
                await self._waiting.join()
        except TimeoutError:
            self._failed(say("not within {s:g} s of the end of the run", s=LAST_WITHIN_S))
        finally:
            self._worker.cancel()
            await asyncio.wait([self._worker], timeout=CUT_WITHIN_S)

    async def _work(self) -> None:
        while True:
            message = await self._waiting.get()
            try:
                await self._receiver.deliver(message)
                self._failing = False
            except Undelivered as failure:
                self._failed(str(failure), failure.detail)
            except Exception as error:  # whatever it is, the next alarm is to be delivered
                self._failed(type(error).__name__)
            finally:
                self._waiting.task_done()

    def _failed(self, why: str, detail: str = "") -> None:
        if not self._failing:
            self._failing = True
            text = say("an alarm could not be delivered to {receiver}: {why}",
                       receiver=self._receiver.label, why=why)  # fmt: skip
            self._note("warning", KIND, text, detail)
