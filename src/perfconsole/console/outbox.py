"""Commands on their way to the run, and what became of them. Never waits on the screen's behalf."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from perfconsole.texts import say

if TYPE_CHECKING:
    from perfconsole.console.feed import RunSource
    from perfconsole.model.command import Command

SHOWN_S = 6.0
"""How long a refusal or a notice stays."""
READ_PER_S = 15
"""Characters that a person reads a second: what is longer stays longer."""
KEEP_TRYING_S = 3.0
MOST = 20
"""Sendings shown; older ones have long been answered or forgotten."""
OWN = 1000
"""Ids remembered of what was sent from here."""


class Stage(StrEnum):
    SENT = "sent"
    ASKED = "asked"
    """Nothing was done yet: the run asks whether it is meant so."""
    REFUSED = "refused"
    NOTICE = "notice"
    """A word about this console itself, such as where a picture was saved."""


@dataclass(frozen=True, slots=True)
class Sending:
    id: str
    title: str
    stage: Stage = Stage.SENT
    said: str = ""
    until: float = float("inf")
    """Monotonic time from which it is not shown any more."""
    on_refusal: Callable[[str], None] = lambda _: None
    """Is told why."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A command as it is sent, and where to."""

    source: RunSource
    command: Command
    revision: int | None
    sure: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What the run asks before it does a command; `again` sends the same one, sure."""

    id: str
    title: str
    text: str
    again: Callable[[], None]


class Outbox:
    """What this hand has asked for and not yet seen done."""

    def __init__(self, on_news: Callable[[], None], *, viewer: bool = False) -> None:
        """Nothing that a `viewer` asks for is sent."""
        self.viewer = viewer
        self._on_news = on_news
        self._sendings: tuple[Sending, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._own: dict[str, None] = {}
        self._questions: list[Question] = []

    def shown(self) -> tuple[Sending, ...]:
        """What stands in the line above the keys now, oldest first."""
        now = time.monotonic()
        self._sendings = tuple(s for s in self._sendings if s.until > now)[-MOST:]
        return self._sendings

    def sent_here(self, id: str) -> bool:
        """The command with this id came from this console."""
        return id in self._own

    def send(
        self,
        source: RunSource | None,
        command: Command,
        title: str,
        *,
        revision: int | None = None,
        sure: bool = False,
        quiet: bool = False,
        on_refusal: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Send without waiting; the answer shows up in `shown`, or in the run's events.

        `revision` is that of the view that the person saw; `sure` when they have been asked;
        `quiet` is what nobody has asked for and nobody waits for.
        """
        sending = Sending(uuid.uuid4().hex, title, on_refusal=on_refusal)
        self._own[sending.id] = None
        for old in list(self._own)[:-OWN]:
            del self._own[old]
        if not quiet:
            self._sendings = (*self._sendings, sending)
        if self.viewer:
            self._refuse(sending, say("not sent: this console only looks on"))
            return
        if source is None:
            self._refuse(sending, say("not sent: the run is not reached yet"))
            return
        self._begin(Letter(source, command, revision, sure), sending)

    def question(self) -> Question | None:
        """The oldest one that waits for an answer."""
        return self._questions[0] if self._questions else None

    def answer(self, question: Question, yes: bool) -> None:
        """No forgets what was asked for, and with nothing done."""
        self._questions = [other for other in self._questions if other.id != question.id]
        if yes:
            question.again()
        else:
            self._forget(question.id)
            self._on_news()

    def notice(self, text: str, *, wrong: bool = False) -> None:
        stage = Stage.REFUSED if wrong else Stage.NOTICE
        shown = Sending(uuid.uuid4().hex, text, stage, "", _until(text))
        self._sendings = (*self._sendings, shown)
        self._on_news()

    async def settle(self, within_s: float) -> None:
        """Give what is on its way a last chance before the console goes."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------ on its way

    def _begin(self, letter: Letter, sending: Sending) -> None:
        task = asyncio.create_task(self._deliver(letter, sending))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._on_news()

    async def _deliver(self, letter: Letter, sending: Sending) -> None:
        from perfconsole.client.api import ControllerGone  # the screen must not wait for httpx

        give_up = time.monotonic() + KEEP_TRYING_S
        while True:
            try:
                answer = await letter.source.send(
                    letter.command, sending.id, revision=letter.revision, sure=letter.sure
                )
                break
            except ControllerGone:
                if time.monotonic() >= give_up:
                    self._refuse(sending, say("not done: the controller does not answer"))
                    return
                await asyncio.sleep(0.2)
        if answer.ok:
            self._forget(sending.id)
            if sending.title:  # what went wrong before is no news any more
                self._sendings = tuple(s for s in self._sendings if s.stage is not Stage.REFUSED)
            self._on_news()
        elif answer.asks:
            self._ask(letter, sending, answer.said)
        else:
            self._refuse(sending, answer.said)

    def _ask(self, letter: Letter, sending: Sending, said: str) -> None:
        def again() -> None:
            self._replace(sending)
            self._begin(replace(letter, sure=True), sending)

        self._questions.append(Question(sending.id, sending.title, said, again))
        self._replace(replace(sending, stage=Stage.ASKED, said=said))
        self._on_news()

    def _refuse(self, sending: Sending, said: str) -> None:
        until = _until(sending.title + said)
        self._replace(replace(sending, stage=Stage.REFUSED, said=said, until=until))
        sending.on_refusal(said)
        self._on_news()

    def _replace(self, sending: Sending) -> None:
        self._sendings = tuple(sending if s.id == sending.id else s for s in self._sendings)

    def _forget(self, id: str) -> None:
        self._sendings = tuple(s for s in self._sendings if s.id != id)


def _until(text: str) -> float:
    return time.monotonic() + max(SHOWN_S, len(text) / READ_PER_S)
