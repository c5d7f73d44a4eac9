"""What a hand may ask of a run. They come from people: strict, with unknown keys refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from perfconsole.model.rate import parse_rate
from perfconsole.model.states import StopMode
from perfconsole.texts import say

Seconds = Annotated[float, Field(ge=0, le=7 * 86400, allow_inf_nan=False)]
Rate = Annotated[float, BeforeValidator(parse_rate)]
"""Arrivals a second; also as people write it, ``300/min``."""
Groups = Annotated[tuple[str, ...], Field(min_length=1)]
"""Names of groups; the single word ``all`` means all of them."""


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StartGroups(_Command):
    """Start the schedule of groups that are down or ended, from its beginning."""

    do: Literal["start"] = "start"
    groups: Groups


class StopGroups(_Command):
    do: Literal["stop"] = "stop"
    groups: Groups
    mode: StopMode = StopMode.AFTER_ITERATION


class PauseGroups(_Command):
    do: Literal["pause"] = "pause"
    groups: Groups


class ResumeGroups(_Command):
    do: Literal["resume"] = "resume"
    groups: Groups
    over_s: Seconds = 0


class HoldGroups(_Command):
    """Freeze ramp and schedule at the present load (`on`), or go on from there."""

    do: Literal["hold"] = "hold"
    groups: Groups
    on: bool = True


class ChangeVus(_Command):
    """VUs `to` a number or `by` a difference: at once, `over_s`, or `step` every `every_s`."""

    do: Literal["vus"] = "vus"
    group: str
    to: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    by: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None
    over_s: Seconds = 0
    step: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    every_s: Seconds = 0

    @model_validator(mode="after")
    def _one_way(self) -> ChangeVus:
        if (self.to is None) == (self.by is None):
            raise ValueError(say('give either "to" or "by"'))
        if bool(self.step) != bool(self.every_s):
            raise ValueError(say('"step" and "every_s" go together'))
        if self.step and self.over_s:
            raise ValueError(say('give either "over_s" or "step" and "every_s"'))
        return self


class ChangeRate(_Command):
    """Arrivals a second of an open group `to` a number, at once or `over_s`."""

    do: Literal["rate"] = "rate"
    group: str
    to: Rate
    over_s: Seconds = 0


class ChangeThink(_Command):
    """The factor of a group's think times, from the next one on."""

    do: Literal["think"] = "think"
    groups: Groups
    factor: Annotated[float, Field(ge=0, le=1000)]


class InitializeGroups(_Command):
    """Have the VUs of groups that are down or ended play their init and wait for the start."""

    do: Literal["initialize"] = "initialize"
    groups: Groups


class LoadFlows(_Command):
    """Play edited flows in all iterations that begin from now on."""

    do: Literal["load_flows"] = "load_flows"
    scenario: dict[str, Any]
    """The edited scenario whole, as JSON of a valid one; only flows and variables are taken."""
    flows: tuple[str, ...] = ()
    """Those to take; all when empty."""


class ReleasePoint(_Command):
    """Let waiting VUs go: all at once, or `count` every `every_s`."""

    do: Literal["release"] = "release"
    point: str
    count: Annotated[int, Field(ge=1)] | None = None
    every_s: Seconds = 0


class SwitchPoint(_Command):
    do: Literal["rendezvous"] = "rendezvous"
    point: str
    on: bool


def _one_line(text: str) -> str:
    """Without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class AddNote(_Command):
    do: Literal["note"] = "note"
    text: Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=1000)]


class StopRun(_Command):
    do: Literal["stop_run"] = "stop_run"
    mode: StopMode = StopMode.AFTER_ITERATION


class KeepRunning(_Command):
    """The operator left on purpose: the run goes on with nobody attached."""

    do: Literal["keep_running"] = "keep_running"


Command = Annotated[
    StartGroups
    | StopGroups
    | PauseGroups
    | ResumeGroups
    | HoldGroups
    | ChangeVus
    | ChangeRate
    | ChangeThink
    | InitializeGroups
    | LoadFlows
    | ReleasePoint
    | SwitchPoint
    | AddNote
    | StopRun
    | KeepRunning,
    Field(discriminator="do"),
]


class CommandRequest(_Command):
    """`id` makes sending twice harmless; `by` is the author shown to everybody."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    by: Annotated[str, Field(min_length=1, max_length=64)]
    command: Command


class CommandAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    ok: bool
    said: str
    """What was done, or why nothing was."""
    seq: int = 0
    """Of the `Commanded` event."""


COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
