"""Data sets → tables. Front ends read them; injectors get their rows with the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from perfconsole.model.data import DataSpec
from perfconsole.model.dataset import Table
from perfconsole.model.scenario import Scenario
from perfconsole.scenario import row_source
from perfconsole.scenario.interpolation import names_in
from perfconsole.scenario.problems import Problem, ScenarioError
from perfconsole.scenario.row_source import TableError
from perfconsole.scenario.rows_csv import read_csv
from perfconsole.scenario.rows_jsonl import read_jsonl
from perfconsole.scenario.rows_sql import is_file, read_sql
from perfconsole.scenario.secret_text import MASK
from perfconsole.texts import say


def read_tables(
    scenario: Scenario, values: Mapping[str, str] | None = None, *, ask: bool = True
) -> dict[str, Table]:
    """The rows of the scenario's data sets as they are now; none of what is generated.

    `values` stand for references in queries and database URLs. Without `ask` nothing is connected
    to: databases of servers are left out. Raises ScenarioError.
    """
    tables: dict[str, Table] = {}
    for name, spec in scenario.data.items():
        if spec.generate is not None or not (ask or asked_without_connecting(spec)):
            continue
        try:
            tables[name] = read_table(spec, values or {})
        except TableError as error:
            text = _without(error.text, _told_to(spec, values or {}))
            raise ScenarioError([Problem(_place(name, spec), error.line, text)]) from None
    cells = sum(len(cell) for table in tables.values() for row in table.rows for cell in row)
    if cells > row_source.LARGEST_MB * 1_000_000:
        text = say("the data sets are more than {most} MB in all", most=row_source.LARGEST_MB)
        raise ScenarioError([Problem("data", 0, text)])
    return tables


def asked_without_connecting(spec: DataSpec) -> bool:
    """Whether its rows are in a file of this machine."""
    return spec.sql is None or is_file(spec.database or "")


def read_table(spec: DataSpec, values: Mapping[str, str]) -> Table:
    """The table that `spec`, which generates none, names. Raises TableError."""
    if spec.sql is not None:
        return read_sql(spec, values)
    if spec.jsonl is not None:
        return read_jsonl(spec.jsonl)
    return read_csv(spec.csv or "", spec.delimiter, spec.columns or ())


def too_large(specs: Iterable[DataSpec]) -> bool:
    """Whether the files together are more than may travel with a plan."""
    named = (Path(file) for spec in specs if (file := spec.csv or spec.jsonl))
    sizes = (path.stat().st_size for path in named if path.is_file())
    return sum(sizes) > row_source.LARGEST_MB * 1_000_000


def _place(name: str, spec: DataSpec) -> str:
    """Where a problem is; a database's URL is told nobody."""
    return spec.csv or spec.jsonl or f"data.{name}"


def _told_to(spec: DataSpec, values: Mapping[str, str]) -> Iterator[str]:
    """What the database was told and may repeat: whatever it is, it may be a secret."""
    for text in (spec.database, spec.sql):
        yield from (values[name] for name in names_in(text or ""))


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(set(secrets) - {""}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
