"""What all kinds of data sets have in common: how much of one may travel, and what no table is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from perfconsole.texts import say

LARGEST_MB = 40
"""All data sets of a scenario together: an injector's plan is one message of at most 64 MiB."""
MOST_ROWS = 1_000_000


class TableError(Exception):
    """A source is no table; `line` is of its file, 0 when none can be named."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.text, self.line = text, line


def text_of(file: str, save_as: str) -> str:
    """A file's text, UTF-8 with or without byte order mark. Raises TableError.

    `save_as` is what to choose in the program that wrote it.
    """
    path = Path(file)
    try:
        if path.stat().st_size > LARGEST_MB * 1_000_000:
            raise TableError(say("over {most} MB; data files are at most {most} MB in all",
                                 most=LARGEST_MB))  # fmt: skip
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise TableError(say("cannot be read: {reason}", reason=reason)) from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError(say("the file is UTF-16; save it as UTF-8"), 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TableError(say("not UTF-8; save it as {kind}", kind=save_as), line) from None


def distinct(columns: Iterable[str], line: int = 0) -> tuple[str, ...]:
    """The names of columns, each there once. Raises TableError."""
    names = tuple(column.strip() for column in columns)
    if "" in names:
        raise TableError(say("column {n} has no name", n=names.index("") + 1), line)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise TableError(say('two columns are called "{name}"', name=twice), line)
    return names


def too_many_rows(line: int = 0) -> TableError:
    return TableError(say("more than {most:,} rows", most=MOST_ROWS), line)
