"""The stages of a load → its profile. What is at random comes from a seed, so that it can be had
again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

from perfconsole.model.profile import Profile
from perfconsole.model.sketch import Sketch
from perfconsole.model.stages import (
    CurveSpec,
    ExponentialSpec,
    HoldSpec,
    SpikeSpec,
    StageSpec,
    ToSpec,
    WalkSpec,
    WaveSpec,
    amounts,
    is_rate,
    number,
    stage_kind,
)
from perfconsole.texts import say

WAVE_LINES = 32
"""Straight lines that stand for one period: at most 0.5 % of its height beside the sine."""
GROWTH_A_LINE = 0.1
"""ln of the growth in one line of an exponential: at most 0.13 % beside it."""
LONGEST_STEP = 0.2
"""Of a walk, as a share of its range."""


def of_rates(stages: Iterable[StageSpec]) -> bool:
    """Whether they speak of arrivals a second, and not of VUs."""
    return any(is_rate(amount) for stage in stages for amount in amounts(stage))


def staged(stages: Iterable[StageSpec], seed: str) -> Profile:
    """The profile that `stages` make one after the other, from 0 up; of VUs in whole numbers.

    `seed` is for walks that have none of their own. Raises ValueError with what is wrong.
    """
    listed = tuple(stages)
    rates = of_rates(listed)
    return _drawn(Sketch(whole=not rates), listed, seed, rates=rates)


def staged_from(now: float, stages: Iterable[StageSpec], seed: str, *, rates: bool) -> Profile:
    """The same from the load `now` on, to which the first stage leads at once; of `rates`, or VUs.

    Raises ValueError with what is wrong.
    """
    sketch = Sketch(now, whole=not rates)
    sketch.stage("to")
    return _drawn(sketch, tuple(stages), seed, rates=rates)


def _drawn(sketch: Sketch, stages: Sequence[StageSpec], seed: str, *, rates: bool) -> Profile:
    for place, stage in enumerate(stages, 1):
        if any(is_rate(amount) != rates and number(amount) for amount in amounts(stage)):
            raise ValueError(
                say("stage {n} of load speaks of VUs, another one of a rate; write {right}",
                    n=place, right='"500/s"')
            )  # fmt: skip
        _draw(sketch, stage, f"{seed}/{place}")
    return sketch.profile()


def _draw(sketch: Sketch, stage: StageSpec, seed: str) -> None:
    begin_s = sketch.now_s
    match stage:
        case ToSpec():
            step = number(stage.add) if stage.add is not None else 0.0
            sketch.ramp(number(stage.to), stage.over or 0.0, step, stage.every or 0.0)
            return
        case HoldSpec():
            sketch.line(sketch.value, begin_s + stage.hold)
        case SpikeSpec():
            before = sketch.value
            sketch.jump(number(stage.spike))
            sketch.line(sketch.value, begin_s + stage.lasting)
            sketch.jump(before)
        case WaveSpec():
            _wave(sketch, stage)
        case ExponentialSpec():
            _exponential(sketch, stage)
        case WalkSpec():
            _walk(sketch, stage, Random(seed if stage.seed is None else f"walk {stage.seed}"))
        case CurveSpec():
            _curve(sketch, stage)
    sketch.stage(stage_kind(stage) or "")


def _wave(sketch: Sketch, stage: WaveSpec) -> None:
    least, most = map(number, stage.wave)
    begin_s, swing = sketch.now_s, (most - least) / 2
    lines = max(1, math.ceil(WAVE_LINES * stage.lasting / stage.period))
    sketch.jump(least)
    for line in range(1, lines + 1):
        t = min(stage.lasting, line * stage.period / WAVE_LINES)
        turn = t / stage.period % 1  # 0 gives the least exactly
        sketch.line(least + swing * (1 - math.cos(2 * math.pi * turn)), begin_s + t)


def _exponential(sketch: Sketch, stage: ExponentialSpec) -> None:
    begin_s, end = sketch.now_s, number(stage.exponential)
    start = sketch.value or min(1.0, end)
    lines = max(1, math.ceil(abs(math.log(end / start)) / GROWTH_A_LINE))
    sketch.jump(start)
    for line in range(1, lines + 1):
        share = line / lines
        sketch.line(start * (end / start) ** share, begin_s + stage.over * share)


def _walk(sketch: Sketch, stage: WalkSpec, random: Random) -> None:
    least, most = map(number, stage.walk)
    begin_s, value, longest = sketch.now_s, (least + most) / 2, LONGEST_STEP * (most - least)
    for step in range(math.ceil(stage.lasting / stage.every)):
        sketch.jump(value)
        sketch.line(sketch.value, begin_s + min(stage.lasting, (step + 1) * stage.every))
        value += random.uniform(-longest, longest)
        value = 2 * least - value if value < least else value
        value = 2 * most - value if value > most else value


def _curve(sketch: Sketch, stage: CurveSpec) -> None:
    if isinstance(stage.curve, str):
        raise ValueError(say("the curve {file} was not read", file=stage.curve))
    times, loads = zip(*stage.curve, strict=True)
    values = [number(load) for load in loads]
    high = 1.0 if stage.peak is None else number(stage.peak) / max(values)
    long = 1.0 if stage.lasting is None else stage.lasting / (times[-1] - times[0])
    begin_s = sketch.now_s
    for time, value in zip(times, values, strict=True):
        sketch.line(value * high, begin_s + (time - times[0]) * long)


def ends(stages: Sequence[StageSpec]) -> bool:
    """Whether the last load is 0, and that not by chance."""
    return not isinstance(stages[-1], WalkSpec) and staged(stages, "").target == 0


def highest(stages: Iterable[StageSpec]) -> float:
    """The highest load of `stages`, which a walk may reach or not."""
    return max(_highest(stage) for stage in stages)


def _highest(stage: StageSpec) -> float:
    if isinstance(stage, ToSpec):
        return number(stage.to)
    return max((number(amount) for amount in amounts(stage)), default=0.0)


def stages_by(stages: Iterable[StageSpec], factor: float) -> tuple[StageSpec, ...]:
    """The same stages with every load by `factor`; what was a VU stays at least one."""

    def times(amount: str | float) -> str | int:
        scaled = number(amount) * factor
        if is_rate(amount):
            return f"{scaled:.20f}/s"
        return max(1, round(scaled)) if scaled else 0

    return tuple(_with_amounts(stage, times) for stage in stages)


def _with_amounts(stage: StageSpec, times: Callable[[str | float], str | int]) -> StageSpec:
    changed: dict[str, Any] = {}
    match stage:
        case ToSpec():
            changed = {"to": times(stage.to)}
            if stage.add is not None:
                changed["add"] = times(stage.add)
        case SpikeSpec():
            changed = {"spike": times(stage.spike)}
        case WaveSpec():
            changed = {"wave": tuple(map(times, stage.wave))}
        case ExponentialSpec():
            changed = {"exponential": times(stage.exponential)}
        case WalkSpec():
            changed = {"walk": tuple(map(times, stage.walk))}
        case CurveSpec(curve=tuple() as points):
            if stage.peak is not None:
                return stage.model_copy(update={"peak": times(stage.peak)})
            high = max((load for _, load in points), key=number)
            changed = {"peak": times(high)}
    return stage.model_copy(update=changed)
