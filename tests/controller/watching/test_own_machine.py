"""The load generator's machine stands among the servers when nobody named it."""

from __future__ import annotations

from typing import Any

import pytest

from perfconsole.controller.opening import server_infos
from perfconsole.controller.watching.own_machine import own_machine
from perfconsole.model.scenario import Scenario

GROUPS = {
    "target": "http://127.0.0.1:1",
    "groups": {"a": {"vus": 1}},
    "flows": {"a": [{"think": 1}]},
}
REMOTE = {"ssh": "web1"}


def scenario(servers: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.model_validate({"name": "n", "servers": servers, **more})


@pytest.mark.parametrize(
    ("servers", "names"),
    [
        ({}, ["load generator"]),
        ({"web1": REMOTE}, ["web1", "load generator"]),
        ({"load generator": REMOTE}, ["load generator", "load generator (this machine)"]),
        ({"me": {"local": True}}, ["me"]),
    ],
)
def test_it_is_there_once(servers, names):
    infos = list(server_infos(scenario(servers, **GROUPS)))
    assert [info.name for info in infos] == names
    assert [info.name for info in infos if info.generator] == names[len(servers) :]


def test_nothing_is_asked_of_it():
    (info,) = server_infos(scenario({}, **GROUPS))
    assert (info.where, info.limits, info.judged) == ("this machine", {}, False)


def test_where_no_load_is_made_there_is_no_generator():
    assert own_machine(scenario({"web1": REMOTE})) == {}
