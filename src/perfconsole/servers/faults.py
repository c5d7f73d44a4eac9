"""What can be wrong with a server, as one line for a person, and whether to try again."""

from __future__ import annotations

from enum import Enum

from perfconsole.texts import say


class Retry(Enum):
    SOON = "soon"
    """With backoff from 1 s to 60 s."""
    SLOWLY = "slowly"
    """Once a minute: nothing will change by itself soon."""
    NEVER = "never"
    """Trying again could lock an account."""


class ServerFault(Exception):
    """A server did not do what was asked. The message is shown as it is; it holds no secrets."""

    def __init__(self, detail: str, retry: Retry = Retry.SOON) -> None:
        super().__init__(detail)
        self.retry = retry


class Stopped(Exception):
    """The sampler was told to end while its thread waited for something."""


def not_supported(system: str) -> str:
    """Of what is no Linux; `system` is what it said of itself."""
    return say("not supported over SSH; use an exporter ({system})", system=system)
