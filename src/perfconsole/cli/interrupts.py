"""ctrl+c and a polite kill, counted instead of ending a front end that has something to tell."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Self


class Interrupts:
    """Counts while entered. Signals come in the main thread, so enter it there."""

    def __init__(self) -> None:
        self.count = 0
        self._listener: Callable[[], object] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._came)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` for each that has come and each to come, from the signal handler."""
        self._listener = listener
        for _ in range(self.count):
            listener()

    def _came(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self._listener is not None:
            self._listener()
