"""Lengths of time as people write them: ``30s``, ``2m``, ``1h30m``, ``250ms``."""

from __future__ import annotations

import math
import re

from perfconsole.texts import say

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)"
DURATION_PATTERN = rf"(?:{_PART}\s*)+"
_WHOLE = re.compile(rf"\s*(?:{DURATION_PATTERN})$")


def parse_duration(value: str | float) -> float:
    """Seconds. A bare number is seconds. Raises ValueError saying what would be right."""
    if isinstance(value, bool):
        raise ValueError(say('a time is needed, such as "30s" or "2m"'))
    if isinstance(value, int | float):
        seconds = float(value)
    elif isinstance(value, str) and _WHOLE.match(value):
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", value)
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    else:
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            raise ValueError(
                say('{value!r} is no time; write one such as "30s" or "2m"', value=value)
            ) from None
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(say('{value!r} is no time; write one such as "30s" or "2m"', value=value))
    return seconds


def clock(seconds: float) -> str:
    """``00:12:31``: a run's own time."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def short(seconds: float) -> str:
    """``90 s`` as ``1m30s``, for sentences and titles."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60:
        return f"{seconds:g}s"
    whole = round(seconds)
    parts = (
        (whole // 86400, "d"),
        (whole % 86400 // 3600, "h"),
        (whole % 3600 // 60, "m"),
        (whole % 60, "s"),
    )
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def exact(seconds: float) -> str | float:
    """As `short`, but so that reading it gives the same again; a number where no text does."""
    ms = round(seconds * 1000)
    if ms % 1000 and ms > 1000:
        rest = ms % 60_000 / 1000
        text = (short(ms // 60_000 * 60) if ms >= 60_000 else "") + f"{rest:g}s"
    else:
        text = short(ms / 1000) if ms else "0s"
    return text if math.isclose(parse_duration(text), seconds, rel_tol=1e-12) else seconds
