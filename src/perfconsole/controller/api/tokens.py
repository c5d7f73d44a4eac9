"""The secrets with which the API over TCP is used, in files that only their owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from perfconsole.journal.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Tokens:
    operator: str
    viewer: str
    """Of those who only look on."""


def new_tokens(folder: RunFolder) -> Tokens:
    """Fresh ones, written into the run's folder. Raises OSError."""
    tokens = Tokens(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    _write(folder.token, tokens.operator)
    _write(folder.viewer_token, tokens.viewer)
    return tokens


def forget(folder: RunFolder) -> None:
    """They are good for nothing when the run is over."""
    for path in (folder.token, folder.viewer_token, folder.api_url):
        with contextlib.suppress(OSError):
            path.unlink()


def _write(path: Path, token: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
