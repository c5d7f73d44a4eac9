"""What a hand may ask of a run, and what it is answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from perfconsole.model.group_commands import (
    AddGroup,
    ChangeRate,
    ChangeThink,
    ChangeVus,
    EditSchedule,
    HoldGroups,
    InitializeGroups,
    LoadFlows,
    MuteGroups,
    PauseGroups,
    ResumeGroups,
    StartGroups,
    StopGroups,
    TraceGroup,
)
from perfconsole.model.point_commands import ChangePolicy, ReleasePoint, SwitchPoint
from perfconsole.model.run_commands import (
    AddNote,
    ChangeDuration,
    ChangeLimits,
    ChangeObjective,
    ChangeThreshold,
    Confirm,
    KeepRunning,
    StopRun,
    TakeSnapshot,
    Undo,
)
from perfconsole.model.steering_command import SteeringCommand
from perfconsole.model.vu_commands import PauseVus, StopVus

__all__ = [
    "COMMAND",
    "AddGroup",
    "AddNote",
    "ChangeDuration",
    "ChangeLimits",
    "ChangeObjective",
    "ChangePolicy",
    "ChangeRate",
    "ChangeThink",
    "ChangeThreshold",
    "ChangeVus",
    "Command",
    "CommandAnswer",
    "CommandRequest",
    "Confirm",
    "EditSchedule",
    "HoldGroups",
    "InitializeGroups",
    "KeepRunning",
    "LoadFlows",
    "MuteGroups",
    "PauseGroups",
    "PauseVus",
    "ReleasePoint",
    "ResumeGroups",
    "StartGroups",
    "StopGroups",
    "StopRun",
    "StopVus",
    "SwitchPoint",
    "TakeSnapshot",
    "TraceGroup",
    "Undo",
]

Command = Annotated[
    StartGroups
    | StopGroups
    | PauseGroups
    | ResumeGroups
    | HoldGroups
    | ChangeVus
    | ChangeRate
    | ChangeThink
    | EditSchedule
    | InitializeGroups
    | LoadFlows
    | AddGroup
    | MuteGroups
    | TraceGroup
    | StopVus
    | PauseVus
    | ReleasePoint
    | SwitchPoint
    | ChangePolicy
    | ChangeThreshold
    | ChangeLimits
    | ChangeObjective
    | ChangeDuration
    | AddNote
    | TakeSnapshot
    | Confirm
    | Undo
    | StopRun
    | KeepRunning,
    Field(discriminator="do"),
]


class CommandRequest(SteeringCommand):
    """`id` makes sending twice harmless; `by` is the author shown to everybody."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    by: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
    """Without what a terminal would obey."""
    command: Command
    revision: Annotated[int, Field(ge=0)] | None = None
    """`RunView.revision` of what the author saw. The command is refused when another client has
    changed the same thing since. None: whatever is there."""
    sure: bool = False
    """The author has answered the question that this command raises with yes."""


class CommandAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    ok: bool
    said: str
    """What was done, or why nothing was, or the question."""
    seq: int = 0
    """Of the `Commanded` event."""
    asks: bool = False
    """Nothing was done yet: `said` is a question, to be answered by sending again, `sure`."""


COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
