"""Load curves: how many VUs are wanted at a moment, as pure functions of elapsed time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from perfconsole.model.duration import DURATION_PATTERN, parse_duration
from perfconsole.texts import say


@dataclass(frozen=True, slots=True)
class Ramp:
    """From `start` VUs to `target`: at once, linearly over `over_s`, or `step` VUs every `every_s`.

    A stepwise ramp takes its first step at once, as LoadRunner does.
    """

    start: int
    target: int
    over_s: float = 0.0
    step: int = 0
    every_s: float = 0.0

    def at(self, elapsed_s: float) -> int:
        """VUs wanted `elapsed_s` seconds after the ramp began; monotonic, never past `target`."""
        if elapsed_s < 0:
            return self.start
        distance = abs(self.target - self.start)
        if self.step and self.every_s > 0:
            done = min(distance, self.step * (1 + int(elapsed_s / self.every_s)))
        elif self.over_s > 0 and elapsed_s < self.over_s:
            done = math.floor(distance * elapsed_s / self.over_s)
        else:
            done = distance
        return self.start + (done if self.target >= self.start else -done)

    @property
    def length_s(self) -> float:
        """Seconds from the beginning until `at` is `target` for good."""
        if self.step and self.every_s > 0:
            steps = math.ceil(abs(self.target - self.start) / self.step)
            return max(0, steps - 1) * self.every_s
        return self.over_s

    def continued_from(self, vus: int) -> Ramp:
        """The rest of this ramp at its own pace, from `vus` instead of from where it stood."""
        distance = abs(self.target - self.start)
        share = abs(self.target - vus) / distance if distance else 0.0
        return replace(self, start=vus, over_s=self.over_s * share)


_STEPS = re.compile(rf"^\s*(\d+)\s+every\s+({DURATION_PATTERN})\s*$")
_LINEAR = re.compile(rf"^\s*to\s+(\d+)\s+over\s+({DURATION_PATTERN})\s*$")
RAMP_FORMS = '"5 every 15s" or "to 200 over 2m"'


def parse_ramp(text: str, vus: int | None) -> Ramp:
    """The ramp that `text` describes, from 0 VUs up; `vus` is the group's own number, if given.

    Raises ValueError with what is wrong and what would be right.
    """
    if match := _STEPS.match(text):
        step, every_s = int(match[1]), parse_duration(match[2])
        if vus is None:
            raise ValueError(say('a ramp in steps needs the group\'s "vus" to know where to end'))
        if step < 1 or every_s <= 0:
            raise ValueError(
                say(
                    "a ramp needs at least 1 VU and a time above 0, as in {forms}", forms=RAMP_FORMS
                )
            )
        return Ramp(0, vus, step=step, every_s=every_s)
    if match := _LINEAR.match(text):
        target, over_s = int(match[1]), parse_duration(match[2])
        if vus is not None and vus != target:
            raise ValueError(
                say(
                    "the ramp goes to {target}, but vus is {vus}; make them equal",
                    target=target,
                    vus=vus,
                )
            )
        return Ramp(0, target, over_s=over_s)
    raise ValueError(say("{text!r} is no ramp; write {forms}", text=text, forms=RAMP_FORMS))
