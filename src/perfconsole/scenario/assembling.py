"""A scenario's file and those that it extends and includes → one tree that knows where all is from.

``extends``: the other file comes first and this one is laid over it: mappings key by key, at any
depth; lists and single values replace; nothing (``null``) takes a key away. ``include``: what the
other file has under its keys is added; a name that is there already is a mistake.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import yaml

from perfconsole.scenario.document import Composer, DocumentError, Node
from perfconsole.scenario.problems import KeyPath, Problem, ScenarioError, where
from perfconsole.scenario.reading import LARGEST_MB, read_text
from perfconsole.scenario.yaml_errors import plain_error
from perfconsole.texts import say

DEEPEST = 10
"""Files, each named in the one before."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The tree of a scenario, in which ``extends`` and ``include`` are done and gone."""

    root: Node
    folders: dict[str, Path]
    """By file: what it names is relative to this."""
    problems: list[Problem]
    """Mistakes that hide no others."""

    def folder_of(self, path: KeyPath) -> Path:
        """Of the file that the value at `path` is written in."""
        file, _ = self.root.place_of(path)
        return self.folders[file]


def assembled(text: str, file: str, folder: Path) -> Assembled:
    """The scenario in `text` of `file`. Raises ScenarioError when there is no tree at all."""
    assembly = _Assembly({file: folder})
    root = assembly.whole(assembly.parsed(text, file), (file,))
    return Assembled(root, assembly.folders, assembly.problems)


@dataclass(slots=True)
class _Assembly:
    """What the files of one scenario have in common."""

    folders: dict[str, Path]
    problems: list[Problem] = field(default_factory=list)
    values: int = 0
    characters: int = 0
    included: set[str] = field(default_factory=set)
    """One that two files include is taken once."""

    def parsed(self, text: str, file: str) -> Node:
        """The mapping in `text`. Raises ScenarioError."""
        composer = Composer(file, self.values)
        try:
            root = composer.read(text)
        except DocumentError as error:
            known = [*composer.problems, (error.line, error.text)]
            raise ScenarioError(Problem(file, *problem) for problem in known) from None
        except yaml.YAMLError as error:
            known = [*composer.problems, plain_error(error, text)]
            raise ScenarioError(Problem(file, *problem) for problem in known) from None
        self.problems += (Problem(file, *problem) for problem in composer.problems)
        if root is None:
            _refuse(file, 1, say("nothing but comments in this file"))
        if not isinstance(root.value, dict):
            shape = say("a scenario is a set of keys: name, target, groups, flows, ...")
            _refuse(file, root.line, shape)
        self.values += root.size
        self.characters += len(text)
        return root

    def whole(self, root: Node, chain: tuple[str, ...]) -> Node:
        """`root` with the files that it names, `chain` being those that led to it.

        What is no file's name is left for the model to complain about.
        """
        extends, include = root.child("extends"), root.child("include")
        if extends is not None and isinstance(extends.value, str):
            base = self._other(extends.value, ("extends",), root, chain)
            root = root.without("extends")
            root = root if base is None else laid_over(base, root)
        names = include.value if include is not None else None
        if not isinstance(names, list) or not all(isinstance(each.value, str) for each in names):
            return root
        whole = root.without("include")
        for n, named in enumerate(names):
            if (other := self._other(str(named.value), ("include", n), root, chain)) is not None:
                whole = self._added(whole, other)
        return whole

    def _other(self, named: str, path: KeyPath, root: Node, chain: tuple[str, ...]) -> Node | None:
        """The file `named` at `path`, whole; None for one that has been included already."""
        at, line = root.place_of(path)
        file = os.path.normpath(self.folders[at] / os.path.expanduser(named))
        place = where(path)
        try:
            text = read_text(Path(file))
        except ScenarioError as error:
            _repoint(error, at, line, place)
        real = os.path.realpath(file)
        if real in map(os.path.realpath, chain):
            circle = " > ".join([*chain, file])
            _refuse(
                at,
                line,
                say("{where}: files lead back to themselves: {circle}", where=place, circle=circle),
            )
        if len(chain) > DEEPEST:
            _refuse(
                at,
                line,
                say(
                    "{where}: files lead to files more than {most} deep", where=place, most=DEEPEST
                ),
            )
        if path[0] == "include":
            if real in self.included:
                return None
            self.included.add(real)
        if self.characters + len(text) > LARGEST_MB * 1_000_000:
            _refuse(
                at,
                line,
                say(
                    "{where}: more than {most} MB in all files together",
                    where=place,
                    most=LARGEST_MB,
                ),
            )
        self.folders[file] = Path(file).parent
        return self.whole(self.parsed(text, file), (*chain, file))

    def _added(self, whole: Node, other: Node) -> Node:
        """`whole` with the keys of an included file, and with the names under those both have."""
        value, lines = dict(whole.items()), dict(whole.key_lines)
        for key, brought in other.items():
            there = value.get(key)
            if there is None:
                value[key], lines[key] = brought, other.key_lines[key]
            elif isinstance(there.value, dict) and isinstance(brought.value, dict):
                for name in there.value.keys() & brought.value.keys():
                    self._twice((key, name), brought.place_of((name,)), there.place_of((name,)))
                value[key] = replace(
                    there,
                    value=there.value | brought.value | there.value,
                    key_lines=brought.key_lines | there.key_lines,
                )
            else:
                self._twice((key,), other.place_of((key,)), whole.place_of((key,)))
        return replace(whole, value=value, key_lines=lines)

    def _twice(self, path: KeyPath, second: tuple[str, int], first: tuple[str, int]) -> None:
        file, line = first
        text = say(
            "{where} is in {file}:{line} already; an included file adds, it does not replace",
            where=where(path),
            file=file,
            line=line,
        )
        self.problems.append(Problem(*second, text))


def laid_over(base: Node, over: Node) -> Node:
    """A mapping with what is in `over` changed."""
    value, lines = dict(base.items()), dict(base.key_lines)
    for key, node in over.items():
        below = value.get(key)
        if node.value is None and below is not None:
            del value[key]
            continue
        deep = isinstance(node.value, dict) and below and isinstance(below.value, dict)
        value[key] = laid_over(below, node) if below and deep else node
        lines[key] = over.key_lines[key]
    return replace(over, value=value, key_lines=lines)


def _repoint(error: ScenarioError, file: str, line: int, place: str) -> NoReturn:
    """What is wrong with a file as a whole is wrong where it is named."""
    raise ScenarioError(
        problem if problem.line else Problem(file, line, f"{place}: {problem.file}: {problem.text}")
        for problem in error.problems
    ) from None


def _refuse(file: str, line: int, text: str) -> NoReturn:
    raise ScenarioError([Problem(file, line, text)])
