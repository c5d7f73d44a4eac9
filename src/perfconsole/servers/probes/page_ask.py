"""One page that is asked for again and again, from this machine, for the numbers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from perfconsole.servers.probes.ask import Reading


@dataclass(frozen=True, slots=True)
class PageAsk:
    url: str
    parse: Callable[[str], Reading]
    """Of the whole body. Raises Unreadable."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Their values may be secret."""
    every_s: float = 10.0
    timeout_s: float = 5.0
