"""What went wrong in a flow in Python, as a person is told: the flow's own lines, and no others."""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from perfconsole.injector.failure import Failure, one_line
from perfconsole.scenario.secret_text import masked_text
from perfconsole.texts import say

MOST_BYTES = 4096
"""Of a traceback."""
MOST_FRAMES = 20
LINE_CHARS = 120

_OURS = str(Path(__file__).parent.parent) + os.sep


def failure_of(error: BaseException) -> Failure:
    """Its kind is the exception's name."""
    try:
        text = str(error)
    except Exception:  # user code as well
        text = ""
    return Failure(type(error).__name__, text)


def traceback_text(error: BaseException, folder: str) -> str:
    """Lines of at most `MOST_BYTES`: what of the traceback is in files under `folder`.

    When nothing of it is there, what of it is not perfconsole's.
    """
    lines = list(_told(error, folder))
    data = masked_text("\n".join(lines)).encode("utf-8", "replace")
    if len(data) <= MOST_BYTES:
        return data.decode()
    return data[: MOST_BYTES - 3].decode("utf-8", "ignore") + "…"


def _told(error: BaseException, folder: str, depth: int = 0) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth < 3 and cause.__traceback__ is not None:
        yield from _told(cause, folder, depth + 1)
        yield say("which led to:")
    frames = list(_frames(error.__traceback__))
    own = [frame for frame in frames if is_within(frame[0], folder)]
    for file, line, function in (own or frames)[-MOST_FRAMES:]:
        yield f"{place_of(file, line)}, in {function}"
        if source := source_line(file, line):
            yield f"    {source}"
    failure = failure_of(error)
    yield f"{failure.kind}: {one_line(str(failure.sample))}" if failure.sample else failure.kind
    if isinstance(error, BaseExceptionGroup) and depth < 3:
        for each in error.exceptions[:3]:
            yield from (f"  {line}" for line in _told(each, folder, depth + 1))


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int, str]]:
    for frame, line in traceback.walk_tb(trace):
        if not is_ours_file(frame.f_code.co_filename):
            yield frame.f_code.co_filename, line, frame.f_code.co_name


def is_within(file: str, folder: str) -> bool:
    """Also of the folder's own Python packages, but not of an environment that lies there."""
    inside = file.startswith(folder + os.sep)
    return inside and f"{os.sep}site-packages{os.sep}" not in file


def is_ours_file(file: str) -> bool:
    """A file of perfconsole itself."""
    return file.startswith(_OURS)


def place_of(file: str, line: int) -> str:
    """``flows/checkout.py:12``."""
    return f"{'/'.join(Path(file).parts[-2:])}:{line}"


def source_line(file: str, line: int) -> str:
    """As it stands in the file, its secrets masked; empty when it cannot be read."""
    return one_line(masked_text(linecache.getline(file, line).strip()), LINE_CHARS)
