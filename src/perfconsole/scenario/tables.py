"""CSV files → tables. Front ends read them; injectors get their rows with the plan."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from perfconsole.model.data import DataSpec
from perfconsole.model.dataset import Table
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.problems import Problem, ScenarioError
from perfconsole.texts import say

LARGEST_MB = 40
"""All data files of a scenario together: an injector's plan is one message of at most 64 MiB."""
MOST_ROWS = 1_000_000


class TableError(Exception):
    """A file is no table; `line` is of the file, 0 when none can be named."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.text, self.line = text, line


def read_tables(scenario: Scenario) -> dict[str, Table]:
    """The scenario's data sets as they are in their files now. Raises ScenarioError."""
    tables: dict[str, Table] = {}
    for name, spec in scenario.data.items():
        try:
            tables[name] = read_table(spec)
        except TableError as error:
            raise ScenarioError([Problem(spec.csv or "", error.line, error.text)]) from None
    return tables


def read_table(spec: DataSpec) -> Table:
    """The table in the file that `spec` names. Raises TableError."""
    path = Path(spec.csv or "")
    try:
        if path.stat().st_size > LARGEST_MB * 1_000_000:
            raise TableError(say("over {most} MB; data files are at most {most} MB in all",
                                 most=LARGEST_MB))  # fmt: skip
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise TableError(say("cannot be read: {reason}", reason=reason)) from None
    return parsed(_text(raw), spec.delimiter)


def too_large(specs: Iterable[DataSpec]) -> bool:
    """Whether the files together are more than may travel with a plan."""
    sizes = (path.stat().st_size for spec in specs if (path := Path(spec.csv or "")).is_file())
    return sum(sizes) > LARGEST_MB * 1_000_000


def parsed(text: str, delimiter: str) -> Table:
    """The table in `text`: a line of column names, then rows. Raises TableError."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    ended = 0
    try:
        for cells in lines:
            line, ended = ended + 1, lines.line_num
            if not cells:
                continue
            if not columns:
                columns = _columns(cells, line)
            elif len(cells) != len(columns):
                raise TableError(say("{found} values, but there are {wanted} columns",
                                     found=len(cells), wanted=len(columns)), line)  # fmt: skip
            else:
                rows.append(tuple(cells))
            if len(rows) > MOST_ROWS:
                raise TableError(say("more than {most:,} rows", most=MOST_ROWS), line)
    except csv.Error as error:
        raise TableError(say("no CSV: {reason}", reason=str(error)), ended + 1) from None
    if not columns:
        raise TableError(say("the file is empty; its first line names the columns"))
    if not rows:
        raise TableError(say("there are no rows below the line of column names"))
    return Table(columns, tuple(rows))


def _text(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError(say("the file is UTF-16; save it as UTF-8"), 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TableError(say("not UTF-8; save it as CSV UTF-8"), line) from None


def _columns(cells: list[str], line: int) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    if "" in names:
        raise TableError(say("column {n} has no name", n=names.index("") + 1), line)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise TableError(say('two columns are called "{name}"', name=twice), line)
    return names
