"""What may go wrong with a journal, as one line for a person."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from perfconsole.texts import say


class JournalError(Exception):
    """The journal cannot be written or read; str() is one clear line."""


def explained(path: Path, error: sqlite3.Error | OSError) -> JournalError:
    """`error` in a person's words. SQLite's own codes tell the cause, its texts rarely do."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary == sqlite3.SQLITE_FULL:
        return JournalError(say("no space left on the disk for the journal {path}", path=path))
    if primary == sqlite3.SQLITE_IOERR and _is_full(path):
        return JournalError(say("no space left on the disk for the journal {path}", path=path))
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return JournalError(
            say("the journal {path} cannot be opened; is the folder there and yours?", path=path)
        )
    if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return JournalError(say("{path} is no journal of perfconsole, or is damaged", path=path))
    why = getattr(error, "strerror", None) or error
    return JournalError(say("the journal {path} failed: {why}", path=path, why=why))


def _is_full(path: Path) -> bool:
    """SQLite tells of a full disk as an I/O error when it is the log's turn."""
    try:
        left = os.statvfs(path.parent)
    except OSError:
        return False
    return left.f_bavail * left.f_frsize < 64 * 1024
