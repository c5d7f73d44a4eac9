"""A record without a journal on disk, for what watches a run."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.controller.record import Record


class KeptEvents:
    """Stands for the journal."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def put(self, event: Any) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def kept() -> KeptEvents:
    return KeptEvents()


@pytest.fixture
def timed(kept: KeptEvents, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Its clock stands until a test moves it: `timed.at` is Unix time."""
    record = Record(kept)  # type: ignore[arg-type] # all that is asked of it is put
    record.at = 1000.0  # type: ignore[attr-defined] # of this stand-in only
    monkeypatch.setattr(record, "now", lambda: record.at)  # type: ignore[attr-defined] # the same
    return record
