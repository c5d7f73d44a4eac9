"""Private keys as paramiko uses them."""

from __future__ import annotations

from pathlib import Path

import paramiko


def load_key(path: Path, passphrase: str | None = None) -> paramiko.PKey:
    """Raises OSError; TypeError or PasswordRequiredException when a passphrase is missing;
    ValueError when it is the wrong one; anything when paramiko cannot use the key."""
    secret = None if passphrase is None else passphrase.encode()
    return paramiko.PKey.from_path(path, secret)  # type: ignore[arg-type]  # cryptography wants bytes
