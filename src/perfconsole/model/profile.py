"""How much load is wanted when: a curve of straight lines and jumps, as a pure law of time.

The load is VUs (whole numbers), or a rate λ(t) of arrivals a second. Of a rate, the integral Λ(t)
is the number of arrivals until t, and arrival i is due at Λ⁻¹(i): computed from the start and not
from the arrival before, so that nothing adds up.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise

import msgspec

MOST_KNOTS = 100_000
"""Of a profile: it travels in one message and is evaluated whole once."""


class Stage(msgspec.Struct, frozen=True, array_like=True):
    """One of the stages that a profile is made of."""

    kind: str
    """As in `stages.STAGE_KINDS`."""
    last: int
    """Place of its last knot."""
    per_s: float = 0.0
    """Its pace: so much more or less each second; or in steps."""
    step: float = 0.0
    every_s: float = 0.0


class Profile(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """Knots at `times` (seconds from its beginning, ascending, the first 0) with `values`.

    Straight between two knots; two knots of the same time are a jump, whose later value holds from
    then on. After the last knot the load stays. What is asked once for each arrival takes O(log n).
    """

    times: tuple[float, ...] = (0.0,)
    values: tuple[float, ...] = (0.0,)
    stages: tuple[Stage, ...] = ()

    # ------------------------------------------------------------ the curve

    @property
    def start(self) -> float:
        """The load before its beginning."""
        return self.values[0]

    @property
    def target(self) -> float:
        """The load for good, from `length_s` on."""
        return self.values[-1]

    @property
    def length_s(self) -> float:
        return self.times[-1]

    @cached_property
    def peak(self) -> float:
        return max(self.values)

    def at(self, t: float) -> float:
        """The load `t` seconds after the beginning; `start` before it."""
        i = bisect_right(self.times, t) - 1
        if i < 0 or i + 1 == len(self.times):
            return self.values[i] if i >= 0 else self.start
        return self.values[i] + self._slope(i) * (t - self.times[i])

    def vus(self, t: float) -> int:
        """The same in whole VUs, of whole knots: never past the line, neither up nor down."""
        i = bisect_right(self.times, t) - 1
        if i < 0 or i + 1 == len(self.times):
            return int(self.values[i] if i >= 0 else self.start)
        (t0, t1), (v0, v1) = self.times[i : i + 2], self.values[i : i + 2]
        done = math.floor(abs(v1 - v0) * (t - t0) / (t1 - t0))
        return int(v0) + (done if v1 >= v0 else -done)

    def most_from(self, t: float) -> float:
        """The highest load from `t` on."""
        i = bisect_right(self.times, t)
        return max(self.at(t), self._highest_from[i] if i < len(self.times) else 0.0)

    # ------------------------------------------------------------ its integral

    def count(self, t: float) -> float:
        """Λ(t): arrivals until `t`, which is not negative."""
        i = bisect_right(self.times, t) - 1
        return self._counts[i] + (self.values[i] + self.at(t)) / 2 * (t - self.times[i])

    def due(self, count: float) -> float:
        """Λ⁻¹: the last moment at which no more than `count` have arrived; infinite if it is all.

        On a sloping line it solves Λ(t) = count by the root that loses no digits.
        """
        i = bisect_right(self._counts, count) - 1
        v0, more = self.values[i], count - self._counts[i]
        if i + 1 == len(self.times):
            return self.times[i] + more / v0 if v0 > 0 else math.inf
        root = v0 + math.sqrt(max(0.0, v0 * v0 + 2 * self._slope(i) * more))
        return min(self.times[i + 1], self.times[i] + (2 * more / root if root else 0.0))

    # ------------------------------------------------------------ its stages

    def stage_at(self, t: float) -> int:
        """Which stage is under way at `t`: the last one after the end."""
        ends = (n for n, stage in enumerate(self.stages) if self.times[stage.last] > t)
        return next(ends, len(self.stages) - 1)

    def changing(self, t: float) -> bool:
        """The load is on its way, and not held or there for good."""
        return t < self.length_s and self.stages[self.stage_at(t)].kind != "hold"

    def sloping(self, t: float) -> bool:
        """The load moves all the time at `t`, if only slowly: it stands on no step."""
        i = bisect_right(self.times, t) - 1
        return 0 <= i < len(self.times) - 1 and self.values[i] != self.values[i + 1]

    def scaled(self, factor: float) -> Profile:
        """Every load by `factor`."""
        return msgspec.structs.replace(self, values=tuple(v * factor for v in self.values))

    # ------------------------------------------------------------ worked out once

    def _slope(self, i: int) -> float:
        """Between knot `i` and the next, which is later."""
        return (self.values[i + 1] - self.values[i]) / (self.times[i + 1] - self.times[i])

    @cached_property
    def _counts(self) -> Sequence[float]:
        """Λ at each knot."""
        lines = zip(pairwise(self.times), pairwise(self.values), strict=True)
        areas = ((v0 + v1) / 2 * (t1 - t0) for (t0, t1), (v0, v1) in lines)
        return [*accumulate(areas, initial=0.0)]

    @cached_property
    def _highest_from(self) -> Sequence[float]:
        """The highest value from each knot on."""
        return [*accumulate(reversed(self.values), max)][::-1]
