"""The tables of a journal, and how to tell a journal from any other file.

`event` holds every `RunEvent` once, msgpack, where `base` is not NULL as what it differs in from
the event of that seq (`likeness`); `window` the transactions of each ten seconds with
their histograms, a msgpack list of `TransactionCounts`; `timing` where the requests of each ten
seconds spent their time, msgpack lists of `PhaseCounts` and `RequestCounts`; `meta` who wrote it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from perfconsole import __version__
from perfconsole.journal.journal_error import JournalError
from perfconsole.texts import say

APPLICATION_ID = 0x70636A6C
"""SQLite's own mark of whose file it is: "pcjl"."""
FORMAT = 3
"""Grows with every change of the tables or of what is in them."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE event (seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, base INTEGER);
CREATE TABLE window (start INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE timing (start INTEGER PRIMARY KEY, phases BLOB NOT NULL, requests BLOB NOT NULL);
"""  # noqa: E501 - a table reads best on one line


def create(database: sqlite3.Connection) -> None:
    """Make an empty file a journal. Raises sqlite3.Error."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {FORMAT}")
    database.executescript(_TABLES)
    database.execute("INSERT INTO meta VALUES ('written_by', ?)", (f"perfconsole {__version__}",))


def recognize(database: sqlite3.Connection, path: Path) -> None:
    """Raises JournalError for what is no journal, or one of another format."""
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    (written,) = database.execute("PRAGMA user_version").fetchone()
    if owner != APPLICATION_ID:
        raise JournalError(say("{path} is no journal of perfconsole", path=path))
    if written != FORMAT:
        raise JournalError(
            say(
                "{path} has format {written}, this perfconsole reads {ours}; "
                "read it with the version that wrote it",
                path=path,
                written=written,
                ours=FORMAT,
            )
        )
