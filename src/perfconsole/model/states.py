"""The states a virtual user, a group and a run can be in, in LoadRunner's words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class VuState(StrEnum):
    """Every VU slot is in exactly one of these; a group's counts always add up to its slots."""

    DOWN = "down"
    PENDING = "pending"
    INITIALIZING = "initializing"
    READY = "ready"
    RUNNING = "running"
    RENDEZVOUS = "rendezvous"
    PAUSED = "paused"
    GRADUAL_EXITING = "gradual_exiting"
    EXITING = "exiting"
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    STOPPED = "stopped"


ACTIVE: Final = frozenset(
    {
        VuState.INITIALIZING,
        VuState.READY,
        VuState.RUNNING,
        VuState.RENDEZVOUS,
        VuState.PAUSED,
        VuState.GRADUAL_EXITING,
        VuState.EXITING,
    }
)
"""States of a VU that exists in an injector and may still send requests."""

ENDED: Final = frozenset({VuState.PASSED, VuState.FAILED, VuState.ERROR, VuState.STOPPED})
"""States of a slot whose VU is over; starting VUs again reuses these."""


def active(states: dict[VuState, int]) -> int:
    """How many VUs of `states` (count by state) are alive."""
    return sum(count for state, count in states.items() if state in ACTIVE)


_IDLE: Final = frozenset({VuState.INITIALIZING, VuState.READY, VuState.PAUSED})


def at_work(states: dict[VuState, int]) -> int:
    """How many VUs of `states` are alive and neither wait for their turn nor are held."""
    return active(states) - sum(count for state, count in states.items() if state in _IDLE)


class GroupState(StrEnum):
    DOWN = "down"
    """Not started, and nothing will start it but a hand."""
    PENDING = "pending"
    """Its start delay is running."""
    INITIALIZING = "initializing"
    """Its VUs play their init, or have and wait for the start."""
    RAMPING = "ramping"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    """Ended by a hand or with the run."""
    FINISHED = "finished"
    """Every VU did all its iterations, or its load has come to its end."""


LOADING = frozenset(
    {GroupState.PENDING, GroupState.INITIALIZING, GroupState.RAMPING, GroupState.RUNNING}
)
"""States of groups that load, or will by themselves."""


class RunState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


class StopMode(StrEnum):
    """When a VU that is told to stop leaves."""

    AFTER_ITERATION = "after_iteration"
    AFTER_REQUEST = "after_request"
    NOW = "now"


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_PROVEN = "not_proven"
    ABORTED = "aborted"

    @property
    def exit_status(self) -> int:
        return {"passed": 0, "failed": 1, "not_proven": 4, "aborted": 3}[self.value]
