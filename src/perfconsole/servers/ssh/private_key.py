"""Private keys as paramiko uses them."""

from __future__ import annotations

from pathlib import Path

import paramiko


def load_key(path: Path, passphrase: str | None = None) -> paramiko.PKey:
    """Raises OSError; TypeError or PasswordRequiredException when a passphrase is missing;
    anything else when it is the wrong one, or the file is no key that paramiko can use."""
    secret = None if passphrase is None else passphrase.encode()
    return paramiko.PKey.from_path(path, secret)  # type: ignore[arg-type]  # cryptography wants bytes
