"""Data sets and variables in words: never a row, never a secret."""

from __future__ import annotations

from pathlib import Path

from perfconsole.model.data import DataSpec, Generator
from perfconsole.model.dataset import Table
from perfconsole.model.variable_spec import Default, VariableSpec
from perfconsole.scenario.secret_text import is_secret_name, masked_text
from perfconsole.scenario.sentences import shown
from perfconsole.texts import say


def data_words(spec: DataSpec, table: Table | None, *, short: bool = False) -> str:
    """Where a data set's rows are from, how many there are and who gets which.

    `table` is it as read, None when it is not yet; `short` is without folders and order.
    """
    if spec.generate is not None:
        made = (f"{name} ({_generator(name, each)})" for name, each in spec.generate.items())
        return say("made up: {columns}", columns=", ".join(made))
    source = _source(spec, short=short)
    if table is None:
        return say("{source}, to be asked when the run starts{order}", source=source,
                   order=_order(spec))  # fmt: skip
    return say("{source}, {rows:,} rows of {columns}{order}", source=source, rows=len(table.rows),
               columns=", ".join(table.columns), order="" if short else _order(spec))  # fmt: skip


def _source(spec: DataSpec, *, short: bool) -> str:
    if spec.sql is not None:
        return say("query of {database}", database=masked_text(spec.database or ""))
    file = spec.csv or spec.jsonl or ""
    return Path(file).name if short else file


def _order(spec: DataSpec) -> str:
    words = {"stop_vu": say(", then the VU ends"), "stop_group": say(", then the group ends")}
    return f", {spec.order.replace('_', ' ')}{words.get(spec.end, '')}"


def _generator(name: str, made: Generator) -> str:
    if isinstance(made, str):
        return made
    return say("one of {count}", count=len(made)) if is_secret_name(name) else say(
        "one of {choices}", choices=", ".join(map(str, made))
    )  # fmt: skip


def variable_words(name: str, entry: Default | VariableSpec, given: str | None = None) -> str:
    """A variable's value, the one `given` if there is one, or what may be told of it."""
    if isinstance(entry, VariableSpec) and entry.secret:
        return say("a secret")
    default = entry.value if isinstance(entry, VariableSpec) else entry
    value = default if given is None else given
    return say("given with --var") if value is None else shown(value, (name,))
