"""Arrival rates: how many iterations a second are wanted, and when each of them is due.

A ramp is a rate λ(t), piecewise linear in the time t since it began; its integral Λ(t) is the
number of arrivals until then. Arrival i is due at Λ⁻¹(i): computed from the start and not from
the arrival before, so that nothing adds up.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right

import msgspec

from perfconsole.model.duration import DURATION_PATTERN, parse_duration
from perfconsole.texts import say

MOST_RATE = 100_000.0
"""Arrivals a second of one group."""


class RateRamp(msgspec.Struct, frozen=True, array_like=True):
    """From `start` to `target` arrivals a second: at once, over `over_s`, or in steps.

    With `step` the rate changes by so much every `every_s`, the first time at once.
    """

    start: float
    target: float
    over_s: float = 0.0
    step: float = 0.0
    every_s: float = 0.0

    @property
    def length_s(self) -> float:
        """Seconds from the beginning until the rate is `target` for good."""
        return (self._steps - 1) * self.every_s if self._steps else self.over_s

    def at(self, t: float) -> float:
        """λ(t), arrivals a second; `target` from `length_s` on."""
        if t >= self.length_s:
            return self.target
        if self._steps:
            return self._step_rate(int(t / self.every_s))
        return self.start + self._slope * t

    def count(self, t: float) -> float:
        """Λ(t): arrivals until `t`, which is not negative."""
        length_s = self.length_s
        if t > length_s:
            return self.count(length_s) + self.target * (t - length_s)
        if self._steps:
            done = int(t / self.every_s)
            return self._stepped(done) + self._step_rate(done) * (t - done * self.every_s)
        return self.start * t + self._slope * t * t / 2

    def due(self, count: float) -> float:
        """Λ⁻¹: the last moment at which no more than `count` have arrived; infinite if it is all.

        A linear ramp solves Λ(t) = count by the root that loses no digits.
        """
        length_s = self.length_s
        whole = self.count(length_s)
        if count >= whole:
            return length_s + (count - whole) / self.target if self.target > 0 else math.inf
        if self._steps:
            done = bisect_right(range(self._steps), count, key=self._stepped) - 1
            return done * self.every_s + (count - self._stepped(done)) / self._step_rate(done)
        root = math.sqrt(max(0.0, self.start**2 + 2 * self._slope * count))
        return 2 * count / (self.start + root) if self.start + root else 0.0

    def continued_from(self, rate: float) -> RateRamp:
        """The rest of this ramp at its own pace, from `rate` instead of from where it stood."""
        distance = abs(self.target - self.start)
        share = abs(self.target - rate) / distance if distance else 0.0
        return msgspec.structs.replace(self, start=rate, over_s=self.over_s * share)

    # ------------------------------------------------------------ its parts

    @property
    def _slope(self) -> float:
        return (self.target - self.start) / self.over_s if self.over_s else 0.0

    @property
    def _steps(self) -> int:
        """How many steps it takes; 0 when it does not go in steps."""
        if not (self.step > 0 and self.every_s > 0):
            return 0
        return max(1, math.ceil(round(abs(self.target - self.start) / self.step, 9)))

    def _step_rate(self, done: int) -> float:
        """The rate when `done` steps are over and the next one has been taken."""
        if done >= self._steps - 1:
            return self.target
        return self.start + math.copysign(self.step, self.target - self.start) * (done + 1)

    def _stepped(self, done: int) -> float:
        """Arrivals of the first `done` steps, the last step not among them."""
        rise = math.copysign(self.step, self.target - self.start)
        return self.every_s * (done * self.start + rise * done * (done + 1) / 2)


# ---------------------------------------------------------------- as people write them

_PER_S = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "m": 60.0, "minute": 60.0,
          "h": 3600.0, "hour": 3600.0}  # fmt: skip
_RATE_PATTERN = r"\d+(?:\.\d+)?\s*/\s*(?:second|sec|s|minute|min|m|hour|h)"
_RATE = re.compile(rf"\s*({_RATE_PATTERN})\s*$")
_NUMBER = re.compile(r"\s*\d+(?:\.\d+)?\s*$")
_LINEAR = re.compile(rf"\s*to\s+({_RATE_PATTERN})\s+over\s+({DURATION_PATTERN})\s*$")
_STEPS = re.compile(rf"\s*({_RATE_PATTERN})\s+every\s+({DURATION_PATTERN})\s*$")
RATE_FORMS = '"500/s", "300/min" or "3600/h"'
RATE_RAMP_FORMS = '"to 500/s over 2m" or "50/s every 30s"'


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


def is_rate_ramp(text: str) -> bool:
    """Whether a ramp speaks of a rate, well or badly, and not of VUs."""
    return "/" in text


def parse_rate_ramp(text: str, rate: float | None) -> RateRamp:
    """The ramp that `text` describes, from 0 up; `rate` is the group's own, if given.

    Raises ValueError with what is wrong and what would be right.
    """
    if match := _STEPS.match(text):
        step, every_s = parse_rate(match[1]), parse_duration(match[2])
        if rate is None:
            raise ValueError(say('a ramp in steps needs the group\'s "rate" to know where to end'))
        if step <= 0 or every_s <= 0:
            raise ValueError(
                say("a ramp needs a rate and a time above 0, as in {forms}", forms=RATE_RAMP_FORMS)
            )
        return RateRamp(0.0, rate, step=step, every_s=every_s)
    if match := _LINEAR.match(text):
        target, over_s = parse_rate(match[1]), parse_duration(match[2])
        if rate is not None and not math.isclose(rate, target):
            raise ValueError(
                say(
                    "the ramp goes to {target}, but rate is {rate}; make them equal",
                    target=rate_text(target),
                    rate=rate_text(rate),
                )
            )
        return RateRamp(0.0, target, over_s=over_s)
    raise ValueError(
        say(
            "{text!r} does not say so many a second; write {forms}",
            text=text,
            forms=RATE_RAMP_FORMS,
        )
    )


def rate_text(rate: float) -> str:
    """``500/s``; what is below one a second in a longer unit: ``12/min``."""
    if rate >= 1 or rate == 0:
        return f"{round(rate, 2 if rate < 100 else 1):g}/s" if rate < 1000 else f"{rate:,.0f}/s"
    return f"{rate * 60:.3g}/min" if rate * 60 >= 1 else f"{rate * 3600:.3g}/h"
