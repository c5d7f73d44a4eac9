"""What is looked at before a command is done, and remembered after it."""

from __future__ import annotations

from dataclasses import dataclass

from perfconsole.controller.hands.roster import Roster
from perfconsole.controller.record import Record
from perfconsole.controller.safety.clashes import Clashes
from perfconsole.controller.safety.confirming import Confirming
from perfconsole.controller.safety.subjects import Subject, subjects_of
from perfconsole.controller.safety.undoing import Before, Undoing
from perfconsole.model.command import CommandRequest, Undo
from perfconsole.model.event import Commanded


@dataclass(frozen=True, slots=True)
class Check:
    before: Before
    subjects: frozenset[Subject]
    """What the command changes."""
    refused: str | None = None
    """It was given without knowing of another's change."""
    question: str | None = None
    """To be answered with yes first."""


class Precautions:
    def __init__(
        self, roster: Roster, record: Record, confirming: Confirming, undoing: Undoing
    ) -> None:
        self._roster = roster
        self._record = record
        self._confirming = confirming
        self._undoing = undoing
        self._clashes = Clashes()

    def check(self, request: CommandRequest, client: str) -> Check:
        """Of a command that is about to be done."""
        command, view = request.command, self._record.view
        if isinstance(command, Undo):
            subjects = self._undoing.subjects
        else:
            subjects = subjects_of(command, self._roster, view.servers)
        now = self._record.now()
        return Check(
            self._undoing.before(command),
            subjects,
            self._clashes.clash(subjects, client, request.revision, now),
            None if request.sure else self._confirming.question(command),
        )

    def did(self, check: Check, event: Commanded) -> None:
        """It was done, as `event` tells."""
        self._clashes.did(event, check.subjects)
        self._undoing.did(check.before, event.said, event.by, check.subjects)
