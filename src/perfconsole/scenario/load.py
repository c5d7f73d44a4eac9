"""A scenario file → `Scenario`, or everything that is wrong with it, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from perfconsole.model.scenario import Scenario
from perfconsole.scenario.curve_files import inlined_curves
from perfconsole.scenario.document import Composer, DocumentError, Node
from perfconsole.scenario.problems import Complaint, Problem, ScenarioError
from perfconsole.scenario.reading import read_text
from perfconsole.scenario.references import reference_complaints, with_absolute_paths
from perfconsole.scenario.validating import validated
from perfconsole.scenario.yaml_errors import plain_error
from perfconsole.texts import say

_LONGEST_SENTENCE = 400


def load(path: Path) -> Scenario:
    """The scenario in the file at `path`; files that it names are relative to its folder.

    Raises ScenarioError with all problems of the file at once, sorted by line.
    """
    return scenario_from(read_text(path), str(path), path.parent)


def scenario_from(text: str, file: str, base: Path) -> Scenario:
    """The same from text; `file` is its name in problems. Raises ScenarioError."""
    composer = Composer()
    try:
        root = composer.read(text)
    except DocumentError as error:
        known = [*composer.problems, (error.line, error.text)]
        raise ScenarioError(Problem(file, *problem) for problem in known) from None
    except yaml.YAMLError as error:
        known = [*composer.problems, plain_error(error, text)]
        raise ScenarioError(Problem(file, *problem) for problem in known) from None
    if root is None:
        raise ScenarioError([Problem(file, 1, say("nothing but comments in this file"))])
    if not isinstance(root.value, dict):
        shape = say("a scenario is a set of keys: name, target, groups, flows, ...")
        raise ScenarioError([Problem(file, root.line, shape)])
    tree = with_absolute_paths(root.plain(), base)
    unread = inlined_curves(tree, base)
    outcome = validated(tree)
    complaints = outcome if isinstance(outcome, list) else []
    complaints = [*complaints, *unread, *reference_complaints(tree)]
    problems = [Problem(file, *problem) for problem in composer.problems]
    problems += [_problem(file, root, complaint) for complaint in complaints]
    if problems or isinstance(outcome, list):
        raise ScenarioError(problems)
    return outcome


def _problem(file: str, root: Node, complaint: Complaint) -> Problem:
    return Problem(file, root.line_of(complaint.path), one_line(complaint.text))


def one_line(text: Any) -> str:
    """Without the line breaks and the length that a value quoted in it may have brought."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= _LONGEST_SENTENCE else f"{flat[:_LONGEST_SENTENCE]}..."
