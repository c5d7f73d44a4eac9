"""Profiles while they are put together: ramps, and what is left of a profile after a hand."""

from __future__ import annotations

import math

from perfconsole.model.profile import MOST_KNOTS, Profile, Stage
from perfconsole.texts import say


class Sketch:
    """Knots one after the other, from `start`; `whole` makes all loads whole numbers (VUs)."""

    def __init__(self, start: float = 0.0, *, whole: bool = False) -> None:
        self._whole = whole
        self._times = [0.0]
        self._values = [self._rounded(start)]
        self._stages: list[Stage] = []

    @property
    def now_s(self) -> float:
        return self._times[-1]

    @property
    def value(self) -> float:
        return self._values[-1]

    def jump(self, value: float) -> None:
        """To `value` at once."""
        self._knot(self.now_s, value)

    def line(self, value: float, at_s: float) -> None:
        """Straight to `value` until `at_s`, not before now."""
        self._knot(at_s, value)

    def ramp(self, target: float, over_s: float, step: float, every_s: float) -> None:
        """To `target`: at once, over a time, or in steps of which the first is taken at once."""
        start, begin_s = self.value, self.now_s
        if step > 0 and every_s > 0:
            distance = abs(target - start)
            # 9 digits: 0.3 by 0.1 are three steps.
            steps = max(1, math.ceil(round(distance / step, 9)))
            self._make_room(2 * steps)
            for done in range(1, steps):
                self.jump(start + math.copysign(step * done, target - start))
                self.line(self.value, begin_s + done * every_s)
            self.jump(target)
            self.stage("to", step=step, every_s=every_s)
        elif over_s > 0:
            self.line(target, begin_s + over_s)
            self.stage("to", per_s=abs(target - start) / over_s)
        else:
            self.jump(target)
            self.stage("to")

    def stage(
        self, kind: str, *, per_s: float = 0.0, step: float = 0.0, every_s: float = 0.0
    ) -> None:
        """A stage of `kind` ends here."""
        self._stages.append(Stage(kind, len(self._times) - 1, per_s, step, every_s))

    def profile(self) -> Profile:
        return Profile(tuple(self._times), tuple(self._values), tuple(self._stages))

    def _knot(self, at_s: float, value: float) -> None:
        rounded = self._rounded(value)
        if at_s == self._times[-1] and rounded == self._values[-1]:
            return
        self._make_room(1)
        self._times.append(at_s)
        self._values.append(rounded)

    def _make_room(self, knots: int) -> None:
        if len(self._times) + knots > MOST_KNOTS:
            raise ValueError(
                say("this load changes more than {most:,} times; let it change less often",
                    most=MOST_KNOTS // 2)
            )  # fmt: skip

    def _rounded(self, value: float) -> float:
        return float(round(value)) if self._whole else value


def ramp(
    start: float, target: float, over_s: float = 0.0, step: float = 0.0, every_s: float = 0.0
) -> Profile:
    """From `start` to `target`: at once, linearly over `over_s`, or by `step` every `every_s`.

    In steps, the first one is taken at once, as LoadRunner does. Raises ValueError when there are
    too many.
    """
    sketch = Sketch(start)
    sketch.ramp(target, over_s, step, every_s)
    return sketch.profile()


def rest_of(profile: Profile, elapsed_s: float, now: float, *, whole: bool = False) -> Profile:
    """What is left of `profile` after `elapsed_s`, for a load that a hand has moved to `now`.

    It leads back at the pace of the stage under way (of the last ramp before it, for a stage of
    another kind): to the end of a ramp, else to where that stage stood; then all goes on as it
    was. `whole`: loads are VUs.
    """
    at = profile.stage_at(elapsed_s)
    stage = profile.stages[at]
    ramps = (one for one in reversed(profile.stages[: at + 1]) if one.kind == "to")
    pace = next(ramps, Stage("to", 0))
    if stage.kind == "to":
        joined_s, goal, left = profile.times[stage.last], profile.values[stage.last], stage.last + 1
    else:
        joined_s = min(elapsed_s, profile.length_s)
        goal = profile.vus(elapsed_s) if whole else profile.at(elapsed_s)
        left = sum(time <= elapsed_s for time in profile.times)
    over_s = abs(goal - now) / pace.per_s if pace.per_s else 0.0
    way = ramp(now, goal, over_s, pace.step, pace.every_s)
    before = len(way.times)
    return Profile(
        (*way.times, *(way.length_s + (time - joined_s) for time in profile.times[left:])),
        (*way.values, *profile.values[left:]),
        (
            Stage("to", before - 1, pace.per_s, pace.step, pace.every_s),
            *(
                Stage(one.kind, one.last - left + before, one.per_s, one.step, one.every_s)
                for one in profile.stages[at + (stage.kind == "to") :]
                if one.last >= left
            ),
        ),
    )
