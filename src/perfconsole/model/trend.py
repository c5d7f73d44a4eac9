"""How something moves while the load stays the same."""

from __future__ import annotations

import msgspec


class Trend(msgspec.Struct, frozen=True):
    """A line after Theil and Sen through a stretch of steady load, its first fifth left out."""

    per_h: float
    """What it changes by in an hour, in its own unit; below 0 where it falls."""
    low_per_h: float
    high_per_h: float
    """The interval in which that lies with 95 %."""
    steady: bool
    """Both halves of the stretch agree with the whole; else it takes a longer run to tell."""
    from_s: float
    """The stretch, run seconds."""
    until_s: float
    reaches_limit_s: tuple[float, float] | None
    """Run seconds between which it comes to its limit if it goes on so; None where that cannot be
    told."""
    text: str
    """All of it in a person's words."""
