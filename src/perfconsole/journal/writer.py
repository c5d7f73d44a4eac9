"""Writing the journal from a thread of its own, so that no disk can ever hold up the run.

What is put is committed within half a second, and at once when somebody waits for it. The first
failure ends the writing, and a disk that hangs until too much has piled up is one: later puts are
dropped, whoever waits hears of it, and the file keeps all that was committed before.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from perfconsole.journal import schema
from perfconsole.journal.journal_error import JournalError, explained
from perfconsole.journal.likeness import Shortener
from perfconsole.model.event import RunEvent
from perfconsole.model.wire import PhaseCounts, RequestCounts, TransactionCounts
from perfconsole.texts import say

__all__ = ["JournalError", "JournalWriter"]

COMMIT_WITHIN_S = 0.25
MOST_QUEUED = 100_000
"""Rows waiting for the disk, above which it has failed: memory is not endless."""
CLOSE_WITHIN_S = 10.0
"""A disk that hangs longer than this at the end is left to itself."""

_EVENT = "INSERT INTO event VALUES (?, ?, ?, ?, ?)"
_WINDOW = "INSERT OR REPLACE INTO window VALUES (?, ?)"
_TIMING = "INSERT OR REPLACE INTO timing VALUES (?, ?, ?)"

_Row = tuple[str, tuple[object, ...]]
"""A statement and its values."""


class _Close:
    """Put last."""


class JournalWriter:
    """`on_failure` is called once, from whatever thread saw it, when writing failed."""

    def __init__(
        self, path: Path, on_failure: Callable[[JournalError], None] | None = None
    ) -> None:
        """Create the journal; raises JournalError when that fails or `path` is there already."""
        self.path = path
        self._failure: JournalError | None = None
        self._closed = False
        self._on_failure = on_failure
        self._lock = threading.Lock()
        """Over the failure and who waits."""
        self._waiting: set[Future[None]] = set()
        self._encoder = msgspec.msgpack.Encoder()
        self._shortener = Shortener()
        self._queue: queue.SimpleQueue[_Row | Future[None] | _Close] = queue.SimpleQueue()
        self._database = _created(path)
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> JournalError | None:
        """Why nothing is written any more."""
        return self._failure

    def put(self, event: RunEvent) -> None:
        """Queue the event; never blocks. It is encoded here and now."""
        tag = event.__struct_config__.tag
        self._put(_EVENT, event.seq, event.at, tag, self._encoder.encode(event))

    def put_window(self, start: int, rows: Sequence[TransactionCounts]) -> None:
        """Queue the ten seconds from run second `start`, in place of what they were before."""
        self._put(_WINDOW, start, self._encoder.encode(rows))

    def put_timing(
        self, start: int, phases: Sequence[PhaseCounts], requests: Sequence[RequestCounts]
    ) -> None:
        """The same for where the requests of those ten seconds spent their time."""
        self._put(_TIMING, start, self._encoder.encode(phases), self._encoder.encode(requests))

    def _put(self, statement: str, *values: object) -> None:
        if self._failure is not None or self._closed:
            return
        if self._queue.qsize() >= MOST_QUEUED:
            text = say("the disk of the journal {path} does not keep up", path=self.path)
            self._fail(JournalError(text))
            return
        self._queue.put((statement, values))

    async def committed(self) -> None:
        """Wait until all that was put so far is committed. Raises JournalError when it is not."""
        done: Future[None] = Future()
        with self._lock:
            if self._failure:
                raise self._failure
            if self._closed:
                raise JournalError(say("the journal {path} is closed", path=self.path))
            self._waiting.add(done)
        self._queue.put(done)
        await asyncio.wrap_future(done)

    def close(self) -> None:
        """Commit what was put, leave a single file behind, end the thread. Twice is once."""
        self._closed = True
        self._queue.put(_Close())
        self._thread.join(CLOSE_WITHIN_S)

    # ------------------------------------------------------------ mostly the writer's thread

    def _write(self) -> None:
        going = True
        while going:
            rows, waiting, going = self._batch()
            self._commit(rows)
            self._answer(waiting)
        self._finish()

    def _batch(self) -> tuple[list[_Row], list[Future[None]], bool]:
        """What to commit together; ends early when somebody waits, and False at the close."""
        rows: list[_Row] = []
        item = self._queue.get()
        deadline = time.monotonic() + COMMIT_WITHIN_S
        while True:
            if isinstance(item, _Close):
                return rows, [], False
            if isinstance(item, Future):
                return rows, [item], True
            rows.append(item)
            try:
                item = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return rows, [], True

    def _commit(self, rows: list[_Row]) -> None:
        if self._failure or not rows:
            return
        try:
            with self._database:
                self._database.execute("BEGIN")
                for statement, values in rows:
                    self._database.execute(statement, self._kept(statement, values))
        except sqlite3.Error as error:
            self._fail(explained(self.path, error))

    def _kept(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """What is written of them: of an event like an earlier one the difference."""
        if statement is not _EVENT:
            return values
        seq, at, kind, body = values
        return seq, at, kind, *self._shortener.shortened(seq, kind, body)

    def _fail(self, failure: JournalError) -> None:
        with self._lock:
            if self._failure:
                return
            self._failure = failure
            waiting = list(self._waiting)
        if self._on_failure:
            # The listener's event loop may be closed by now; whoever waits must hear of it still.
            with contextlib.suppress(RuntimeError):
                self._on_failure(failure)
        self._answer(waiting)

    def _answer(self, waiting: Sequence[Future[None]]) -> None:
        """Tell each of them once how it went."""
        with self._lock:
            untold = [done for done in waiting if done in self._waiting]
            self._waiting.difference_update(untold)
        for done in untold:
            _tell(done, self._failure)

    def _finish(self) -> None:
        # Back to a single file that needs no -wal and -shm beside it to be read. With a reader
        # attached, or no space, it stays in WAL, which is as good.
        with contextlib.closing(self._database), contextlib.suppress(sqlite3.Error):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._database.execute("PRAGMA journal_mode = DELETE")


def _created(path: Path) -> sqlite3.Connection:
    database: sqlite3.Connection | None = None
    try:
        path.touch(mode=0o600, exist_ok=False)
        # Autocommit: transactions begin where we say so. The thread that made it only makes it.
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        schema.create(database)
    except FileExistsError:
        raise JournalError(say("there is a journal at {path} already", path=path)) from None
    except (sqlite3.Error, OSError) as error:
        if database is not None:
            database.close()
            path.unlink(missing_ok=True)
        raise explained(path, error) from None
    return database


def _tell(done: Future[None], failure: JournalError | None) -> None:
    if not done.set_running_or_notify_cancel():
        return
    if failure:
        done.set_exception(failure)
    else:
        done.set_result(None)
