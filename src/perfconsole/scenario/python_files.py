"""What a flow in Python contains, read without running any of it.

The names in it that are written as texts are known before the run: its transactions, its requests
and its rendezvous points. What calls what is followed within the file, and no further.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from perfconsole.model.group import python_flow
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.problems import Complaint, KeyPath, hint, where
from perfconsole.texts import say

INIT, END = "init", "end"
"""Functions of the file that each VU plays once, before its first iteration and after its last."""
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_MOST_BYTES = 10_000_000

Function = ast.AsyncFunctionDef | ast.FunctionDef


class UnreadableFlow(Exception):
    """The file is no Python that can be read; str() says why, with its line."""


@dataclass(slots=True)
class FlowNames:
    """What a flow does, as far as it is written in its file."""

    points: dict[str, None] = field(default_factory=dict)
    transactions: dict[str, None] = field(default_factory=dict)
    """Requests among them, for they may be outside of any."""
    thinks: bool = False
    is_open: bool = False
    """There may be more names: some are made while it runs, or in other files."""


def names_in_flow(path: str, function: str) -> FlowNames:
    """Nothing of a file that cannot be read; whoever loads the scenario complains of that."""
    try:
        return _Reader(_parsed(path)).read(function)
    except (OSError, UnreadableFlow):
        return FlowNames(is_open=True)


def python_flows(scenario: Scenario) -> dict[str, FlowNames]:
    """Of the groups whose flow is in Python, by group."""
    return {
        name: names_in_flow(*group.python)
        for name, group in scenario.groups.items()
        if group.python is not None
    }


def names_in_tree(groups: dict[str, Any]) -> FlowNames:
    """The same of a scenario's plain groups, all their flows in Python together."""
    known = FlowNames()
    for group in groups.values():
        flow = group.get("flow") if isinstance(group, dict) else None
        place = python_flow(flow) if isinstance(flow, str) else None
        if place is not None:
            found = names_in_flow(*place)
            known.points |= found.points
            known.transactions |= found.transactions
            known.is_open |= found.is_open
    return known


def with_absolute_file(flow: str, base: Path) -> str:
    """`flow` with its file taken relative to `base`, when it is one in Python."""
    place = python_flow(flow)
    if place is None:
        return flow
    path, function = place
    return f"{os.path.abspath(base / Path(path).expanduser())}:{function}"


# ---------------------------------------------------------------- what is wrong with it


def is_python(flow: str) -> bool:
    """Whether `flow` means one in Python, well written or not."""
    return python_flow(flow) is not None or ".py:" in flow or flow.endswith(".py")


def flow_complaints(path: KeyPath, flow: str) -> Iterator[Complaint]:
    """What is wrong with a flow in Python, its path absolute."""
    place = python_flow(flow)
    if place is None:
        text = say("{where}: write a file and its function, such as flows/checkout.py:checkout",
                   where=where(path))  # fmt: skip
        yield Complaint(path, text)
    elif wrong := _wrong_with(*place):
        yield Complaint(path, f"{where(path)}: {wrong}")


def _wrong_with(file: str, function: str) -> str | None:
    try:
        tree = _parsed(file)
    except OSError as error:
        return say("{file} cannot be read: {why}", file=file, why=error.strerror or error)
    except UnreadableFlow as error:
        return str(error)
    if function in (INIT, END):
        return say('"{name}" is played once for each VU; an iteration needs a function of its own',
                   name=function)  # fmt: skip
    functions = _functions(tree)
    if function not in functions and function not in _bound(tree):
        known = [name for name, each in functions.items() if isinstance(each, ast.AsyncFunctionDef)]
        return say('{file} has no function "{name}"; {hint}', file=file, name=function,
                   hint=hint(function, known, say("async functions")))  # fmt: skip
    for name in (function, INIT, END):
        if name in functions and (wrong := _no_flow(functions[name])):
            at = f"{file}:{functions[name].lineno}"
            return say("{at}: {name} {wrong}; write async def {name}(vu)",
                       at=at, name=name, wrong=wrong)  # fmt: skip
    return None


def _no_flow(function: Function) -> str | None:
    """Why nobody could play it."""
    if function.decorator_list:
        return None  # it may be anything then
    if not isinstance(function, ast.AsyncFunctionDef):
        return say("is not async")
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    needed = len(positional) - len(given.defaults)
    takes_one = len(positional) >= 1 or given.vararg is not None
    if not takes_one or needed > 1 or any(default is None for default in given.kw_defaults):
        return say("does not take one argument, the VU")
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function)):
        return say("yields")
    return None


