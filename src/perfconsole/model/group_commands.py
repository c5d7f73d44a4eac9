"""Commands for groups and their load."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from perfconsole.model.http_spec import Target
from perfconsole.model.stages import StageSpec
from perfconsole.model.states import StopMode
from perfconsole.model.steering_command import Groups, Rate, Seconds, SteeringCommand
from perfconsole.texts import say


class StartGroups(SteeringCommand):
    """Start the schedule of groups that are down or ended, from its beginning."""

    do: Literal["start"] = "start"
    groups: Groups


class StopGroups(SteeringCommand):
    do: Literal["stop"] = "stop"
    groups: Groups
    mode: StopMode = StopMode.AFTER_ITERATION


class PauseGroups(SteeringCommand):
    do: Literal["pause"] = "pause"
    groups: Groups


class ResumeGroups(SteeringCommand):
    do: Literal["resume"] = "resume"
    groups: Groups
    over_s: Seconds = 0


class HoldGroups(SteeringCommand):
    """Freeze ramp and schedule at the present load (`on`), or go on from there."""

    do: Literal["hold"] = "hold"
    groups: Groups
    on: bool = True


class ChangeVus(SteeringCommand):
    """VUs `to` a number or `by` a difference: at once, `over_s`, or `step` every `every_s`."""

    do: Literal["vus"] = "vus"
    group: str
    to: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    by: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None
    over_s: Seconds = 0
    step: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    every_s: Seconds = 0

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.to is None) == (self.by is None):
            raise ValueError(say('give either "to" or "by"'))
        if bool(self.step) != bool(self.every_s):
            raise ValueError(say('"step" and "every_s" go together'))
        if self.step and self.over_s:
            raise ValueError(say('give either "over_s" or "step" and "every_s"'))
        return self


class ChangeRate(SteeringCommand):
    """Arrivals a second of an open group `to` a number, at once or `over_s`."""

    do: Literal["rate"] = "rate"
    group: str
    to: Rate
    over_s: Seconds = 0


class ChangeThink(SteeringCommand):
    """The factor of a group's think times, from the next one on."""

    do: Literal["think"] = "think"
    groups: Groups
    factor: Annotated[float, Field(ge=0, le=1000)]


class EditSchedule(SteeringCommand):
    """Other stages for what remains of a group's schedule, from the load at which it stands now.

    The stages replace what was still to come: the first of them begins at once, at the present
    load, and so does a group that was by hand or held. Loads of an open group are rates.
    """

    do: Literal["schedule"] = "schedule"
    group: str
    load: Annotated[tuple[StageSpec, ...], Field(min_length=1, max_length=200)]
    """As a scenario's ``load``: ``[{to: 200, over: 2m}, {hold: 10m}]``. No curve files."""


class InitializeGroups(SteeringCommand):
    """Have the VUs of groups that are down or ended play their init and wait for the start."""

    do: Literal["initialize"] = "initialize"
    groups: Groups


class LoadFlows(SteeringCommand):
    """Play edited flows in all iterations that begin from now on."""

    do: Literal["load_flows"] = "load_flows"
    scenario: dict[str, Any]
    """The edited scenario whole, as JSON of a valid one; only flows and variables are taken."""
    flows: tuple[str, ...] = ()
    """Those to take; all when empty."""


class AddGroup(SteeringCommand):
    """A group that the run does not have yet; it starts at once, its start delay apart.

    Variables, data, rendezvous points and the way to the target are the run's.
    """

    do: Literal["add_group"] = "add_group"
    group: str
    """Its name."""
    spec: dict[str, Any]
    """As under ``groups`` in a scenario, VUs as a number. It plays a flow of the run, or one of
    `flows`."""
    flows: dict[str, Any] = {}
    """As under ``flows`` in a scenario, those that the run does not have."""
    target: Target | None = None
    """What `flows` were written for; any but the run's own is refused."""


class MuteGroups(SteeringCommand):
    """What goes wrong in these groups raises no alarm and keeps no exchange; it counts as ever."""

    do: Literal["mute"] = "mute"
    groups: Groups
    on: bool = True


class TraceGroup(SteeringCommand):
    """Keep the next `count` exchanges of a group, failing ones only or all; 0 ends a trace."""

    do: Literal["trace"] = "trace"
    group: str
    count: Annotated[int, Field(ge=0, le=1000)] = 20
    all: bool = False
    """False: only those that fail."""
