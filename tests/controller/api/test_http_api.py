"""The API's own promises: no answer over 1 MB, clear problems, a socket for its owner only."""

from __future__ import annotations

import socket
import stat

import msgspec
import pytest
from pydantic import ValidationError

from perfconsole.controller.api.http_api import MOST_BYTES, list_of, shortened
from perfconsole.controller.daemon import bind
from perfconsole.controller.preflight import CannotStart
from perfconsole.metrics.view import Line, MetricView, RunView, ServerView
from perfconsole.model.command import CommandRequest
from perfconsole.model.event import Noted
from perfconsole.model.invalid import first_fault_and_place


def long_run() -> RunView:
    """Fifty servers, ten metrics each, a day of samples; events to the brim."""
    view = RunView(run="r", name="soak", seq=9)
    for server in range(50):
        shown = ServerView(f"web{server}", f"deploy@web{server}", True, {})
        for metric in range(10):
            kept = MetricView(limit=75.0)
            for second in range(0, 3600, 2):
                kept.series.add(float(second), 33.333 + second % 7)
            shown.metrics[f"metric_{metric}"] = kept
        view.servers[shown.name] = shown
    for series in view.series.values():
        for second in range(86_400):
            series.add(float(second), float(second % 1000))
    view.lines = [Line(float(n), "info", "note", "x" * 100) for n in range(500)]
    return view


def test_a_snapshot_of_the_longest_run_fits_and_keeps_its_peaks() -> None:
    view = long_run()
    view.series["p95_ms"].add(86_400.0, 99_999.0)
    for second in range(86_401, 86_600):
        view.series["p95_ms"].add(float(second), 1.0)
    body = shortened(view)
    assert len(body) <= MOST_BYTES
    read = msgspec.json.decode(body, type=RunView)
    assert max(p.high or 0 for p in read.series["p95_ms"].points()) == 99_999.0
    assert read.seq == view.seq
    assert len(read.servers) == 50


def test_alist_of_events_is_cut_at_a_megabyte_but_never_empty() -> None:
    event = Noted(seq=1, at=1.0, level="info", kind="note", text="x" * 9000)
    body = list_of([msgspec.json.encode(event)] * 300)
    assert len(body) <= MOST_BYTES + 2
    assert 100 < len(msgspec.json.decode(body)) < 300
    assert len(msgspec.json.decode(list_of([b'"' + b"x" * 2_000_000 + b'"']))) == 1


def test_the_socket_is_its_owners_alone(tmp_path) -> None:
    path = tmp_path / "controller.sock"
    with bind(path) as listening:
        assert listening.family is socket.AF_UNIX
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        with pytest.raises(CannotStart, match="already"):
            bind(path)
    with bind(path):  # what a killed controller left behind is no hindrance
        pass


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "JSON"),
        ('{"id": "1", "by": "me", "command": {"do": "explode"}}', "command"),
        ('{"id": "1", "by": "me", "command": {"do": "pause", "groups": [], "x": 1}}', "groups"),
        ('{"id": "1", "by": "me", "command": {"do": "vus", "group": "a"}}', '"to" or "by"'),
    ],
)
async def test_what_is_no_command_is_refused_in_one_line(body: str, says: str) -> None:
    with pytest.raises(ValidationError) as raised:
        CommandRequest.model_validate_json(body)
    said = first_fault_and_place(raised.value, "command")
    assert says in said
    assert "\n" not in said
