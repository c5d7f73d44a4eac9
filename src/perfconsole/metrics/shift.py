"""By how much one set of values lies above another, and whether that is more than their noise."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

FEWEST = 6
"""Values of each that it takes."""
CONFIDENCE = 0.99
"""Several figures are compared at once."""


class Shift(NamedTuple):
    """In the unit of the values."""

    value: float
    low: float
    high: float
    """The interval in which it lies with `CONFIDENCE`."""

    @property
    def is_sure(self) -> bool:
        return self.low > 0 or self.high < 0


def shift(before: Sequence[float], after: Sequence[float]) -> Shift | None:
    """The median of all differences between the two (Hodges and Lehmann 1963), and the interval
    that the ranks of Mann and Whitney give it (Moses; Hollander, Wolfe and Chicken, Nonparametric
    Statistical Methods, 2014, 4.3, large samples). A few wild values do not move it. None where
    there are too few to tell."""
    m, n = len(before), len(after)
    if m < FEWEST or n < FEWEST:
        return None
    differences = np.sort(np.subtract.outer(np.asarray(after), np.asarray(before)), axis=None)
    deviation = sqrt(m * n * (m + n + 1) / 12)
    reach = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * deviation
    rank = max(1, floor(m * n / 2 - reach))
    value = float(np.median(differences))
    return Shift(value, float(differences[rank - 1]), float(differences[m * n - rank]))
