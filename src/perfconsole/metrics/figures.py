"""Numbers as a person reads them, the same on the screen and in every report."""

from __future__ import annotations

import math

UNKNOWN = "–"
"""What was not measured; never 0."""

_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BEYOND_SCALES = 1e15


def three_digits(value: float | None) -> str:
    """Three significant digits, two with a scale letter to stay short: ``0.25``, ``231``, ``1.4k``.

    Whole numbers stay whole; None and NaN are ``–``.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= _BEYOND_SCALES:
        return f"{value:.2g}"
    for scale, letter in _SCALES:
        if size >= scale * 0.9995:
            scaled = value / scale
            return f"{scaled:.1f}{letter}" if abs(scaled) < 99.95 else f"{scaled:.0f}{letter}"
    if size == int(size) or size >= 99.95:
        return f"{value:.0f}"
    if size >= 9.995:
        return _plain(f"{value:.1f}")
    return _plain(f"{value:.2f}") if size >= 0.0995 else f"{value:.2g}"


def _plain(text: str) -> str:
    return text.rstrip("0").rstrip(".")


def percent(value: float | None, places: int = 1) -> str:
    """``97.2 %``; only what is exactly 0 or 100 is shown as such, so that one failure is seen."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    shown = round(value, places)
    step = 10.0**-places
    if shown >= 100 > value:
        shown = 100 - step
    elif shown <= 0 < value:
        shown = step
    return f"{shown:.{places}f}".removesuffix("." + "0" * places) + " %"


def milliseconds(value: float | None, gap: str = " ") -> str:
    """``231 ms``; from a second on in seconds, ``1.4 s``. `gap` stands before the unit."""
    if value is None:
        return UNKNOWN
    if value < 999.5:
        return f"{three_digits(value)}{gap}ms"
    return f"{three_digits(value / 1000)}{gap}s"


def count(value: int) -> str:
    """An exact count, thousands apart: ``1,204,311``."""
    return f"{value:,}"


def byte_size(value: float | None) -> str:
    """``3.2 MB``; decimal units, as networks are measured."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    for scale, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= scale * 0.9995:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.0f} B"
