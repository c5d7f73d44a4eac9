"""A user's Python file, loaded into this injector once."""

from __future__ import annotations

import importlib.util
import inspect
import linecache
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from perfconsole.injector.failure import Unusable, one_line
from perfconsole.injector.script_errors import is_ours_file
from perfconsole.scenario.python_files import END, INIT
from perfconsole.scenario.secret_text import masked_text
from perfconsole.texts import say

_loaded: dict[tuple[str, int, int], ModuleType] = {}
"""By path, time of the last change, and size: a file that was edited is loaded anew."""


@dataclass(frozen=True, slots=True)
class Functions:
    iteration: Callable[..., Any]
    init: Callable[..., Any] | None
    end: Callable[..., Any] | None


def functions_of(path: str, function: str) -> Functions:
    """Of the file at `path`. Raises Unusable, naming the file, the line and what is wrong."""
    module = _as_saved(path)
    iteration = getattr(module, function, None)
    if iteration is None:
        raise Unusable(say('{file} has no function "{name}"', file=path, name=function))
    return Functions(
        _callable(path, function, iteration),
        *(_callable(path, name, getattr(module, name, None)) for name in (INIT, END)),
    )


def _as_saved(path: str) -> ModuleType:
    try:
        status = os.stat(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise Unusable(say("{file} cannot be read: {why}", file=path, why=why)) from None
    saved = path, status.st_mtime_ns, status.st_size
    if saved not in _loaded:
        _loaded[saved] = _module(path)
    return _loaded[saved]


def _callable(path: str, name: str, found: Any) -> Any:
    if found is None:
        return None
    if not callable(found) or inspect.isclass(found) or inspect.isasyncgenfunction(found):
        raise Unusable(say("{file}: {name} is no async function", file=path, name=name))
    return found


def _module(path: str) -> ModuleType:
    """Imported under a name of its own, with its folder first on the path; nothing is written."""
    folder = str(Path(path).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    linecache.checkcache(path)
    name = f"perfconsole_flow_{len(_loaded)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Unusable(say("{file} cannot be loaded as Python", file=path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        raise Unusable(_why(error, path)) from None
    return module


def _why(error: BaseException, path: str) -> str:
    if isinstance(error, SyntaxError):
        place, what = f"{error.filename or path}:{error.lineno or 1}", error.msg
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == path]
        theirs = [frame for frame in frames if not is_ours_file(frame.filename)]
        last = (own or theirs or frames)[-1]
        place, what = f"{last.filename}:{last.lineno}", str(error)
    text = one_line(masked_text(f"{type(error).__name__}: {what}"))
    return say("{place}: {what}, while the flow was loaded", place=place, what=text)
