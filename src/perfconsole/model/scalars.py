"""Single values of a scenario, as a person writes them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from perfconsole.model.duration import parse_duration
from perfconsole.model.rate import parse_rate
from perfconsole.texts import say

Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds, written as ``30s``, ``2m``, ``1h30m`` or a bare number of seconds."""

Rate = Annotated[float, BeforeValidator(parse_rate)]
"""Arrivals a second, written as ``500/s``, ``300/min``, ``3600/h`` or a bare number a second."""

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
MOST_VUS = 1_000_000
VuCount = Annotated[int, Field(ge=1, le=MOST_VUS)]
Percent = Annotated[float, Field(ge=0, le=100)]
Scalar = str | int | float

OnError = Literal["continue", "next_iteration", "stop_vu", "stop_group"]
"""What a VU does when a step of its flow fails."""

_TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_UNITS = {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2}
_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b?)\s*$", re.IGNORECASE)
_SPEEDS = {"bit": 1.0, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9}
_SPEED = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([kmg]?bit)\s*/\s*s\s*$", re.IGNORECASE)


def parse_size(value: str | float) -> int:
    """Bytes, written as ``20 KB``, ``1.5 MB``, ``64 KiB`` or a bare number.

    Raises ValueError with what is right.
    """
    match = _SIZE.match(str(value))
    unit = match[2].lower() if match else "?"
    if match is None or unit not in _UNITS or isinstance(value, bool):
        raise ValueError(say("{value!r} is no size; write 500, 20 KB or 1.5 MB", value=value))
    return round(float(match[1]) * _UNITS[unit])


def size_text(size: int) -> str:
    """Bytes as a person writes them: ``20 KB``, or all of them where they are no round number."""
    for unit, count in (("GB", 1000**3), ("MB", 1000**2), ("KB", 1000)):
        if size >= count and size % (count // 10) == 0:
            return f"{size / count:g} {unit}"
    return say("{size:,} bytes", size=size)


def parse_speed(value: Any) -> float:
    """Bits a second, as ``2Mbit/s`` or a bare number. Raises ValueError with what is right."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    match = _SPEED.match(value) if isinstance(value, str) else None
    if match is None or not float(match[1]):
        raise ValueError(say("{value!r} is no bandwidth; write 512kbit/s or 2Mbit/s", value=value))
    return float(match[1]) * _SPEEDS[match[2].lower()]


Bandwidth = Annotated[float, BeforeValidator(parse_speed)]
"""Bits a second, written as ``512kbit/s`` or ``2Mbit/s``."""


def _header_name(name: str) -> str:
    if not _TOKEN.match(name):
        raise ValueError(say("{name!r} is no header name", name=name))
    return name


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        _header_name(name)
        if name.lower() in ("content-length", "transfer-encoding", "connection"):
            raise ValueError(say("{name} is set by perfconsole itself; leave it out", name=name))
        if any(ord(c) < 32 and c != "\t" for c in text) or not _latin(text):
            raise ValueError(
                say("the value of {name} has characters that no header can carry", name=name)
            )
    return value


def _latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


HeaderName = Annotated[str, AfterValidator(_header_name)]
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
