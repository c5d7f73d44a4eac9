"""The y axis: round ticks (1-2-5), linear or logarithmic, and the words on the axes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import ceil, floor, log10

MOST_INTERVALS = 3
_LEAST, _MOST = 1e-9, 1e15
"""What is drawn is clamped to ±`_MOST`; axes shorter than `_LEAST` are not drawn."""


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    """`high` is above `low`; both are above 0 when `log`."""
    ticks: tuple[float, ...]
    """Ascending, from `low` to `high`."""
    log: bool = False

    def row(self, value: float, rows: int) -> int:
        """The row of `value` among `rows`, 0 at the top; what lies outside is at the edge."""
        if value <= self.low:
            return rows - 1
        if value >= self.high:
            return 0
        if self.log:
            share = log10(value / self.low) / log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return rows - 1 - int(share * (rows - 1) + 0.5)


def nice_step(low: float, high: float) -> float:
    """The smallest 1, 2 or 5 × 10ⁿ of which three steps or fewer cover low…high."""
    for exponent in count(floor(log10((high - low) / MOST_INTERVALS)) - 1):
        for multiple in (1, 2, 5):
            step = multiple * 10.0**exponent
            if _above(high, step) - _below(low, step) <= MOST_INTERVALS:
                return step
    raise AssertionError  # count() does not end


def _above(value: float, step: float) -> int:
    return ceil(round(value / step, 9))


def _below(value: float, step: float) -> int:
    return floor(round(value / step, 9))


def clamped(value: float) -> float:
    return max(-_MOST, min(_MOST, value))


def linear(low: float, high: float, ceiling: float | None = None) -> Scale:
    """An axis from 0 (or below, for negative values) to a round number at or above `high`.

    `ceiling` fixes the upper end.
    """
    low, high = min(0.0, clamped(low)), clamped(high)
    if ceiling is not None and ceiling > low:
        return Scale(low, ceiling, (low, low + (ceiling - low) / 2, ceiling))
    high = max(high, 0.0)
    if high - low < _LEAST:
        return Scale(0.0, 1.0, (0.0, 1.0))
    step = nice_step(low, high)
    ticks = tuple(n * step for n in range(_below(low, step), _above(high, step) + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def logarithmic(low: float, high: float) -> Scale:
    """An axis of whole decades; `low` and `high` are positive. At most four ticks."""
    first = floor(round(log10(max(_LEAST, clamped(low))), 9))
    last = max(first + 1, ceil(round(log10(max(_LEAST, clamped(high))), 9)))
    stride = max(1, ceil((last - first) / MOST_INTERVALS))
    last = first + stride * ceil((last - first) / stride)
    ticks = tuple(10.0**n for n in range(first, last + 1, stride))
    return Scale(ticks[0], ticks[-1], ticks, log=True)


def steady(before: Scale | None, fresh: Scale) -> Scale:
    """`before` as long as it shows what `fresh` does and not much more: axes must not flicker."""
    if before is None or before.log or fresh.log or before.low > fresh.low:
        return fresh
    return before if fresh.high <= before.high < 2 * fresh.high else fresh


def axis_label(value: float) -> str:
    """Three significant digits, fewer where five characters are too few: ``1.2k``, ``5e-4``."""
    size, letter = abs(value), ""
    for factor, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= 0.9995 * factor:
            value, letter = value / factor, name
            break
    for digits in (3, 2, 1):
        label = f"{value:.{digits}g}{letter}"
        if len(label) <= 5 and "e" not in label:
            return label
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}{letter}"


def clock(seconds: float) -> str:
    """Run time as ``mm:ss``, from an hour on ``h:mm:ss``."""
    whole = int(max(0.0, clamped(seconds)))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"
