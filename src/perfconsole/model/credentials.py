"""What a run needs to log in to its servers with and asks nobody for any more."""

from __future__ import annotations

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """All of it is secret; nothing of it is kept."""

    passphrases: dict[str, str] = {}
    """By the path of the key file that each unlocks."""
    passwords: dict[str, str] = {}
    """By the name of the server that each is for."""

    def __repr__(self) -> str:
        return "Credentials(...)"
