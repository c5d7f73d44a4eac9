"""The columns of data sets, as far as they are known before a run, and what is wrong with the sets.

Reads the plain tree, whatever else is wrong in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from perfconsole.model.data import DataSpec
from perfconsole.scenario import row_source
from perfconsole.scenario.generated import column, faker_providers
from perfconsole.scenario.interpolation import Unclosed, names_in
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.scenario.row_source import TableError
from perfconsole.scenario.rows_sql import columns_of, is_file
from perfconsole.scenario.tables import read_table, too_large
from perfconsole.texts import say

Columns = dict[str, tuple[str, ...] | None]
"""By data set; None where they cannot be known."""


def known_columns(data: Any) -> tuple[Columns, list[Complaint]]:
    """The columns of the sets under a scenario's ``data``, and everything wrong with their rows."""
    columns: Columns = {}
    complaints: list[Complaint] = []
    specs: list[DataSpec] = []
    for name, raw in (data if isinstance(data, dict) else {}).items():
        columns[name] = None
        try:
            spec = DataSpec.model_validate(raw)
        except (ValidationError, RecursionError):
            continue  # the model says it
        specs.append(spec)
        if spec.generate is not None:
            columns[name] = tuple(spec.generate)
            complaints += _generators(name, spec)
            continue
        try:
            columns[name] = _columns(spec)
        except TableError as error:
            complaints.append(_complaint(name, spec, error))
    if len(specs) > 1 and too_large(specs):
        complaints.append(Complaint(("data",), say("data: the files are more than {most} MB in all",
                                                   most=row_source.LARGEST_MB)))  # fmt: skip
    return columns, complaints


def _columns(spec: DataSpec) -> tuple[str, ...] | None:
    """Raises TableError; None when the columns cannot be known, or a file is not there."""
    if spec.sql is not None:
        return _of_query(spec)
    file = spec.csv or spec.jsonl or ""
    if not os.access(file, os.R_OK) or not os.path.isfile(file):
        return None  # told as of any other file
    return read_table(spec, {}).columns


def _of_query(spec: DataSpec) -> tuple[str, ...] | None:
    """Only a file of this machine is asked, and only a query that takes no values."""
    url = spec.database or ""
    try:
        takes_values = bool(names_in(url) or names_in(spec.sql or ""))
    except Unclosed:
        return None
    if takes_values or not is_file(url):
        return None
    path = url.removeprefix("sqlite://")
    if not os.path.isfile(path):
        raise TableError(say("there is no file {file}", file=path))
    return columns_of(spec)


def _complaint(name: str, spec: DataSpec, error: TableError) -> Complaint:
    file = spec.csv or spec.jsonl
    place: KeyPath = ("data", name, "sql" if file is None else "csv" if spec.csv else "jsonl")
    if file is None:
        return Complaint(place, f"{where(('data', name))}: {error.text}")
    line = say(" line {line}", line=error.line) if error.line else ""
    return Complaint(place, say("{where}: {file}{line}: {text}", where=where(("data", name)),
                                file=file, line=line, text=error.text))  # fmt: skip


def _generators(name: str, spec: DataSpec) -> Iterator[Complaint]:
    for each, generator in (spec.generate or {}).items():
        path: KeyPath = ("data", name, "generate", each)
        try:
            made = column(each, generator)
        except ValueError as error:
            yield Complaint(path, f"{where(path)}: {error}")
            continue
        providers = faker_providers() if made.kind == "faker" else None
        if providers is not None and made.what not in providers:
            yield Complaint(path, say(
                '{where}: Faker makes no "{what}"; {hint}', where=where(path), what=made.what,
                hint=hint(made.what, sorted(providers), say("providers")),
            ))  # fmt: skip
