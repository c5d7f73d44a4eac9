"""Data sets as a person describes them: where rows come from, and who gets which."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from perfconsole.model.strict import Strict
from perfconsole.model.variable_spec import VariableName
from perfconsole.texts import say

Order = Literal["sequential", "random", "unique_per_vu", "unique_per_run"]
AtEnd = Literal["recycle", "stop_vu", "stop_group"]
DATABASES = ("sqlite", "postgresql", "mysql")


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n' or not (text.isprintable() or text == "\t"):
        raise ValueError(say('a delimiter is one character, such as ";" or "\\t"'))
    return text


def _database(url: str) -> str:
    """Never repeats what was given: it may carry a password."""
    if url.startswith("${"):
        return url  # what it stands for is looked at where it is known
    scheme, colon, rest = url.partition("://")
    if not colon or scheme not in DATABASES or not rest:
        raise ValueError(
            say("a database is sqlite://users.db, postgresql://user@host/name or "
                "mysql://user@host/name")
        )  # fmt: skip
    return url


def _columns(names: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in names)
    for name in names:
        if not name or "}" in name or not name.isprintable():
            raise ValueError(say("{name} is no name of a column", name=repr(name[:40])))
        if names.count(name) > 1:
            raise ValueError(say('two columns are called "{name}"', name=name))
    return names


Columns = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_columns)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Generator = Annotated[str, Field(min_length=1)] | tuple[str | int | float, ...]
"""``uuid``, ``counter``, ``counter from 1000 by 2``, ``number 1 to 100``, ``text 12``,
``faker name``, or a list of which one is taken at random."""


class DataSpec(Strict):
    """A table whose rows VUs take, one in an iteration: ``users: {csv: users.csv}``.

    ``${users.name}`` is the value in the column ``name``.
    """

    csv: Annotated[str, Field(min_length=1)] | None = None
    """A UTF-8 file, relative to the scenario's; its first line names the columns, unless
    ``columns`` does."""
    jsonl: Annotated[str, Field(min_length=1)] | None = None
    """A UTF-8 file of JSON lines, an object each, relative to the scenario's. The keys of all of
    them are the columns; what a line lacks is empty."""
    sql: Annotated[str, Field(min_length=1)] | None = None
    """A query of ``database``, asked once when the run starts; its columns are the answer's.
    ``${name}`` in it is a variable of the scenario, given as a parameter."""
    generate: Annotated[dict[VariableName, Generator], Field(min_length=1)] | None = None
    """By column, how its values are made: ``uuid``; ``counter from 1000 by 2``, which no two VUs
    of the run have the same; ``number 1 to 100``; ``text 12``, letters and digits; ``faker name``
    and whatever else Faker makes; or a list to choose from."""
    database: DatabaseUrl | None = None
    """With ``sql``: ``sqlite://users.db`` (relative to the scenario's folder),
    ``postgresql://user:${env:PASSWORD}@host/name`` or ``mysql://user@host/name``. Never kept with
    the run but for its host and name."""
    columns: Columns | None = None
    """With ``csv``: the names of its columns, where its first line is a row already."""
    delimiter: Annotated[str, AfterValidator(_delimiter)] = ","
    """With ``csv``: between two columns."""
    order: Order = "sequential"
    """Which row an iteration gets: the next, any, one that its VU keeps and no other VU has
    (``unique_per_vu``), or one that no iteration of the run has had (``unique_per_run``)."""
    at_end: AtEnd = "recycle"
    """After the last row: begin anew, stop the VU that asked, or stop its group. Unique rows stop
    the VU when this is left out. A group with a ``rate`` ends in either case."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = (self.csv, self.jsonl, self.sql, self.generate)
        if sum(source is not None for source in sources) != 1:
            raise ValueError(say("say where rows come from: one of csv, jsonl, sql and generate"))
        if self.sql is not None and self.database is None:
            raise ValueError(say('a query needs a "database" that it is put to'))
        if self.sql is None and self.database is not None:
            raise ValueError(say('a "database" goes with a query of it, "sql"'))
        if self.csv is None and "delimiter" in self.model_fields_set:
            raise ValueError(say("a delimiter is of a csv file"))
        if self.csv is None and self.columns is not None:
            raise ValueError(say('"columns" names those of a csv file'))
        if self.generate is not None and {"order", "at_end"} & self.model_fields_set:
            raise ValueError(say("rows that are made up have no end: leave order and at_end out"))
        if self.at_end == "recycle" and "at_end" in self.model_fields_set and self.unique:
            raise ValueError(say("what is unique cannot be used again: at_end is stop_vu or "
                                 "stop_group"))  # fmt: skip
        if self.order == "random" and "at_end" in self.model_fields_set:
            raise ValueError(say("random rows have no end: leave at_end out"))
        return self

    @property
    def unique(self) -> bool:
        return self.order.startswith("unique")

    @property
    def end(self) -> AtEnd:
        """What is unique stops its VU where nothing else is said."""
        return "stop_vu" if self.unique and self.at_end == "recycle" else self.at_end
