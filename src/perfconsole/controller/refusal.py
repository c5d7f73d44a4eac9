"""What a command that cannot be done is answered with."""

from __future__ import annotations


class Refusal(Exception):
    """The command cannot be done; nothing was changed. str() says why."""
