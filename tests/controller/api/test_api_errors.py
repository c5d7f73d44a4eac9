"""Whatever is asked wrongly is answered in JSON, in one clear line, with the right status."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from perfconsole.controller.api.http_api import MOST_BODY

NOTE = {"id": "n", "by": "anna", "command": {"do": "note", "text": "x"}}


@pytest.fixture
def asking(served: Any):
    with httpx.Client(
        transport=httpx.HTTPTransport(uds=str(served.folder.socket)),
        base_url="http://controller",
        timeout=10,
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/", 404, "there is no /"),
        ("GET", "/v1/nope", 404, "there is no /v1/nope; /v1/openapi.json tells what there is"),
        ("GET", "/v1/status/", 404, "there is no /v1/status/"),
        ("GET", "/v2/status", 404, "there is no /v2/status"),
        ("GET", "/v1/%ff%00", 404, "there is no /v1/"),
        ("DELETE", "/v1/status", 405, "/v1/status takes GET"),
        ("GET", "/v1/commands", 405, "/v1/commands takes POST only"),
        ("GET", "/v1/events?after=x", 422, "after is a whole number"),
        ("GET", "/v1/events?after=-1", 422, "after is a whole number"),
        ("GET", "/v1/events?after=1_0", 422, "after is a whole number"),
        ("GET", "/v1/events?wait=nan", 422, "wait is seconds"),
        ("GET", "/v1/events?wait=-1", 422, "neither is below 0"),
    ],
)
def test_a_wrong_path_method_or_number(asking, method, path, status, says) -> None:
    answer = asking.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert says in answer.json()["error"]
    assert "\n" not in answer.json()["error"]
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "command: Input should be an object"),
        (b"\xff\xfe", "JSON"),
        (json.dumps(NOTE).replace("x", "\xe9").encode("latin-1"), "JSON"),
        (b"[" * 100_000, "JSON"),
        (json.dumps(NOTE | {"by": "a\x1b[2Jb"}).encode(), "by: "),
        (json.dumps(NOTE | {"sure": "yes"}).encode(), "sure: "),
        (json.dumps(NOTE | {"command": {"do": "vus", "group": "a", "to": "5"}}).encode(), "to: "),
        (json.dumps(NOTE | {"command": {"do": "nope"}}).encode(), "command: "),
        (json.dumps(NOTE | {"more": 1}).encode(), "more: "),
    ],
)
def test_a_body_that_is_no_command(asking, body, says) -> None:
    answer = asking.post("/v1/commands", content=body)
    assert answer.status_code == 422
    told = answer.json()
    assert not told["ok"]
    assert says in told["said"]
    assert len(told["said"].splitlines()) == 1


def test_a_body_that_is_too_long_is_not_taken(asking, served) -> None:
    longer = b" " * (MOST_BODY + 1)
    revision = served.run.record.view.revision

    def parts():
        yield longer[: MOST_BODY // 2]
        yield longer
        yield json.dumps(NOTE).encode()

    for body in (longer, parts()):
        answer = asking.post("/v1/commands", content=body)
        assert answer.status_code == 413
        assert answer.json()["said"] == "a command has at most 4,000,000 bytes"
    assert served.run.record.view.revision == revision
    assert asking.post("/v1/commands", json=NOTE).json()["said"] == "note: x"


def test_a_viewer_is_refused_before_its_command_is_read(asking, served) -> None:
    revision = served.run.record.view.revision
    answer = asking.post("/v1/commands", content=b"{", headers={"X-Perfconsole-Client": "viewer:1"})
    assert (answer.status_code, answer.json()["said"]) == (403, "a viewer only looks on")
    assert served.run.record.view.revision == revision


def test_a_fault_of_ours_is_told_as_json(asking, served, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("here")

    monkeypatch.setattr("perfconsole.controller.api.http_api.status_of", broken)
    answer = asking.get("/v1/status")
    assert answer.status_code == 500
    assert "RuntimeError" in answer.json()["error"]
