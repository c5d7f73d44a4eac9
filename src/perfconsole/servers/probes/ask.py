"""One command that is run on a server again and again for the numbers in its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says; what it does not say is unknown."""

    gauges: Mapping[str, float] = field(default_factory=dict)
    """By the metric's name within its probe: ``connections_percent``."""
    counters: Mapping[str, float] = field(default_factory=dict)
    """Of what only rises: told as a rate a second under the same name, ``lock_waits_s``."""
    lacks: str = ""
    """What should be there and is not, in one line; empty: all is."""


class Unreadable(ValueError):
    """The answer holds no number where one should be; the text says so in one line."""


@dataclass(frozen=True, slots=True)
class Ask:
    argv: tuple[str, ...]
    """Data, never a shell's text; holds no secret."""
    parse: Callable[[str], Reading]
    """Of the whole output, or of one line of it when it `streams`. Raises Unreadable."""
    stdin: str = ""
    """What the command reads, SQL for one."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables set for the command. Their values may be secret: they go over the connection."""
    streams: bool = False
    """The command keeps running and writes a line for each reading: ``jstat -gc PID 2s``."""
    every_s: float = 10.0
    timeout_s: float = 5.0
