"""What is wrong with a scenario: all of it at once, each with the line it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from perfconsole.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable

KeyPath = tuple[str | int, ...]
"""Keys and list positions (from 0) that lead from a scenario's top to a value."""
MOST_NAMED = 16
"""Valid names in one message."""
_STEP_LISTS = ("init", "steps", "end", "then", "else")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong at a place of the tree, before anybody asked for its line."""

    path: KeyPath
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One line for a person; `line` 0 means that no line can be named."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class ScenarioError(Exception):
    """The scenario cannot be run; `problems` holds every reason, those of a file together and
    sorted by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        files = {file: n for n, file in enumerate(dict.fromkeys(p.file for p in unique))}
        self.problems = tuple(sorted(unique, key=lambda p: (files[p.file], p.line, p.text)))
        super().__init__(str(self))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def where(path: KeyPath) -> str:
    """A path as a person reads it: ``flows.browse step 2.1, then step 3, headers.X-Id``."""
    text, number = "", ""
    for n, part in enumerate(path):
        before, after = path[n - 1], path[n + 1] if n + 1 < len(path) else None
        if isinstance(part, int):
            is_step = path[0] == "flows" and (n == 2 or before in _STEP_LISTS)
            nested = before == "steps" and number == "step"
            text += f"{'.' if nested else ' step ' if is_step else ' '}{part + 1}"
            number = "step" if is_step else "item"
        elif part != "steps" or not isinstance(after, int):
            text += f"{', ' if number else '.' if text else ''}{part}"
            number = ""
    return text or say("the scenario")


def hint(wrong: str, right: Iterable[str], kind: str) -> str:
    """The end of a sentence about an unknown name: the nearest known one, or all of them."""
    known = list(right)
    nearest = get_close_matches(wrong, known, n=1, cutoff=0.6)
    if nearest:
        return say('did you mean "{name}"?', name=nearest[0])
    if not known:
        return say("there are no {kind}", kind=kind)
    shown = ", ".join(known[:MOST_NAMED]) + (", ..." if len(known) > MOST_NAMED else "")
    return say("the {kind} are {names}", kind=kind, names=shown)
