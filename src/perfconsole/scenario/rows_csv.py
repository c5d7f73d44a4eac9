"""CSV → a table: the first line names the columns, where the scenario does not."""

from __future__ import annotations

import csv
import io

from perfconsole.model.dataset import Table
from perfconsole.scenario import row_source
from perfconsole.scenario.row_source import TableError, distinct, text_of, too_many_rows
from perfconsole.texts import say


def read_csv(file: str, delimiter: str, columns: tuple[str, ...] = ()) -> Table:
    """The table in a file. Raises TableError."""
    return parsed(text_of(file, say("CSV UTF-8")), delimiter, columns)


def parsed(text: str, delimiter: str, columns: tuple[str, ...] = ()) -> Table:
    """The table in `text`: a line of column names, unless `columns` are, then rows.

    Raises TableError.
    """
    named = bool(columns)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    ended = 0
    try:
        for cells in lines:
            line, ended = ended + 1, lines.line_num
            if not cells:
                continue
            if not columns:
                columns = distinct(cells, line)
            elif len(cells) != len(columns):
                raise TableError(say("{found} values, but there are {wanted} columns",
                                     found=len(cells), wanted=len(columns)), line)  # fmt: skip
            else:
                rows.append(tuple(cells))
            if len(rows) > row_source.MOST_ROWS:
                raise too_many_rows(line)
    except csv.Error as error:
        raise TableError(say("no CSV: {reason}", reason=str(error)), ended + 1) from None
    if not columns:
        raise TableError(say("the file is empty; its first line names the columns"))
    if named and not rows:
        raise TableError(say("there are no rows in the file"))
    if not rows:
        raise TableError(say("there are no rows below the line of column names"))
    return Table(columns, tuple(rows))
