"""What all commands of a hand are: strict, with unknown keys refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from perfconsole.model.rate import parse_rate

Seconds = Annotated[float, Field(ge=0, le=7 * 86400, allow_inf_nan=False)]
Rate = Annotated[float, BeforeValidator(parse_rate)]
"""Arrivals a second; also as people write it, ``300/min``."""
Groups = Annotated[tuple[str, ...], Field(min_length=1)]
"""Names of groups; the single word ``all`` means all of them."""


class SteeringCommand(BaseModel):
    """One command. They come from people."""

    model_config = ConfigDict(frozen=True, extra="forbid")
