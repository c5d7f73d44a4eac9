"""The databases that can be asked for rows: SQLite, PostgreSQL, MySQL and MariaDB.

Each is opened to be read alone. What it says of a wrong query is told; its URL never is.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from perfconsole.scenario import row_source
from perfconsole.scenario.document import DocumentError, resolved
from perfconsole.scenario.row_source import TableError
from perfconsole.scenario.rows_sql import Cursor, Database
from perfconsole.texts import say

CONNECT_S = 10
QUERY_S = 60
"""From the question to its last row."""
_STEPS_A_LOOK = 100_000
"""SQLite's own, between two looks at the clock."""


@contextmanager
def _sqlite(url: str, query: str, given: Sequence[str]) -> Iterator[Cursor]:
    path = url.removeprefix("sqlite://")
    until_s = time.monotonic() + QUERY_S
    try:
        database = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=CONNECT_S)
        try:
            database.set_progress_handler(lambda: time.monotonic() > until_s, _STEPS_A_LOOK)
            yield database.execute(query, [_number_or_text(text) for text in given])
        finally:
            database.close()
    except (sqlite3.Error, sqlite3.Warning) as error:
        why = say("no answer within {n} s", n=QUERY_S) if str(error) == "interrupted" else error
        raise TableError(_refused(why)) from None


def _number_or_text(text: str) -> str | int | float:
    """SQLite takes no text where it wants a number, as after LIMIT."""
    with suppress(DocumentError):
        value = resolved(text, 0)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    return text


@contextmanager
def _postgresql(url: str, query: str, given: Sequence[str]) -> Iterator[Cursor]:
    _needs("psycopg", "postgresql")
    import psycopg

    try:
        with psycopg.connect(
            url, connect_timeout=CONNECT_S, options=f"-c statement_timeout={QUERY_S * 1000}",
            application_name="perfconsole",
        ) as connection:  # fmt: skip
            connection.read_only = True
            # A cursor of the server: rows come as they are fetched, not all at once.
            with connection.cursor(name="perfconsole") as cursor:
                cursor.execute(query.encode(), given or None)
                yield cursor
    except psycopg.errors.QueryCanceled:
        raise TableError(_refused(say("no answer within {n} s", n=QUERY_S))) from None
    except psycopg.Error as error:
        raise TableError(_refused(error)) from None


@contextmanager
def _mysql(url: str, query: str, given: Sequence[str]) -> Iterator[Cursor]:
    _needs("pymysql", "mysql")
    import pymysql

    try:
        connection = pymysql.connect(
            **_mysql_login(url), charset="utf8mb4",
            connect_timeout=CONNECT_S, read_timeout=QUERY_S, write_timeout=QUERY_S,
            init_command="SET SESSION TRANSACTION READ ONLY",
        )  # fmt: skip
        try:
            cursor = connection.cursor()
            # All rows are sent at once: not many more than are wanted.
            cursor.execute(f"SET SESSION sql_select_limit = {row_source.MOST_ROWS + 1}")
            cursor.execute(query, given or None)
            yield cursor
        finally:
            connection.close()
    except pymysql.Error as error:
        said = error.args[-1] if error.args else type(error).__name__
        raise TableError(_refused(said)) from None


def _mysql_login(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    login: dict[str, Any] = {
        "host": parts.hostname or "localhost",
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.removeprefix("/")) or None,
    }
    if port := _port(parts):
        login["port"] = port
    return login


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise TableError(say('the port in "database" is no port')) from None


def _needs(package: str, extra: str) -> None:
    if find_spec(package) is None:
        raise TableError(say('its driver is missing: pip install "perfconsole[{extra}]"',
                             extra=extra))  # fmt: skip


def _refused(why: object) -> str:
    lines = [line.strip() for line in str(why).splitlines() if line.strip()]
    return say("the database says: {why}", why=lines[0] if lines else type(why).__name__)


DATABASES = {
    "sqlite": Database("?", _sqlite),
    "postgresql": Database("%s", _postgresql),
    "mysql": Database("%s", _mysql),
}
"""By the scheme of their URLs."""
