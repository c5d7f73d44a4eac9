"""JSON lines → a table: an object a line, the keys of all of them are the columns."""

from __future__ import annotations

import msgspec

from perfconsole.model.dataset import Table
from perfconsole.scenario import row_source
from perfconsole.scenario.row_source import TableError, text_of, too_many_rows
from perfconsole.texts import say

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


def read_jsonl(file: str) -> Table:
    """The table in a file. Raises TableError."""
    return parsed_lines(text_of(file, "UTF-8"))


def parsed_lines(text: str) -> Table:
    """The table in `text`; a key that a line lacks, or ``null``, is empty. Raises TableError."""
    found: list[dict[str, str]] = []
    columns: dict[str, None] = {}
    # Not splitlines(): a JSON text may have U+2028 and other breaks in it.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        row = _row(line, number)
        found.append(row)
        columns.update(dict.fromkeys(row))
        if len(found) > row_source.MOST_ROWS:
            raise too_many_rows(number)
    if not found:
        raise TableError(say("there are no lines in the file; each is an object"))
    if not columns:
        raise TableError(say("no object has a key"))
    rows = tuple(tuple(row.get(column, "") for column in columns) for row in found)
    return Table(tuple(columns), rows)


def _row(line: str, number: int) -> dict[str, str]:
    try:
        members = _OBJECT.decode(line)
        if "" in members:
            raise TableError(say("a key is empty; it is the column's name"), number)
        return {key: _text(bytes(value)) for key, value in members.items()}
    except msgspec.ValidationError:
        right = say("an object is needed, such as {example}", example='{"name": "anna"}')
        raise TableError(right, number) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise TableError(say("no JSON: {reason}", reason=_plain(error)), number) from None


def _text(raw: bytes) -> str:
    """A string's text; a number, true or false as written; a list or an object as compact JSON."""
    if raw[:1] == b'"':
        return _TEXT.decode(raw)
    if raw[:1] in (b"[", b"{"):
        return msgspec.json.format(raw, indent=-1).decode()
    return "" if raw == b"null" else raw.decode()


def _plain(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ")
