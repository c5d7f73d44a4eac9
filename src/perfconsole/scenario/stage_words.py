"""The stages of a load in words, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfconsole.model.duration import short
from perfconsole.model.rate import rate_text
from perfconsole.model.stages import (
    CurveSpec,
    ExponentialSpec,
    HoldSpec,
    SpikeSpec,
    StageSpec,
    ToSpec,
    WalkSpec,
    WaveSpec,
    is_rate,
    number,
)
from perfconsole.texts import say


def amount_text(amount: str | float) -> str:
    """``200``, or ``500/s``."""
    return rate_text(number(amount)) if is_rate(amount) else f"{number(amount):,.10g}"


def stage_text(stage: StageSpec) -> str:  # noqa: PLR0911 - one case per kind of stage
    """``to 200 over 2m``."""
    match stage:
        case ToSpec(to=to, over=float() as over):
            return say("to {load} over {time}", load=amount_text(to), time=short(over))
        case ToSpec(to=to, add=str() | int() | float() as add, every=float() as every):
            return say("to {load}, {step} every {time}", load=amount_text(to),
                       step=amount_text(add), time=short(every))  # fmt: skip
        case ToSpec(to=to):
            return say("to {load} at once", load=amount_text(to))
        case HoldSpec():
            return say("hold {time}", time=short(stage.hold))
        case SpikeSpec():
            return say("spike of {load} for {time}", load=amount_text(stage.spike),
                       time=short(stage.lasting))  # fmt: skip
        case WaveSpec(wave=(least, most)):
            return say("wave from {least} to {most} every {period} for {time}",
                       least=amount_text(least), most=amount_text(most),
                       period=short(stage.period), time=short(stage.lasting))  # fmt: skip
        case ExponentialSpec():
            return say("exponential to {load} over {time}",
                       load=amount_text(stage.exponential), time=short(stage.over))  # fmt: skip
        case WalkSpec(walk=(least, most)):
            return say("at random from {least} to {most} every {period} for {time}",
                       least=amount_text(least), most=amount_text(most),
                       period=short(stage.every), time=short(stage.lasting))  # fmt: skip
        case CurveSpec(curve=tuple() as points):
            lasting = stage.lasting or points[-1][0] - points[0][0]
            high = stage.peak or max((load for _, load in points), key=number)
            return say("recorded curve of {count:,} points up to {load} for {time}",
                       count=len(points), load=amount_text(high), time=short(lasting))  # fmt: skip
        case _:
            return say("recorded curve")


def stage_lines(stages: Sequence[StageSpec], width: int) -> Iterator[str]:
    """All of them, joined to lines of at most `width` characters where that goes."""
    line = ""
    for n, stage in enumerate(stages):
        text = stage_text(stage) + ("" if n + 1 == len(stages) else ",")
        if line and len(line) + 1 + len(text) > width:
            yield line
            line = ""
        line = f"{line} {text}" if line else text
    if line:
        yield line
