"""The stages of a group's load, one after the other, as a person writes them.

Amounts are VUs, or arrivals a second (``500/s``) in a group that has a rate.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from perfconsole.model.rate import parse_rate
from perfconsole.model.scalars import Duration
from perfconsole.model.strict import Strict
from perfconsole.texts import say

Length = Annotated[Duration, Field(gt=0)]


def _amount(value: str | float) -> str | float:
    if isinstance(value, bool) or parse_rate(value) < 0:
        raise ValueError(say('write a number of VUs, or a rate such as "500/s"'))
    return value


Amount = Annotated[str | int | float, AfterValidator(_amount)]
"""VUs, such as 200, or arrivals, such as ``500/s``."""
Range = tuple[Amount, Amount]


class ToSpec(Strict):
    """``{to: 200, over: 2m}``, or in steps ``{to: 200, add: 5, every: 15s}``."""

    to: Amount
    """The load at its end, from that of the stage before."""
    over: Length | None = None
    """Evenly over this time; at once when left out."""
    add: Amount | None = None
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

    exponential: Amount
    """The load at its end, from that of the stage before or from 1."""
    over: Length
    """How long it grows."""


class WalkSpec(Strict):
    """``{walk: [50, 150], every: 10s, lasting: 10m}``: at random, the same for the same seed."""

    walk: Range
    """Between the least and the most; it begins in the middle."""
    every: Length
    """Between two steps."""
    lasting: Length
    """How long the walk goes on."""
    seed: int | None = None
    """Instead of the scenario's."""


class CurveSpec(Strict):
    """``{curve: day.csv, lasting: 1h}``: a recorded curve, such as that of a working day."""

    curve: str | tuple[tuple[Duration, float], ...]
    """A CSV file with the columns ``time`` (``09:30``, or seconds) and ``load``, relative to the
    scenario's; or pairs of them. Straight between two times."""
    lasting: Length | None = None
    """The whole of it in this time; as recorded when left out."""
    peak: Amount | None = None
    """Scaled so that its highest load is this."""


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
