"""``GET /v1/server-snapshots/N``: one snapshot of a server, whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from perfconsole.controller.api.api_problem import problem
from perfconsole.controller.run import Run
from perfconsole.journal.journal_error import JournalError
from perfconsole.journal.reader import JournalReader
from perfconsole.model.event import SnapshotTaken
from perfconsole.texts import say

_JSON = msgspec.json.Encoder()


async def server_snapshot(run: Run, request: Request) -> Response:
    """From the journal: nobody else keeps what it holds."""
    asked, headings = request.path_params["number"], run.record.view.snapshots
    heading = next((each for each in headings if str(each.number) == asked), None)
    if heading is None:
        known = ", ".join(str(each.number) for each in headings) or say("none")
        text = say("there is no snapshot {number!r}; there are: {known}",
                   number=asked[:20], known=known)  # fmt: skip
        return problem(404, text)
    journal = run.record.journal
    try:
        await journal.committed()
        taken = await asyncio.to_thread(_read, journal.path, heading.seq)
    except JournalError as error:
        return problem(503, str(error))
    return Response(_JSON.encode(taken), media_type="application/json")


def _read(path: Path, seq: int) -> SnapshotTaken:
    """Raises JournalError."""
    with JournalReader(path) as journal:
        event = next(journal.events(after=seq - 1))
    assert isinstance(event, SnapshotTaken)
    return event
