"""What flows in Python print: lines for the operator's event log, the first of them.

The process has no terminal of its own; without this a `print` would be lost.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable

from perfconsole.injector.failure import one_line
from perfconsole.injector.script_tasks import owner
from perfconsole.scenario.secret_text import masked_text
from perfconsole.texts import say

MOST_LINES = 50
"""Told in a run."""
MOST_PENDING = 10_000
"""Characters of a line that is not ended."""


class Printed(io.TextIOBase):
    """Takes the place of ``sys.stdout`` and ``sys.stderr``; any thread may write to it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell
        self._lock = threading.Lock()
        self._pending = ""
        self._lines = 0

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute there
        return "utf-8"

    def write(self, text: str) -> int:
        with self._lock:
            *lines, rest = (self._pending + text).split("\n")
            self._pending = rest[:MOST_PENDING]
            for line in lines:
                if line.strip():
                    self._line(line)
        return len(text)

    def _line(self, line: str) -> None:
        self._lines += 1
        if self._lines > MOST_LINES:
            return
        vu = owner.get()
        shown = masked_text(line) if vu is None else masked_text(vu.hidden(line))
        self._tell(one_line(shown))
        if self._lines == MOST_LINES:
            self._tell(say("(what flows print from here on is not shown)"))


def take_prints(tell: Callable[[str], None]) -> None:
    """From now on `tell` hears, from any thread, what this process prints."""
    if not isinstance(sys.stdout, Printed):
        sys.stdout = sys.stderr = Printed(tell)
