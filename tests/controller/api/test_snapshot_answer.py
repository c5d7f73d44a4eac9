"""One snapshot of a server over HTTP: from the journal, or told that there is none."""

from __future__ import annotations

import httpx
import msgspec

from perfconsole.model import event as ev
from perfconsole.model.server_news import CommandOutput


def test_it_is_read_from_the_journal(served):
    output = CommandOutput("sockets", "Total: 12 ü", "exit status 1")
    taken = served.do(
        lambda: served.run.record.add(
            ev.SnapshotTaken, number=7, server="web1", why="by hand", asked_at=5.0,
            outputs=(output,),
        )
    )  # fmt: skip
    with httpx.Client(base_url=served.url, headers=served.viewer) as http:
        answer = http.get("/v1/server-snapshots/7")
        assert answer.status_code == 200
        assert msgspec.json.decode(answer.content, type=ev.SnapshotTaken) == taken
        assert answer.json()["outputs"] == [
            {"name": "sockets", "text": "Total: 12 ü", "note": "exit status 1"}
        ]
        for number in ("8", "x", "07"):
            missing = http.get(f"/v1/server-snapshots/{number}")
            assert missing.status_code == 404
            assert missing.json()["error"] == f"there is no snapshot '{number}'; there are: 7"


def test_a_viewer_takes_none(served):
    command = {"id": "s1", "by": "eve", "command": {"do": "snapshot"}}
    answer = httpx.post(f"{served.url}/v1/commands", headers=served.viewer, json=command)
    assert answer.status_code == 403
