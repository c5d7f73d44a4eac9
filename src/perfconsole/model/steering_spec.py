"""What a scenario steers by itself while it runs: commands of a hand, each at its time."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from perfconsole.model.command import COMMAND, Command
from perfconsole.model.point_spec import PointSpec
from perfconsole.model.scalars import Duration
from perfconsole.model.stages import CurveSpec, StageSpec
from perfconsole.model.staging import staged
from perfconsole.model.strict import Strict
from perfconsole.texts import say


class SteeringSpec(Strict):
    """What a hand may do while the test runs, done at its time: ``{at: 5m, do: pause, groups:
    [browse]}``. The keys are those of the command."""

    at: Duration
    """After the load has begun, as ``start_after`` counts; not before the one above."""
    do: Literal[
        "start", "stop", "pause", "resume", "hold", "vus", "rate", "think", "schedule",
        "initialize", "mute", "trace", "release", "rendezvous", "policy", "threshold", "limits",
        "objective", "duration", "snapshot", "note", "undo", "stop_run",
    ]  # fmt: skip
    """The command. What cannot be done at its time is told, and the test goes on."""
    groups: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Whom ``start``, ``stop``, ``pause``, ``resume``, ``hold``, ``think``, ``initialize`` and
    ``mute`` are for, or ``all``; with ``rendezvous`` these alone."""
    group: str | None = None
    """Whom ``vus``, ``rate``, ``schedule`` and ``trace`` are for; with ``vus`` also ``all``."""
    mode: Literal["after_iteration", "after_request", "now"] | None = None
    """With ``stop`` and ``stop_run``: when VUs leave."""
    on: bool | None = None
    """With ``hold``, ``mute`` and ``rendezvous``: false ends it."""
    to: str | int | float | None = None
    """With ``vus`` a number of VUs, with ``rate`` a rate such as ``300/s``."""
    by: int | None = None
    """With ``vus``: so many more, or fewer."""
    over_s: Duration | None = None
    """With ``vus``, ``rate`` and ``resume``: evenly over this time."""
    step: int | None = None
    """With ``vus``: so many at a time ..."""
    every_s: Duration | None = None
    """... and the time between two steps; with ``release``, between two releases."""
    factor: float | None = None
    """With ``think``: of think times."""
    load: Annotated[tuple[StageSpec, ...], Field(min_length=1)] | None = None
    """With ``schedule``: the stages that replace what is left."""
    point: str | None = None
    """Which rendezvous ``release``, ``rendezvous`` and ``policy`` are for."""
    count: int | None = None
    """With ``release``: so many VUs, or so many each time; with ``trace``: exchanges to keep."""
    wait_for: str | int | None = None
    """With ``policy``: as a rendezvous has it."""
    timeout: Duration | None = None
    """With ``policy``: as a rendezvous has it."""
    all: bool | None = None
    """With ``trace``: true keeps exchanges that passed too."""
    metric: str | None = None
    """Of ``threshold`` or ``objective``."""
    limit: float | None = None
    """With ``threshold``: from now on; nothing takes the limit away."""
    set: str | None = None
    """With ``limits``: the name of a set of limits, as ``limits`` of the scenario."""
    limits: dict[str, float] | None = None
    """With ``limits``, instead of ``set``: these by metric, and no others."""
    server: str | None = None
    """With ``threshold``, ``limits`` and ``snapshot``: only there."""
    of: str | None = None
    """With ``objective``: the transaction."""
    min: float | None = None
    """With ``objective``: at least this."""
    max: float | None = None
    """With ``objective``: at most this."""
    to_s: Duration | None = None
    """With ``duration``: the run's, from its first VU; none when this and ``by_s`` are left out."""
    by_s: float | None = None
    """With ``duration``: so many seconds longer, or shorter below 0."""
    text: str | None = None
    """Of a ``note``."""

    @property
    def command(self) -> Command:
        return COMMAND.validate_python(self.model_dump(exclude={"at"}, exclude_unset=True))

    @property
    def ends_run(self) -> bool:
        """At its time, or at one that it sets."""
        return self.do == "stop_run" or (self.do == "duration" and self.to_s is not None)

    @model_validator(mode="after")
    def _a_command(self) -> Self:
        try:
            _ = self.command
        except ValidationError as error:
            raise ValueError(_wrong(self.do, error)) from None
        for stage in self.load or ():
            if isinstance(stage, CurveSpec) and not stage.read:
                raise ValueError(say('"load" takes no curve files here; write its points'))
        if self.load is not None:
            staged(self.load, "")
        if self.wait_for is not None:
            _ = PointSpec.model_construct(wait_for=self.wait_for).policy
        return self


def _wrong(do: str, error: ValidationError) -> str:
    """The first thing that is wrong with a command."""
    first: Any = error.errors(include_url=False)[0]
    key = str((*first["loc"], "do")[1])
    if first["type"] == "missing":
        return say('{do} needs a "{key}"', do=do, key=key)
    if first["type"] == "extra_forbidden":
        return say('{do} takes no "{key}"', do=do, key=key)
    why = str(first.get("ctx", {}).get("error", first["msg"]))
    if len(first["loc"]) == 1:
        return why
    return say('{do} cannot have this "{key}": {why}', do=do, key=key,
               why=f"{why[:1].lower()}{why[1:]}")  # fmt: skip
