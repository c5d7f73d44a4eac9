"""Arrival rates as people write them: ``500/s``, ``300/min``, ``3600/h``."""

from __future__ import annotations

import math
import re

from perfconsole.texts import say

MOST_RATE = 100_000.0
"""Arrivals a second of one group."""


_PER_S = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "m": 60.0, "minute": 60.0,
          "h": 3600.0, "hour": 3600.0}  # fmt: skip
RATE_PATTERN = r"\d+(?:\.\d+)?\s*/\s*(?:second|sec|s|minute|min|m|hour|h)"
_RATE = re.compile(rf"\s*({RATE_PATTERN})\s*$")
_NUMBER = re.compile(r"\s*\d+(?:\.\d+)?\s*$")
RATE_FORMS = '"500/s", "300/min" or "3600/h"'


def parse_rate(value: str | float) -> float:
    """Arrivals a second. A bare number is a second's. Raises ValueError with what is right."""
    if isinstance(value, str) and _RATE.match(value):
        number, unit = value.split("/")
        rate = float(number) / _PER_S[unit.strip()]
    elif _is_number(value):
        rate = float(value)
    else:
        raise ValueError(say("{value!r} is no rate; write {forms}", value=value, forms=RATE_FORMS))
    if not 0 <= rate <= MOST_RATE:
        raise ValueError(say("a rate is at most {most:,.0f}/s", most=MOST_RATE))
    return rate


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return _NUMBER.match(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def rate_text(rate: float) -> str:
    """``500/s``; what is below one a second in a longer unit: ``12/min``."""
    if rate >= 1 or rate == 0:
        return f"{round(rate, 2 if rate < 100 else 1):g}/s" if rate < 1000 else f"{rate:,.0f}/s"
    return f"{rate * 60:.3g}/min" if rate * 60 >= 1 else f"{rate * 3600:.3g}/h"
