"""How long the end of a run may take before it is forced."""

from __future__ import annotations

from dataclasses import dataclass

from perfconsole.model.states import StopMode

ITERATION_GRACE_S = 30.0
"""As LoadRunner waits for iterations to end."""
ORDER = (StopMode.AFTER_ITERATION, StopMode.AFTER_REQUEST, StopMode.NOW)


@dataclass(slots=True)
class Ending:
    mode: StopMode
    since_s: float
    request_timeout_s: float
    aborted: str | None = None

    def harden(self, mode: StopMode) -> None:
        """A harsher mode replaces a gentler one, never the other way round."""
        if ORDER.index(mode) > ORDER.index(self.mode):
            self.mode = mode

    def escalates(self, now_s: float) -> bool:
        """Whether VUs that still live are to be cut now."""
        if self.mode is StopMode.NOW:
            return False
        grace_s = ITERATION_GRACE_S
        if self.mode is StopMode.AFTER_REQUEST:
            grace_s = self.request_timeout_s + 1
        return now_s - self.since_s > grace_s
