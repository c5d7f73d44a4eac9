"""Places in an answer that no answer has: what a check or an extraction can never find."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from perfconsole.scenario.json_paths import jmespath_fault
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.scenario.selectors import css_fault, xpath_fault
from perfconsole.scenario.step_tree import Keys, as_map
from perfconsole.texts import say

_REFERENCE = re.compile(r"(?<!\\)\$\{[a-zA-Z][^{}]*\}")


def check_complaints(check: Keys, path: KeyPath) -> Iterator[Complaint]:
    """JMESPaths that cannot be, and regular expressions with values."""
    for json_path in as_map(check.get("json")):
        if reason := jmespath_fault(json_path):
            yield Complaint((*path, "json", json_path), f"{where((*path, 'json'))}: {reason}")
    matches = check.get("body_matches")
    for regex in matches if isinstance(matches, list) else [matches]:
        yield from _regex(regex, (*path, "body_matches"))


def extract_complaints(spec: Keys, path: KeyPath) -> Iterator[Complaint]:
    yield from _regex(spec.get("regex"), (*path, "regex"))
    header = spec.get("header")
    if isinstance(header, str) and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*", header):
        text = say("{where}: {header} is no header name", where=where(path),
                   header=repr(header[:80]))  # fmt: skip
        yield Complaint((*path, "header"), text)
    faults: tuple[tuple[str, Callable[[str], str | None]], ...] = (
        ("json", jmespath_fault), ("xpath", xpath_fault),
        ("css", partial(css_fault, has_attribute="attribute" in spec)),
    )  # fmt: skip
    for key, fault in faults:
        what = spec.get(key)
        if isinstance(what, str) and what and (reason := fault(what)):
            yield Complaint((*path, key), f"{where(path)}: {reason}")


def _regex(regex: Any, path: KeyPath) -> Iterator[Complaint]:
    if isinstance(regex, str) and (reference := _REFERENCE.search(regex)):
        yield Complaint(path, say(
            "{where}: no value goes into a regular expression; {reference} can match nothing",
            where=where(path), reference=reference[0],
        ))  # fmt: skip
