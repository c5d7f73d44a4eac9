"""Private key files, as far as they tell of themselves without being unlocked."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 1 << 16
_MAGIC = b"openssh-key-v1\0"
_OPENSSH = re.compile(
    rb"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH PRIVATE KEY-----", re.DOTALL
)
_PEM_LOCKED = re.compile(
    rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class KeyFile:
    locked: bool
    """A passphrase is needed."""
    public: bytes | None
    """The public key as it goes over the wire, where it can be known: a help to find it in the
    agent, not a need."""


def key_file(path: Path) -> KeyFile | None:
    """What the file tells; None when it cannot be read. Of what is no key at all, nothing."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES)
    except OSError:
        return None
    beside = _beside(path)
    if (found := _OPENSSH.search(data)) is None:
        return KeyFile(_PEM_LOCKED.search(data) is not None, beside)
    try:
        cipher, public = _opened(base64.b64decode(found[1]))
    except ValueError:
        return KeyFile(False, beside)
    return KeyFile(cipher != b"none", public)


def public_blob(path: Path) -> bytes | None:
    """The public key in or beside a private one's file."""
    found = key_file(path)
    return _beside(path) if found is None else found.public


def _opened(blob: bytes) -> tuple[bytes, bytes]:
    """Cipher and public key (PROTOCOL.key of OpenSSH). Raises ValueError."""
    if not blob.startswith(_MAGIC):
        raise ValueError
    cipher, rest = _string(blob[len(_MAGIC) :])
    _, rest = _string(rest)
    _, rest = _string(rest)
    public, _ = _string(rest[4:])
    return cipher, public


def _string(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length:
        raise ValueError
    return data[4 : 4 + length], data[4 + length :]


def _beside(path: Path) -> bytes | None:
    try:
        return base64.b64decode(Path(f"{path}.pub").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
