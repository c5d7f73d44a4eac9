"""A query → a table: asked once, when a run starts, by whoever starts it.

Databases are only read, for a minute at most. Values go to them as parameters, never as a part of
the query's text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

from perfconsole.model.data import DataSpec
from perfconsole.model.dataset import Table
from perfconsole.scenario import row_source
from perfconsole.scenario.interpolation import put_in_url, with_marks
from perfconsole.scenario.row_source import TableError, distinct, too_many_rows
from perfconsole.texts import say

_AT_ONCE = 1000


class Cursor(Protocol):
    """As all drivers have it (PEP 249)."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None: ...
    def fetchmany(self, size: int, /) -> Sequence[Sequence[Any]]: ...


Asking = Callable[[str, str, Sequence[str]], AbstractContextManager[Cursor]]
"""Opens the database at a URL, asks it a query with parameters; raises TableError."""


@dataclass(frozen=True, slots=True)
class Database:
    """A kind of them."""

    placeholder: str
    """For a parameter in a query."""
    ask: Asking


def is_file(url: str) -> bool:
    """Whether a database is asked without connecting anywhere."""
    return url.startswith("sqlite://")


def read_sql(spec: DataSpec, values: Mapping[str, str]) -> Table:
    """The answer to a data set's query. Raises TableError."""
    with _asked(spec, values) as cursor:
        columns = _columns(cursor)
        rows = tuple(_rows(cursor))
    if not rows:
        raise TableError(say("the query finds no rows"))
    return Table(columns, rows)


def columns_of(spec: DataSpec) -> tuple[str, ...]:
    """The columns of a query that takes no values, none of its rows fetched. Raises TableError."""
    with _asked(spec, {}) as cursor:
        return _columns(cursor)


def _asked(spec: DataSpec, values: Mapping[str, str]) -> AbstractContextManager[Cursor]:
    from perfconsole.scenario.databases import DATABASES

    url = put_in_url(spec.database or "", values)
    database = DATABASES.get(url.partition("://")[0])
    if database is None:
        raise TableError(say('what ${{...}} stands for in "database" is no URL of one'))
    query, names = with_marks(spec.sql or "", database.placeholder)
    return database.ask(url, query, [values[name] for name in names])


def _columns(cursor: Cursor) -> tuple[str, ...]:
    if cursor.description is None:
        raise TableError(say("the query answers with no rows; write a SELECT"))
    return distinct(str(column[0]) for column in cursor.description)


def _rows(cursor: Cursor) -> Iterator[tuple[str, ...]]:
    count = size = 0
    while some := cursor.fetchmany(_AT_ONCE):
        count += len(some)
        if count > row_source.MOST_ROWS:
            raise too_many_rows()
        for found in some:
            row = tuple(text_of_value(value) for value in found)
            size += sum(map(len, row))
            yield row
        if size > row_source.LARGEST_MB * 1_000_000:
            raise TableError(say("over {most} MB; data sets are at most {most} MB in all",
                                 most=row_source.LARGEST_MB))  # fmt: skip


def text_of_value(value: Any) -> str:
    """A value of a database as it goes into a request; NULL is empty."""
    match value:
        case None:
            text = ""
        case str():
            text = value.encode("utf-8", "replace").decode()
        case bool():
            text = "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            text = _decoded(bytes(value))
        case Decimal():
            text = format(value, "f")
        case datetime() | date() | time():
            text = value.isoformat()
        case dict() | list() | tuple():
            text = _JSON.encode(value)
        case _:
            text = str(value)
    return text


def _decoded(raw: bytes) -> str:
    """Hexadecimal digits for what is no text."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.hex()


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=text_of_value)
