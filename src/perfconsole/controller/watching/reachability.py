"""Who of the servers answers, as lines of the timeline: an outage with its reasons, and its end.

One that is slow, or whose line loses packets, misses samples again and again: that is one outage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from perfconsole.controller.record import Record
from perfconsole.model import event as ev
from perfconsole.model.sample import ServerSample
from perfconsole.texts import say

SETTLED_SAMPLES = 3
"""Samples in a row that end an outage."""
MOST_REASONS = 8
"""Told of one outage; one may hold words of the server, different each time."""


@dataclass(slots=True)
class _Outage:
    told: set[str] = field(default_factory=set)
    """Reasons."""
    answered: int = 0
    """Samples that came since the last one that did not."""


class Reachability:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._outages: dict[str, _Outage] = {}
        """By server."""

    def take(self, sample: ServerSample) -> None:
        if not sample.ok:
            self._missed(self._outages.setdefault(sample.server, _Outage()), sample)
        elif outage := self._outages.get(sample.server):
            outage.answered += 1
            if outage.answered >= SETTLED_SAMPLES:
                del self._outages[sample.server]
                self._note("info", say("{server} answers", server=sample.server))

    def _missed(self, outage: _Outage, sample: ServerSample) -> None:
        outage.answered = 0
        if sample.detail not in outage.told and len(outage.told) < MOST_REASONS:
            outage.told.add(sample.detail)
            self._note("warning", f"{sample.server}: {sample.detail}")

    def _note(self, level: str, text: str) -> None:
        self._record.add(ev.Noted, level=level, kind="server", text=text)
