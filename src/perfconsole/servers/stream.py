"""The one thing that everything asked of a server goes through, however it is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Stream(Protocol):
    """Both ends of a command that runs on a server."""

    def send(self, data: bytes) -> None:
        """Raises OSError when the command is gone."""

    def receive(self, timeout_s: float) -> bytes:
        """What came; empty at the end. Raises TimeoutError when nothing came in time."""

    def close(self) -> None: ...


Open = Callable[[str], Stream]
"""Runs a command given as one line for whatever shell the login has, its errors in its output.
Raises ServerFault."""
