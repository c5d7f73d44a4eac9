"""`watch --request`: a look at how a target answers, beside its servers."""

from __future__ import annotations

import json

import pytest

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.watched_request import asking, watched_request
from perfconsole.model.scenario import Scenario

NOTHING = {
    "request": None, "request_every": None, "method": None, "header": (), "data": (), "user": None,
    "insecure": False, "cacert": None,
}  # fmt: skip


def scenario(**flags) -> Scenario:
    request = watched_request(NOTHING | flags)
    assert request is not None
    return Scenario.model_validate(asking(request) | {"servers": {"local": {"local": True}}})


def test_one_vu_asks_it_at_a_steady_pace_and_no_more():
    made = scenario(request="https://shop.example/health", header=("Accept: text/plain",))
    (group,) = made.groups.values()
    assert (made.watch, made.max_vus, group.vus, group.pacing) == (True, 1, 1, "every 1s")
    assert made.http.timeout == 10
    (step,) = made.flows["url"].steps
    assert step.request == "GET /health"
    assert made.objectives == ()
    assert not made.loads


def test_a_curl_command_is_asked_at_the_same_pace():
    made = scenario(request="curl https://shop.example/health -X POST", request_every="5s")
    (group,) = made.groups.values()
    assert (group.vus, group.pacing) == (1, "every 5s")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"method": "PUT"}, "add --request URL"),
        ({"request_every": "5s"}, "add --request URL"),
        ({"request": "http://a/", "request_every": "1ms"}, "at least 200ms"),
        ({"request": "http://a/", "request_every": "soon"}, "--request-every"),
        ({"request": "ftp://a/"}, "ftp"),
        ({"request": "curl http://a/", "method": "PUT"}, "curl"),
    ],
)
def test_what_cannot_be_asked_is_said(flags, said):
    with pytest.raises(Complaint, match=said):
        scenario(**flags)


def test_a_target_that_is_down_is_recorded_and_keeps_nothing_from_starting(
    program, tmp_path, unused_tcp_port
):
    url = f"http://127.0.0.1:{unused_tcp_port}/health"
    done = program(
        "watch", "local", "--request", url, "--request-every", "300ms", "--headless",
        "--duration", "5s", "--summary", tmp_path / "out.json",
    )  # fmt: skip
    summary = json.loads((tmp_path / "out.json").read_text())
    assert summary["requests"]["failed"] == summary["requests"]["count"] > 3
    assert summary["transactions"]["GET /health"]["passed"] == 0
    assert summary["groups"]["url"]["peak_vus"] == 1
    assert summary["objectives"] == []
    assert summary["servers"]["local"]["memory_percent"]["peak"] > 0
    # the test machine itself may be over a limit: then the verdict says so
    assert done.returncode in (0, 1, 4), done.stderr
    assert not any("pass rate" in reason for reason in summary["reasons"])
