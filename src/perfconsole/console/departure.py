"""How a person left the console, for whoever started it to say the right thing afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from perfconsole.metrics.view import RunView


class Leave(StrEnum):
    DETACHED = "detached"
    """The run goes on."""
    ENDED = "ended"
    """The run was over."""
    STOPPED = "stopped"
    """Told to stop from here, and left before its end was seen."""
    LOST = "lost"
    """The controller could not be reached any more."""
    TERMINATED = "terminated"
    """A signal, or the terminal, ended the console; the run goes on."""


@dataclass(frozen=True, slots=True)
class Departure:
    how: Leave
    view: RunView | None
    """The run as last seen; None when nothing was seen of it."""
