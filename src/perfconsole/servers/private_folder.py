"""A folder of our own for what other programs want a path of: sockets, pipes, a line of a file."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

_LONGEST = 50
"""Of the folder for temporary files: a socket's path has 100 characters."""


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Nobody but its owner can open it; removed on leaving."""
    usual = tempfile.gettempdir()
    base = usual if len(usual) <= _LONGEST else "/tmp"
    with tempfile.TemporaryDirectory(
        prefix="perfconsole-", dir=base, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