# ---------------------------------------------------------------- reading


def _parsed(path: str) -> ast.Module:
    """Raises OSError and UnreadableFlow."""
    status = os.stat(path)
    return _parse(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _parse(path: str, _mtime_ns: int, size: int) -> ast.Module:
    if size > _MOST_BYTES:
        raise UnreadableFlow(say("{file} is too large for a flow", file=path))
    data = Path(path).read_bytes()
    try:
        return ast.parse(data, path)
    except SyntaxError as error:
        raise UnreadableFlow(f"{path}:{error.lineno or 1}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableFlow(say("{file} is no Python: {why}", file=path, why=error)) from None


def _functions(tree: ast.Module) -> dict[str, Function]:
    """Of the file itself, by name; the last of a name counts."""
    return {each.name: each for each in tree.body if isinstance(each, Function)}


def _bound(tree: ast.Module) -> set[str]:
    """Whatever else has a name in the file: it may be a function from somewhere else."""
    names: set[str] = set()
    inside = {id(node) for each in tree.body if isinstance(each, Function | ast.ClassDef)
              for node in ast.walk(each)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
            if node.name == "*":
                return _Anything()
        elif id(node) in inside:
            continue
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, Function):
            names.add(node.name)
    return names


class _Anything(set[str]):
    """After ``from somewhere import *``."""

    def __contains__(self, _: object) -> bool:
        return True


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Everything in a function but what is within the functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


class _Reader:
    """Goes from a function to all functions and classes of its file that it names."""

    def __init__(self, tree: ast.Module) -> None:
        self._bodies: dict[str, ast.AST] = {
            each.name: each for each in tree.body if isinstance(each, Function | ast.ClassDef)
        }
        self._vus = {"vu", *_first_arguments(tree)}
        """What VUs are called."""
        self._names = FlowNames()

    def read(self, function: str) -> FlowNames:
        self._names.is_open = function not in self._bodies
        waiting, seen = [function, INIT, END], set[str]()
        while waiting:
            name = waiting.pop(0)
            if name in seen or name not in self._bodies:
                continue
            seen.add(name)
            for node in ast.walk(self._bodies[name]):
                if isinstance(node, ast.Name) and node.id in self._bodies:
                    waiting.append(node.id)
                elif isinstance(node, ast.Call):
                    self._take(node)
        return self._names

    def _take(self, call: ast.Call) -> None:
        called, names = call.func, self._names
        if isinstance(called, ast.Attribute) and self._is_vu(called.value):
            self._use(called.attr, call)
            return
        if isinstance(called, ast.Attribute) and called.attr in (*METHODS, "request"):
            base = called.value
            names.is_open |= isinstance(base, ast.Attribute) and base.attr == "httpx"
        here = isinstance(called, ast.Name) and called.id in self._bodies
        if not here and any(self._is_vu(each) for each in call.args):
            names.is_open = True

    def _is_vu(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in self._vus
        return isinstance(node, ast.Name) and node.id in self._vus

    def _use(self, method: str, call: ast.Call) -> None:
        """A call of one of the VU's own methods."""
        names = self._names
        first, second, *_ = [*call.args, None, None]
        match method:
            case "think":
                names.thinks = True
            case "rendezvous":
                self._note(names.points, first)
            case "transaction":
                self._note(names.transactions, first)
            case "request":
                self._request(_text(first), second, call)
            case _ if method in METHODS:
                self._request(method, first, call)

    def _request(self, method: str | None, path: ast.expr | None, call: ast.Call) -> None:
        given = next((word.value for word in call.keywords if word.arg == "name"), None)
        text = _text(path)
        if given is not None:
            self._note(self._names.transactions, given)
        elif text is not None and method is not None:
            self._names.transactions[automatic_name(method, text)] = None
        else:
            self._names.is_open = True

    def _note(self, names: dict[str, None], name: ast.expr | None) -> None:
        text = _text(name)
        if text is None:
            self._names.is_open = True
        else:
            names[text] = None


def automatic_name(method: str, path: str) -> str:
    """Of a request that was given none."""
    return f"{method.upper()} {path.partition('?')[0].partition('#')[0]}"


def _first_arguments(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            given = [*node.args.posonlyargs, *node.args.args]
            yield from (each.arg for each in given[:1] if each.arg != "self")


def _text(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
