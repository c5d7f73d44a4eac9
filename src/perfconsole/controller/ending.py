"""How long the end of a run may take before it is forced."""

from __future__ import annotations

from dataclasses import dataclass

from perfconsole.model.states import StopMode

ITERATION_GRACE_S = 30.0
"""As LoadRunner waits for iterations to end."""
ABORT_GRACE_S = 2.0
"""A run that is given up does not wait for slow answers."""
CUT_GRACE_S = 15.0
"""Longer than it takes to find an injector that hangs."""
ORDER = (StopMode.AFTER_ITERATION, StopMode.AFTER_REQUEST, StopMode.NOW)


@dataclass(slots=True)
class Ending:
    mode: StopMode
    since_s: float
    request_timeout_s: float
    """The longest that a request of the scenario may take."""
    aborted: str | None = None
    """Why the run was given up."""

    def harden(self, mode: StopMode, now_s: float) -> None:
        """A harsher mode replaces a gentler one, never the other way round."""
        if ORDER.index(mode) > ORDER.index(self.mode):
            self.mode, self.since_s = mode, now_s

    def escalates(self, now_s: float) -> bool:
        """Whether VUs that still live are to be cut now."""
        if self.mode is StopMode.NOW:
            return False
        grace_s = ITERATION_GRACE_S
        if self.mode is StopMode.AFTER_REQUEST:
            grace_s = self.request_timeout_s + 1
        if self.aborted:
            grace_s = min(grace_s, ABORT_GRACE_S)
        return now_s - self.since_s > grace_s

    def overdue(self, now_s: float) -> bool:
        """Cut, and still not over: nothing more is waited for."""
        return self.mode is StopMode.NOW and now_s - self.since_s > CUT_GRACE_S
