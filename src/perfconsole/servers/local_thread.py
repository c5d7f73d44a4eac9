"""A thread that looks after this machine, for the loop may not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable


class LocalThread:
    def __init__(self, what: str, work: Callable[[threading.Event], None]) -> None:
        """`work` is done once, and ends soon after the event that it is given is set."""
        self._work = work
        self._stopped = threading.Event()
        self._bug: Exception | None = None
        # A daemon: a file system that hangs must not hold up the exit.
        self._thread = threading.Thread(target=self._run, name=f"local {what}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def check(self) -> None:
        """Raises what the work has stumbled on."""
        if self._bug is not None:
            raise self._bug

    def _run(self) -> None:
        try:
            self._work(self._stopped)
        except Exception as bug:
            self._bug = bug
