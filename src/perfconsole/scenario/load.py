"""A scenario file → `Scenario`, or everything that is wrong with it, line by line."""

from __future__ import annotations

from pathlib import Path

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.assembling import assembled
from perfconsole.scenario.named_files import with_absolute_paths
from perfconsole.scenario.problems import Problem, ScenarioError, one_line
from perfconsole.scenario.reading import read_text
from perfconsole.scenario.references import reference_complaints
from perfconsole.scenario.validating import validated


def load(path: Path) -> Scenario:
    """The scenario in the file at `path`; files that it names are relative to its folder.

    Raises ScenarioError with all problems at once, those of a file together and sorted by line.
    """
    return scenario_from(read_text(path), str(path), path.parent)


def scenario_from(text: str, file: str, base: Path) -> Scenario:
    """The same from text; `file` is its name in problems. Raises ScenarioError."""
    whole = assembled(text, file, base)
    done = validated(with_absolute_paths(whole.root.plain(), whole.folder_of))
    meant = with_absolute_paths(done.tree, lambda path: whole.folder_of(done.written(path)))
    complaints = [*done.complaints, *reference_complaints(meant)]
    problems = [*whole.problems]
    for each in complaints:
        problems.append(Problem(*whole.root.place_of(done.written(each.path)), one_line(each.text)))
    if problems or done.scenario is None:
        files = list(whole.folders)
        raise ScenarioError(sorted(problems, key=lambda problem: files.index(problem.file)))
    return done.scenario
