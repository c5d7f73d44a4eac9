"""A pasted curl command as a group for a running test."""

from __future__ import annotations

import pytest
import yaml

from perfconsole.controller.added_group import with_group
from perfconsole.importers.curl_group import curl_group
from perfconsole.importers.draft import ImportFault
from perfconsole.scenario.url import checked

RUNNING = """\
name: running
target: http://shop.example
http: {auth: {basic: 'anna:secret'}}
groups: {browse: {vus: 1}}
flows: {browse: [{request: GET /}]}
"""


def test_it_asks_what_the_command_asks_and_is_valid_in_a_run() -> None:
    text = "curl 'http://shop.example/orders?a=1' -H 'X-A: b' --json '{\"n\": 1}'"
    command = curl_group("orders", text, vus=7, ramp="over 10s")
    assert (command.group, command.target) == ("orders", "http://shop.example")
    assert command.spec == {"flow": "orders", "vus": 7, "ramp": "over 10s"}
    edited = with_group(checked(yaml.safe_load(RUNNING)), command, "http://shop.example")
    assert edited.most_vus_of("orders") == 7
    (step,) = edited.flows["orders"].steps
    assert (step.request, step.headers["X-A"], step.auth) == ("POST /orders?a=1", "b", "none")


def test_its_own_login_is_sent_and_the_scenarios_is_not() -> None:
    (own,) = curl_group("g", "curl http://shop.example/ -u eve:pw").flows["g"]
    assert own["auth"] == {"basic": "eve:pw"}
    (none,) = curl_group("g", "curl http://shop.example/").flows["g"]
    assert none["auth"] == "none"


def test_what_several_commands_share_is_the_groups() -> None:
    text = "curl http://h/a -H 'X-A: b' --http2; curl http://h/b -H 'X-A: b'"
    command = curl_group("g", text, rate="5/s")
    assert command.spec == {
        "flow": "g", "rate": "5/s", "headers": {"X-A": "b"}, "http": {"version": "2"},
    }  # fmt: skip
    assert [step["request"] for step in command.flows["g"]] == ["GET /a", "GET /b"]


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "wget http://h/", "curl", "curl ftp://h/", "curl 'http://h/",
     "curl http://a/ ; curl http://b/"],
)  # fmt: skip
def test_what_is_no_curl_command_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ImportFault) as fault:
        curl_group("g", text)
    assert str(fault.value)
    assert "\n" not in str(fault.value)
