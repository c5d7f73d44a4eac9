"""Commands for single VUs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from perfconsole.model.states import StopMode
from perfconsole.model.steering_command import SteeringCommand

VuId = Annotated[str, Field(pattern=r"^\d{1,9}\.\d{1,9}$")]
"""Number of the injector and of the slot in it, as lists of VUs show it: ``0.17``."""
MOST_VUS = 10_000
"""In one command."""
VuIds = Annotated[tuple[VuId, ...], Field(min_length=1, max_length=MOST_VUS)]


class StopVus(SteeringCommand):
    """These VUs leave, and their group wants so many fewer."""

    do: Literal["stop_vus"] = "stop_vus"
    group: str
    vus: VuIds
    mode: StopMode = StopMode.AFTER_ITERATION


class PauseVus(SteeringCommand):
    """These VUs wait at their next step border (`on`), or go on."""

    do: Literal["pause_vus"] = "pause_vus"
    group: str
    vus: VuIds
    on: bool = True
