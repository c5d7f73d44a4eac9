"""How many connects may be under way at once, over all samplers.

A bastion or an sshd drops logins past its ``MaxStartups``. A connect that is not through after
`patience_s` waits for its own server and loads nobody: it counts no more, so that dead servers
do not keep the living waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from perfconsole.servers.faults import Stopped


class ConnectLimit:
    def __init__(self, most: int = 8, patience_s: float = 1.0) -> None:
        self._most = most
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._begun: dict[object, float] = {}

    @contextmanager
    def place(self, stopped: threading.Event) -> Iterator[None]:
        """Hold one place; raises `Stopped` when `stopped` is set while waiting for it."""
        mine = object()
        while not self._take(mine):
            if stopped.wait(0.05):
                raise Stopped
        try:
            yield
        finally:
            with self._lock:
                del self._begun[mine]

    def _take(self, mine: object) -> bool:
        with self._lock:
            now = time.monotonic()
            counting = sum(now - begun < self._patience_s for begun in self._begun.values())
            if counting >= self._most:
                return False
            self._begun[mine] = now
            return True
