"""What a child says on its standard error, kept in memory and bounded: a pipe that is never full.

What does not fit until somebody looks is dropped, so that a child that talks on and on for a run's
length neither waits nor grows.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

MOST_BYTES = 1 << 18


class Overheard:
    def __init__(self) -> None:
        self._ours, self.theirs = os.pipe()
        os.set_blocking(self._ours, False)
        os.set_blocking(self.theirs, False)
        self._heard = b""

    def text(self) -> str:
        """All so far."""
        with contextlib.suppress(BlockingIOError):
            while len(self._heard) < MOST_BYTES and (data := os.read(self._ours, 65536)):
                self._heard += data
        return self._heard.decode(errors="replace")

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@contextlib.contextmanager
def overhearing() -> Iterator[Overheard]:
    overheard = Overheard()
    try:
        yield overheard
    finally:
        overheard.close()
