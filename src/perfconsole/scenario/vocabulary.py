"""Where values come from and where they go: data files, extractions, texts with names in them.

Like `references`, these rules read the plain tree, whatever else is wrong in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from perfconsole.model.data import DataSpec
from perfconsole.model.holes import MARK_BEGINS
from perfconsole.scenario.answer_rules import check_complaints, extract_complaints
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.scenario.step_tree import Keys, as_map, steps_in
from perfconsole.scenario.tables import LARGEST_MB, TableError, read_table, too_large
from perfconsole.scenario.value_names import Columns, name_complaints
from perfconsole.texts import say


def value_complaints(scenario: Keys) -> Iterator[Complaint]:
    """What is wrong with data files, extractions and the names of values."""
    columns: Columns = {}
    for name, spec in as_map(scenario.get("data")).items():
        columns[name], complaint = _columns(name, spec)
        if complaint is not None:
            yield complaint
    yield from _size(scenario)
    yield from name_complaints(scenario, columns)
    yield from _login(as_map(scenario.get("http")).get("auth"), ("http", "auth"))
    for path, step in steps_in(scenario):
        yield from _login(step.get("auth"), (*path, "auth"))
        yield from check_complaints(as_map(step.get("check")), (*path, "check"))
        for name, spec in as_map(step.get("extract")).items():
            yield from extract_complaints(as_map(spec), (*path, "extract", name))
    yield from _marks(scenario.get("flows"), ("flows",))


# -------------------------------------------------------------------- data files


def _columns(name: str, spec: Any) -> tuple[tuple[str, ...] | None, Complaint | None]:
    """The columns of a data set, None when they cannot be known; what is wrong with its file."""
    try:
        data = DataSpec.model_validate(spec)
    except (ValidationError, RecursionError):
        return None, None  # the model says it
    if data.generate is not None:
        return tuple(data.generate), None
    if data.csv is None or not os.access(data.csv, os.R_OK) or not os.path.isfile(data.csv):
        return None, None  # as with any other file
    try:
        return read_table(data).columns, None
    except TableError as error:
        line = say(" line {line}", line=error.line) if error.line else ""
        text = say("{where}: {file}{line}: {text}", where=where(("data", name)), file=data.csv,
                   line=line, text=error.text)  # fmt: skip
        return None, Complaint(("data", name, "csv"), text)


def _size(scenario: Keys) -> Iterator[Complaint]:
    specs = []
    for spec in as_map(scenario.get("data")).values():
        try:
            specs.append(DataSpec.model_validate(spec))
        except (ValidationError, RecursionError):
            continue
    if len(specs) > 1 and too_large(specs):
        yield Complaint(("data",), say("data: the files are more than {most} MB in all",
                                       most=LARGEST_MB))  # fmt: skip


# -------------------------------------------------------------------- texts


def _login(auth: Any, path: KeyPath) -> Iterator[Complaint]:
    """A token may be a variable; user and password are encoded together, before there are any."""
    basic = as_map(auth).get("basic")
    if isinstance(basic, str) and re.search(r"(?<!\$)\$\{", basic):
        yield Complaint((*path, "basic"), say(
            '{where}: a basic login takes no variables; write the text itself, or use bearer',
            where=where((*path, "basic")),
        ))  # fmt: skip


def _marks(value: Any, path: KeyPath) -> Iterator[Complaint]:
    """Texts that look like the mark of a value, which a plan could not tell from one."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _marks(key, (*path, key))
            yield from _marks(each, (*path, key))
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from _marks(each, (*path, n))
    elif isinstance(value, str) and MARK_BEGINS in value:
        yield Complaint(path, say(
            '{where}: "\\x1avalue:" marks the place of a value; send it out of a body_file',
            where=where(path),
        ))  # fmt: skip
