"""A scenario file → `Scenario`, or everything that is wrong with it, line by line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.assembling import assembled
from perfconsole.scenario.named_files import with_absolute_paths
from perfconsole.scenario.problems import Problem, ScenarioError
from perfconsole.scenario.reading import read_text
from perfconsole.scenario.references import reference_complaints
from perfconsole.scenario.resolving import resolved
from perfconsole.scenario.validating import validated

_LONGEST_SENTENCE = 400


def load(
    path: Path,
    given: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Scenario:
    """The scenario in the file at `path`; files that it names are relative to its folder.

    `given` are values of its variables, `environ` is what ``${env:NAME}`` stands for: this
    process's environment when left out. Raises ScenarioError with all problems at once, those of
    a file together and sorted by line.
    """
    return scenario_from(read_text(path), str(path), path.parent, given, environ)


def scenario_from(
    text: str,
    file: str,
    base: Path,
    given: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Scenario:
    """The same from text; `file` is its name in problems. Raises ScenarioError."""
    whole = assembled(text, file, base)
    environ = os.environ if environ is None else environ
    tree, strays, told = resolved(whole.root.plain(), given or {}, environ)
    tree = with_absolute_paths(tree, whole.folder_of)
    outcome = validated(tree)
    complaints = outcome if isinstance(outcome, list) else []
    others = (*complaints, *reference_complaints(tree))
    problems = [
        *whole.problems,
        *(
            Problem(*whole.root.place_of(each.path), one_line(each.text))
            for each in (*strays, *(other for other in others if other.path not in told))
        ),
    ]
    if problems or isinstance(outcome, list):
        files = list(whole.folders)
        raise ScenarioError(sorted(problems, key=lambda problem: files.index(problem.file)))
    return outcome


def one_line(text: Any) -> str:
    """Without the line breaks and the length that a value quoted in it may have brought."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= _LONGEST_SENTENCE else f"{flat[:_LONGEST_SENTENCE]}..."
