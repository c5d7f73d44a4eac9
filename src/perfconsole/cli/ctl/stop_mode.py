"""``--after-request`` and ``--now``."""

from __future__ import annotations

from typing import Any

from perfconsole.cli.complaint import Complaint
from perfconsole.texts import say


def mode_of(after_request: bool, now: bool) -> Any:
    from perfconsole.model.states import StopMode

    if after_request and now:
        raise Complaint(say("give either --after-request or --now"))
    if now:
        return StopMode.NOW
    return StopMode.AFTER_REQUEST if after_request else StopMode.AFTER_ITERATION
