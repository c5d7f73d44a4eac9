"""A rendezvous as a person writes it."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from perfconsole.model.scalars import Duration
from perfconsole.model.strict import Strict
from perfconsole.texts import say

_POLICY = re.compile(r"^\s*(?:(\d{1,3})\s*%\s*of\s*(all|running)|(\d+)|(manual))\s*$")


class PointSpec(Strict):
    """How many VUs a rendezvous waits for before it releases them by itself."""

    wait_for: str | int = "100% of all"
    """``100% of all`` (VUs of its groups), ``50% of running``, a number, or ``manual``."""
    timeout: Duration = 30.0
    """Releases whoever waits when nobody has come for this long; not with ``manual``."""
    on: bool = True
    """False: VUs pass it until a hand turns it on."""

    @property
    def policy(self) -> tuple[Literal["all", "running", "count", "manual"], int]:
        """Kind, and percent or count."""
        match = _POLICY.match(str(self.wait_for))
        if match is None or (match[1] and not 1 <= int(match[1]) <= 100) or match[3] == "0":
            raise ValueError(say('write "100% of all", "50% of running", a number, or manual'))
        if match[2]:
            return ("all" if match[2] == "all" else "running"), int(match[1])
        return ("count", int(match[3])) if match[3] else ("manual", 0)

    @model_validator(mode="after")
    def _policy(self) -> Self:
        _ = self.policy
        return self
