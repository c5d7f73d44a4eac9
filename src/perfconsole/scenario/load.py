"""A scenario file → `Scenario`, or everything that is wrong with it, line by line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.assembling import assembled
from perfconsole.scenario.ceiling import over_ceiling
from perfconsole.scenario.curve_files import inlined_curves
from perfconsole.scenario.named_files import with_absolute_paths
from perfconsole.scenario.problems import KeyPath, Problem, ScenarioError, one_line
from perfconsole.scenario.reading import read_text
from perfconsole.scenario.references import reference_complaints
from perfconsole.scenario.resolving import resolved
from perfconsole.scenario.spelling import respelt
from perfconsole.scenario.validating import validated


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
    tree = whole.root.plain()
    spelling = respelt(tree)

    def folder_of(path: KeyPath) -> Path:
        return whole.folder_of(spelling.written(path))

    tree, strays, told = resolved(tree, given or {}, os.environ if environ is None else environ)
    unread = inlined_curves(with_absolute_paths(tree, folder_of), folder_of)
    outcome = validated(tree)
    complaints = outcome if isinstance(outcome, list) else []
    others = (*complaints, *unread, *reference_complaints(tree))
    unsaid = told | spelling.keys.keys()
    problems = [*whole.problems]
    for each in (*spelling.complaints, *strays, *(c for c in others if c.path not in unsaid)):
        place = whole.root.place_of(spelling.written(each.path))
        problems.append(Problem(*place, one_line(each.text)))
    if not problems and isinstance(outcome, Scenario) and (over := over_ceiling(outcome)):
        problems.append(Problem(*whole.root.place_of(("max_vus",)), f"max_vus: {over}"))
    if problems or isinstance(outcome, list):
        files = list(whole.folders)
        raise ScenarioError(sorted(problems, key=lambda problem: files.index(problem.file)))
    return outcome
