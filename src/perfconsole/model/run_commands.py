"""Commands for the run as a whole."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from perfconsole.model.limit_spec import LimitSpec, LimitValue
from perfconsole.model.states import StopMode
from perfconsole.model.steering_command import SteeringCommand
from perfconsole.texts import say


def _one_line(text: str) -> str:
    """Without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class AddNote(SteeringCommand):
    do: Literal["note"] = "note"
    text: Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=1000)]


class StopRun(SteeringCommand):
    do: Literal["stop_run"] = "stop_run"
    mode: StopMode = StopMode.AFTER_ITERATION


class KeepRunning(SteeringCommand):
    """The operator left on purpose: the run goes on with nobody attached."""

    do: Literal["keep_running"] = "keep_running"


class ChangeDuration(SteeringCommand):
    """The run lasts until `to_s`, from its first VU, or `by_s` longer (shorter, below 0). With
    neither it has no end any more."""

    do: Literal["duration"] = "duration"
    to_s: Annotated[float, Field(gt=0, le=366 * 86400, allow_inf_nan=False)] | None = None
    by_s: Annotated[float, Field(ge=-366 * 86400, le=366 * 86400, allow_inf_nan=False)] | None = (
        None
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.to_s is not None and self.by_s is not None:
            raise ValueError(say('give either "to_s" or "by_s"'))
        return self


class ChangeThreshold(SteeringCommand):
    """Another limit for a metric of one server, or of all that have it."""

    do: Literal["threshold"] = "threshold"
    metric: str
    """``cpu_percent``, ``disk_percent`` (all mounts) or ``disk_percent:/var``, ..."""
    limit: LimitValue | None
    """None: it is held to no limit any more."""
    server: str | None = None


class ChangeLimits(SteeringCommand):
    """Other limits in place of all that one server has, or that all have: those of a set, with the
    scenario's own thresholds over it, or exactly `limits`."""

    do: Literal["limits"] = "limits"
    set: str | None = None
    """``default``, ``daily``, ``peak``, or one of the scenario's own."""
    limits: dict[str, LimitValue | LimitSpec] | None = None
    """By metric; a number keeps the rule that the limit of the metric has, or had."""
    server: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.set is None) == (self.limits is None):
            raise ValueError(say('give either "set" or "limits"'))
        return self


class ChangeObjective(SteeringCommand):
    """Another limit for an objective of the run, or a new objective; with neither `min` nor `max`
    the run is held to it no longer."""

    do: Literal["objective"] = "objective"
    metric: str
    """As in a scenario: ``p95_ms``, ``pass_rate``, ..."""
    of: str | None = None
    """Transaction; over all when left out."""
    min: Annotated[float, Field(allow_inf_nan=False)] | None = None
    max: Annotated[float, Field(allow_inf_nan=False)] | None = None


class TakeSnapshot(SteeringCommand):
    """Keep what runs on a server now, and what its snapshot commands write; of all servers when
    none is named."""

    do: Literal["snapshot"] = "snapshot"
    server: str | None = None


class Confirm(SteeringCommand):
    """Somebody is there: the dead man's clock begins anew."""

    do: Literal["confirm"] = "confirm"


class Undo(SteeringCommand):
    """Back to what was before the last change that can be taken back."""

    do: Literal["undo"] = "undo"
