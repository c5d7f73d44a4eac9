"""Where values come from and where they go: data files, extractions, texts with names in them.

Like `references`, these rules read the plain tree, whatever else is wrong in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perfconsole.model.holes import MARK_BEGINS
from perfconsole.scenario.answer_rules import check_complaints, extract_complaints
from perfconsole.scenario.data_columns import known_columns
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.scenario.step_tree import Keys, as_map, steps_in
from perfconsole.scenario.value_names import name_complaints
from perfconsole.texts import say


def value_complaints(scenario: Keys) -> Iterator[Complaint]:
    """What is wrong with data files, checks, extractions and the names of values."""
    columns, complaints = known_columns(scenario.get("data"))
    yield from complaints
    yield from name_complaints(scenario, columns)
    for path, step in steps_in(scenario):
        yield from check_complaints(as_map(step.get("check")), (*path, "check"))
        for name, spec in as_map(step.get("extract")).items():
            yield from extract_complaints(as_map(spec), (*path, "extract", name))
    yield from _marks(scenario.get("flows"), ("flows",))


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
