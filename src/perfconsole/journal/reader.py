"""Reading a journal: of a run that goes on, that ended, or whose controller was killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from perfconsole.journal import schema
from perfconsole.journal.journal_error import JournalError, explained
from perfconsole.journal.likeness import Restorer
from perfconsole.metrics.phases import RequestTotals
from perfconsole.metrics.totals import Totals
from perfconsole.metrics.view import RunView
from perfconsole.model.event import Ended, Event, RunEvent, Started
from perfconsole.model.wire import PhaseCounts, RequestCounts, TransactionCounts
from perfconsole.texts import say

BUSY_S = 5.0

T = TypeVar("T")
E = TypeVar("E", bound=Event)


class JournalReader:
    """Never writes. Use it as a context manager; every method may raise JournalError."""

    def __init__(self, path: Path) -> None:
        """Raises JournalError when `path` is missing or is no journal that we can read."""
        self.path = path
        self._events = msgspec.msgpack.Decoder(RunEvent)
        self._windows = msgspec.msgpack.Decoder(list[TransactionCounts])
        self._phases = msgspec.msgpack.Decoder(list[PhaseCounts])
        self._requests = msgspec.msgpack.Decoder(list[RequestCounts])
        self._restorer = Restorer(self._base)
        self._database = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def events(self, after: int = 0) -> Iterator[RunEvent]:
        """All events whose seq is above `after`, in order."""
        query = "SELECT body, base FROM event WHERE seq > ? ORDER BY seq"
        for body, base in self._rows(query, after):
            yield self._event(body, base)

    def of_kind(self, kind: type[E]) -> Iterator[E]:
        """All events of one kind, in order."""
        query = "SELECT body, base FROM event WHERE kind = ? ORDER BY seq"
        for body, base in self._rows(query, kind.__struct_config__.tag):
            event = self._event(body, base)
            if isinstance(event, kind):
                yield event

    def view(self) -> RunView:
        """All events folded."""
        view = RunView()
        for event in self.events():
            view.fold(event)
        return view

    def totals(self, since: int = 0) -> Totals:
        """Every transaction of the run, or of its windows that begin at second `since` or later."""
        totals = Totals()
        query = "SELECT body FROM window WHERE start >= ? ORDER BY start"
        for (body,) in self._rows(query, since):
            for row in self._decoded(self._windows, body):
                totals.add(row)
        return totals

    def timing(self) -> RequestTotals:
        """Where every request of the run spent its time."""
        totals = RequestTotals()
        for phases, requests in self._rows("SELECT phases, requests FROM timing ORDER BY start"):
            of_all = self._decoded(self._phases, phases)
            by_name = self._decoded(self._requests, requests)
            totals.add(of_all, by_name)
        return totals

    def started(self) -> Started | None:
        """None when the run was killed before it recorded anything."""
        event = self._first("SELECT body, base FROM event WHERE kind = 'started' LIMIT 1")
        return event if isinstance(event, Started) else None

    def ended(self) -> Ended | None:
        """None for a run that goes on, or whose controller was killed."""
        event = self._first("SELECT body, base FROM event WHERE kind = 'ended' LIMIT 1")
        return event if isinstance(event, Ended) else None

    def _first(self, query: str) -> RunEvent | None:
        found = next(self._rows(query), None)
        return self._event(*found) if found else None

    def _event(self, body: bytes, base: int | None) -> RunEvent:
        try:
            whole = self._restorer.restored(body, base)
        except ValueError as error:
            raise self._damaged(error) from None
        event: RunEvent = self._decoded(self._events, whole)
        return event

    def _base(self, seq: int) -> bytes:
        for (body,) in self._rows("SELECT body FROM event WHERE seq = ? AND base IS NULL", seq):
            return bytes(body)
        raise self._damaged(say("event {seq} is missing", seq=seq))

    def _rows(self, query: str, *values: object) -> Iterator[Any]:
        try:
            yield from self._database.execute(query, values)
        except sqlite3.Error as error:
            raise explained(self.path, error) from None
        except UnicodeDecodeError as error:
            raise self._damaged(error) from None

    def _damaged(self, why: object) -> JournalError:
        return JournalError(say("the journal {path} is damaged: {why}", path=self.path, why=why))

    def _decoded(self, decoder: msgspec.msgpack.Decoder[T], body: bytes) -> T:
        try:
            return decoder.decode(body)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise self._damaged(error) from None


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise JournalError(say("there is no journal at {path}", path=path))
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
    except sqlite3.Error as error:
        raise explained(path, error) from None
    try:
        schema.recognize(database, path)
    except JournalError:
        database.close()
        raise
    except sqlite3.Error as error:
        database.close()
        raise explained(path, error) from None
    return database
