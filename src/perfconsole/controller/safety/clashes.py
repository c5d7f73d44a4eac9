"""Commands that were given without knowing what somebody else has changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from perfconsole.controller.safety.subjects import Subject, words
from perfconsole.model.duration import short
from perfconsole.model.event import Commanded
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class _Change:
    seq: int
    at: float
    by: str
    client: str
    said: str


@dataclass(slots=True)
class _Last:
    """The last change of a subject, and the last one that another client made before it."""

    change: _Change
    of_another: _Change | None = None

    def by_others(self, client: str) -> _Change | None:
        """The last one that is not of `client`; one without an id may be anybody."""
        own = client.partition(":")[2] and client == self.change.client
        return self.of_another if own else self.change


class Clashes:
    """Knows of each subject what no one client could have missed: exact, however long ago."""

    def __init__(self) -> None:
        self._last: dict[Subject, _Last] = {}

    def did(self, event: Commanded, subjects: Iterable[Subject]) -> None:
        """A command has changed `subjects`."""
        change = _Change(event.seq, event.at, event.by, event.client, event.said)
        for subject in subjects:
            before = self._last.get(subject)
            other = before.by_others(change.client) if before is not None else None
            self._last[subject] = _Last(change, other)

    def clash(
        self, subjects: Iterable[Subject], client: str, revision: int | None, now: float
    ) -> str | None:
        """What `client`, who saw the run at `revision`, has missed; None when nothing."""
        if revision is None:
            return None
        others = {
            subject: change
            for subject in subjects
            if (last := self._last.get(subject)) is not None
            and (change := last.by_others(client)) is not None
            and change.seq > revision
        }
        if not others:
            return None
        subject = max(others, key=lambda each: others[each].seq)
        change = others[subject]
        return say("not done: {by} changed {what} {time} ago: {said}", by=change.by,
                   what=words(subject), time=_ago(now - change.at), said=change.said)  # fmt: skip


def _ago(seconds: float) -> str:
    whole = max(0, round(seconds))
    return say("{n} s", n=whole) if whole < 60 else short(whole)
