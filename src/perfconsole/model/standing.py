"""How a server metric stands against its limit."""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    OK = "ok"
    OVER = "over"
    """The last sample was beyond the limit; that alone is no breach."""
    BREACHED = "breached"
    UNKNOWN = "unknown"
    """Nothing is known of it now: neither well nor over."""
