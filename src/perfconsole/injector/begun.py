"""How many requests this injector has begun, in memory that outlives it.

When an injector is killed, the controller reads from the file what it had in flight: requests
begun less those reported as finished or cut.
"""

from __future__ import annotations

import mmap
import os

from perfconsole.injector.failure import Unusable
from perfconsole.texts import say

_SIZE = 8


class Begun:
    """A native uint64 at offset 8 x injector of an inherited file.

    Raises Unusable when the file is too short for it.
    """

    __slots__ = ("_cells", "_count", "_injector")

    def __init__(self, fd: int, injector: int) -> None:
        try:
            have = os.fstat(fd).st_size
        except OSError as error:
            raise Unusable(say("the counter file cannot be read: {why}", why=error)) from None
        need = _SIZE * (injector + 1)
        if have < need:
            raise Unusable(
                say(
                    "the counter file has {have} bytes; injector {n} needs {need}",
                    have=have,
                    n=injector,
                    need=need,
                )
            )
        whole = have - have % _SIZE
        self._cells = memoryview(mmap.mmap(fd, whole)).cast("Q")
        self._injector = injector
        self._count = self._cells[injector]

    def add(self) -> None:
        """One more request is wanted."""
        self._count = count = self._count + 1
        self._cells[self._injector] = count
