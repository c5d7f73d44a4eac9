"""Times that a VU lets pass: think time and pacing, fixed or drawn from a distribution."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from random import Random
from typing import Literal

import msgspec

from perfconsole.model.duration import DURATION_PATTERN, parse_duration, short
from perfconsole.texts import say

WaitKind = Literal["constant", "uniform", "normal", "exponential", "lognormal"]
LONGEST_S = 7 * 86400.0
"""No time that a person gives is longer."""
WAIT_FORMS = '"2s", "1s to 3s", "normal 3s sd 1s", "exponential 3s" or "lognormal 3s sd 2s"'
PACING_FORMS = '"after 5s", "after 3s to 6s", "every 60s" or "every 50s to 70s"'

_NOTHING_S = 1e-9
_TIME = rf"({DURATION_PATTERN}|\d+(?:\.\d+)?)"
_CONSTANT = re.compile(rf"\s*{_TIME}\s*$")
_UNIFORM = re.compile(rf"\s*{_TIME}\s+to\s+{_TIME}\s*$")
_SPREAD = re.compile(rf"\s*(normal|lognormal)\s+{_TIME}\s+sd\s+{_TIME}\s*$")
_EXPONENTIAL = re.compile(rf"\s*exponential\s+{_TIME}\s*$")


class Wait(msgspec.Struct, frozen=True, array_like=True):
    """Seconds. `first` and `second` are what `kind` needs.

    constant: the time; uniform: the least and the most; normal and lognormal: mean and standard
    deviation of the times themselves (a normal one is cut at 0); exponential: the mean.
    """

    kind: WaitKind
    first: float
    second: float = 0.0

    def drawn(self, random: Random) -> float:
        """One time, never negative."""
        match self.kind:
            case "constant":
                return self.first
            case "uniform":
                return random.uniform(self.first, self.second)
            case "normal":
                return max(0.0, random.gauss(self.first, self.second))
            case "exponential":
                return random.expovariate(1 / self.first) if self.first else 0.0
            case "lognormal":
                return self._lognormal(random)

    def _lognormal(self, random: Random) -> float:
        """With σ² = ln(1 + sd²/mean²), μ = ln(mean) − σ²/2 the times have that mean and sd."""
        if self.first < _NOTHING_S:
            return 0.0
        variance = math.log1p((self.second / self.first) ** 2)
        return random.lognormvariate(math.log(self.first) - variance / 2, math.sqrt(variance))

    @property
    def mean_s(self) -> float:
        """For "normal" that of the distribution before its cut."""
        return (self.first + self.second) / 2 if self.kind == "uniform" else self.first

    @property
    def text(self) -> str:
        """As a person writes it."""
        first, second = _exact(self.first), _exact(self.second)
        match self.kind:
            case "constant":
                return first
            case "uniform":
                return f"{first} to {second}"
            case "exponential":
                return f"exponential {first}"
            case kind:
                return f"{kind} {first} sd {second}"


class Pacing(msgspec.Struct, frozen=True, array_like=True):
    """Between two iterations: so long ``after`` the end of one, or from begin to begin (``every``).

    An iteration that took longer than ``every`` asks for is followed by the next at once.
    """

    kind: Literal["after", "every"]
    wait: Wait

    @property
    def text(self) -> str:
        """As a person writes it."""
        return f"{self.kind} {self.wait.text}"


def parse_wait(value: str | float) -> Wait:
    """Raises ValueError with what is right."""
    text = str(value)
    if match := _UNIFORM.match(text):
        low, high = _time(match[1]), _time(match[2])
        if low > high:
            raise ValueError(say("the first time is above the second"))
        return Wait("constant", low) if low == high else Wait("uniform", low, high)
    if match := _SPREAD.match(text):
        kind: WaitKind = "normal" if match[1] == "normal" else "lognormal"
        return Wait(kind, _time(match[2]), _time(match[3]))
    if match := _EXPONENTIAL.match(text):
        return Wait("exponential", _time(match[1]))
    if _CONSTANT.match(text) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return Wait("constant", _time(value))
    raise ValueError(say("write {forms}", forms=WAIT_FORMS))


def _time(value: str | float) -> float:
    seconds = parse_duration(value)
    if seconds > LONGEST_S:
        raise ValueError(say("no time is longer than {most}", most=short(LONGEST_S)))
    return seconds


def _exact(seconds: float) -> str:
    """What reads as just that time, short where it can be."""
    text = short(seconds)
    return text if parse_duration(text) == seconds else f"{Decimal(repr(seconds)):f}s"


def parse_pacing(text: str) -> Pacing:
    """Raises ValueError with what is right."""
    kind, _, rest = text.strip().partition(" ")
    try:
        wait = parse_wait(rest)
    except ValueError:
        wait = None
    if wait is None or kind not in ("after", "every"):
        raise ValueError(say("write {forms}", forms=PACING_FORMS))
    return Pacing("after" if kind == "after" else "every", wait)
