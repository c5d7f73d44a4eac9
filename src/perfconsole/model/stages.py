"""The stages of a group's load, one after the other, as a person writes them.

Amounts are VUs, or arrivals a second (``500/s``) in a group that has a rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from perfconsole.model.rate import parse_rate
from perfconsole.model.scalars import MOST_VUS, Duration
from perfconsole.model.strict import Strict
from perfconsole.texts import say

MOST_POINTS = 20_000
"""Of a recorded curve."""

Length = Annotated[Duration, Field(gt=0)]


def is_rate(amount: str | float) -> bool:
    """Arrivals a second, and not VUs; 0 is neither."""
    return isinstance(amount, str) and "/" in amount


def number(amount: str | float) -> float:
    """VUs, or arrivals a second. Raises ValueError with what is right."""
    if is_rate(amount):
        return parse_rate(amount)
    try:
        value = float(amount)
    except ValueError:
        value = -1.0
    if isinstance(amount, bool) or not 0 <= value <= MOST_VUS:
        raise ValueError(
            say('write a number of VUs, at most {most:,}, or a rate such as "500/s"', most=MOST_VUS)
        )
    return value


def _amount(value: str | float) -> str | float:
    if not is_rate(value) and not number(value).is_integer():
        raise ValueError(say('VUs are whole numbers; a rate is written "2.5/s"'))
    number(value)
    return value


def _above_zero(value: str | float) -> str | float:
    if not number(value):
        raise ValueError(say("must be above 0"))
    return value


def _range(value: tuple[str | float, str | float]) -> tuple[str | float, str | float]:
    least, most = value
    if is_rate(least) != is_rate(most) and number(least):
        raise ValueError(say("both are VUs, or both are rates"))
    if number(least) > number(most):
        raise ValueError(say("the least comes first, the most second"))
    return value


Amount = Annotated[str | int | float, AfterValidator(_amount)]
"""VUs, such as 200, or arrivals, such as ``500/s``."""
AboveZero = Annotated[Amount, AfterValidator(_above_zero)]
Range = Annotated[tuple[Amount, Amount], AfterValidator(_range)]
Point = tuple[Duration, Annotated[str | int | float, AfterValidator(lambda v: (number(v), v)[1])]]
"""Of a recorded curve, whose VUs need not be whole numbers."""


class ToSpec(Strict):
    """``{to: 200, over: 2m}``, or in steps ``{to: 200, add: 5, every: 15s}``."""

    to: Amount
    """The load at its end, from that of the stage before."""
    over: Length | None = None
    """Evenly over this time; at once when left out."""
    add: AboveZero | None = None
    """By so many at a time, the first at once."""
    every: Length | None = None
    """With ``add``: between two steps."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.add is None) != (self.every is None):
            raise ValueError(say('"add" and "every" go together'))
        if self.over is not None and self.add is not None:
            raise ValueError(say('give either "over", or "add" and "every"'))
        return self


class HoldSpec(Strict):
    """``{hold: 10m}``: the load stays as it is."""

    hold: Length
    """For this time."""


class SpikeSpec(Strict):
    """``{spike: 500, lasting: 30s}``: at once up, and at once back to the load before."""

    spike: Amount
    """The load of the spike."""
    lasting: Length
    """How long it stays up."""


class WaveSpec(Strict):
    """``{wave: [50, 200], period: 5m, lasting: 30m}``: up and down as a sine does."""

    wave: Range
    """The least and the most; it begins with the least."""
    period: Length
    """From one least to the next."""
    lasting: Length
    """How long the waves go on."""


class ExponentialSpec(Strict):
    """``{exponential: 500, over: 5m}``: growing by the same factor in equal times."""

    exponential: AboveZero
    """The load at its end, from that of the stage before; from 1 where that is 0."""
    over: Length
    """How long it grows."""


class WalkSpec(Strict):
    """``{walk: [50, 150], every: 10s, lasting: 10m}``: at random, the same for the same seed."""

    walk: Range
    """Between the least and the most; it begins in the middle, and a step is at most a fifth of
    the way between them."""
    every: Length
    """Between two steps."""
    lasting: Length
    """How long the walk goes on."""
    seed: int | None = None
    """Instead of the scenario's."""


class CurveSpec(Strict):
    """``{curve: day.csv, lasting: 1h}``: a recorded curve, such as that of a working day."""

    curve: str | tuple[Point, ...]
    """A CSV file, relative to the scenario's, with the columns ``time`` (``09:30``, ``09:30:15``,
    ``2h``, seconds, or a date and time such as ``2026-03-01T09:30``; ever later) and ``load`` (VUs,
    or rates such as ``12/s``); or pairs of them. It begins with the first of them and goes
    straight from one to the next."""
    lasting: Length | None = None
    """The whole of it in this time; as recorded when left out."""
    peak: AboveZero | None = None
    """Scaled so that its highest load is this, in VUs or as a rate whatever was recorded."""

    @property
    def read(self) -> bool:
        """Its points are here, and not in a file."""
        return not isinstance(self.curve, str)

    @model_validator(mode="after")
    def _a_curve(self) -> Self:
        if isinstance(self.curve, str):
            return self
        if not 2 <= len(self.curve) <= MOST_POINTS:
            raise ValueError(
                say("a curve has 2 to {most:,} points, this one has {count:,}",
                    most=MOST_POINTS, count=len(self.curve))
            )  # fmt: skip
        if any(after <= before for (before, _), (after, _) in pairwise(self.curve)):
            raise ValueError(say("the times of a curve must increase"))
        if not any(number(load) for _, load in self.curve):
            raise ValueError(say("this curve is 0 everywhere"))
        return self


STAGE_KINDS = ("to", "hold", "spike", "wave", "exponential", "walk", "curve")


def stage_kind(value: Any) -> str | None:
    """The key that says what a stage is."""
    if isinstance(value, dict):
        return next((kind for kind in STAGE_KINDS if kind in value), None)
    return next((kind for kind in STAGE_KINDS if hasattr(value, kind)), None)


StageSpec = Annotated[
    Annotated[ToSpec, Tag("to")]
    | Annotated[HoldSpec, Tag("hold")]
    | Annotated[SpikeSpec, Tag("spike")]
    | Annotated[WaveSpec, Tag("wave")]
    | Annotated[ExponentialSpec, Tag("exponential")]
    | Annotated[WalkSpec, Tag("walk")]
    | Annotated[CurveSpec, Tag("curve")],
    Discriminator(
        stage_kind,
        custom_error_type="stage",
        custom_error_message=f"a stage is one of {', '.join(STAGE_KINDS)}",
    ),
]


def amounts(stage: StageSpec) -> Iterator[str | float]:
    """All loads that a stage speaks of, those of a curve file that was not read left out."""
    match stage:
        case ToSpec():
            yield stage.to
            if stage.add is not None:
                yield stage.add
        case SpikeSpec():
            yield stage.spike
        case WaveSpec():
            yield from stage.wave
        case ExponentialSpec():
            yield stage.exponential
        case WalkSpec():
            yield from stage.walk
        case CurveSpec(peak=str() | int() | float() as peak):
            yield peak
        case CurveSpec(curve=tuple() as points):
            yield from (load for _, load in points)
