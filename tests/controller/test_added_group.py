"""What a running test can be given as a new group, and what not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from perfconsole.controller.added_group import kept_group, with_group
from perfconsole.controller.refusal import Refusal
from perfconsole.model.command import AddGroup
from perfconsole.model.scenario import Scenario
from perfconsole.scenario.url import checked

TARGET = "http://127.0.0.1:8080"
RUNNING = """\
name: running
target: http://127.0.0.1:8080
http: {headers: {X-Team: shop}}
groups:
  browse: {vus: 3}
variables: {page: one}
data: {users: {generate: {name: uuid}}}
flows:
  browse: [{request: GET /, name: start}, {flow: part}]
  part: [{request: GET /part}]
  idle: [{request: 'GET /${users.name}'}, {think: 1s}]
"""


@pytest.fixture
def present() -> Scenario:
    return checked(yaml.safe_load(RUNNING))


def added(group: str = "more", **fields: Any) -> AddGroup:
    return AddGroup(group=group, **{"spec": {"flow": "idle", "vus": 2}, **fields})


def refused(present: Scenario, command: AddGroup) -> str:
    with pytest.raises(Refusal) as refusal:
        with_group(present, command, TARGET)
    text = str(refusal.value)
    assert "\n" not in text
    return text


def test_it_is_laid_over_what_is_played_and_changes_nothing_of_it(present: Scenario) -> None:
    edited = with_group(present, added(), TARGET)
    assert edited.flow_of("more") == "idle"
    assert edited.groups["browse"] is present.groups["browse"]
    assert (list(present.groups), list(edited.groups)) == (["browse"], ["browse", "more"])
    again = with_group(edited, added("again", spec={"rate": "50/s", "flow": "browse"}), TARGET)
    assert again.groups["again"].open


def test_flows_of_its_own_come_along(present: Scenario) -> None:
    flows = {"new": [{"request": "GET /new"}, {"flow": "inner"}], "inner": [{"request": "GET /"}]}
    edited = with_group(present, added(spec={"flow": "new"}, flows=flows), TARGET)
    assert set(edited.flows) == {"browse", "part", "idle", "new", "inner"}
    assert edited.flows["browse"] is present.flows["browse"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (added("browse"),
         "there is a group 'browse' already: start it, or give this one another name"),
        (added("all"), 'no group can be called "all": that stands for all groups'),
        (added("x" * 81), "is no name: 1 to 80 characters"),
        (added(spec={"flow": "idel"}),
         'groups.more: there is no flow "idel"; did you mean "idle"?'),
        (added(spec={"flow": "idle", "vus": 0}), "groups.more.vus"),
        (added(spec={"flow": "idle", "vsu": 3}), "groups.more"),
        (added(spec={"flow": "idle", "vus": "30%"}),
         "groups.more.vus: the VUs of a running test are shared out already; write a number"),
        (added(spec={"flow": "idle", "ramp": "soon"}), "groups.more.ramp"),
        (added(spec={"flow": "idle", "after_group": "nobody"}),
         'groups.more.after_group: there is no group "nobody"'),
        (added(spec={"flow": "new"}, flows={"new": [{"request": "GETT /"}]}),
         "flows.new step 1"),
        (added(spec={"flow": "new"}, flows={"new": [{"flow": "nowhere"}]}), "flows.new step 1"),
        (added(spec={"flow": "new"}, flows={"new": [{"request": "GET /${nothing}"}]}),
         "flows.new step 1"),
        (added(spec={"flow": "new"}, flows={"new": 5}), "flows.new"),
        (added(spec={"flow": "new"},
               flows={"new": [{"request": "PUT /", "body_file": "/no/such/file"}]}),
         "there is no file /no/such/file"),
        (added(spec={"flow": "/no/such/file.py:go"}), "/no/such/file.py"),
        (added(flows={"part": [{"request": "GET /other"}]}),
         "flow part is another one in this run: load it first, or give it another name"),
        (added(target="http://other:8080"),
         "more would ask http://other:8080, but a run has one target, and this one loads "
         "http://127.0.0.1:8080"),
        (added(target="https://127.0.0.1:8080"), "a run has one target"),
        (added(target="http://127.0.0.1"), "a run has one target"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_refused_with_its_place(
    present: Scenario, command: AddGroup, says: str
) -> None:
    assert says in refused(present, command)


def test_the_same_target_may_be_written_in_other_ways(present: Scenario) -> None:
    for target in (TARGET, "HTTP://127.0.0.1:8080"):
        with_group(present, added(target=target), TARGET)
    usual = present.model_copy(update={"target": "http://shop.example"})
    with_group(usual, added(target="http://SHOP.example:80"), "http://shop.example")
    demo = present.model_copy(update={"target": "demo"})
    with_group(demo, added(target="demo"), TARGET)
    with_group(demo, added(target=TARGET), TARGET)
    with pytest.raises(ValidationError):
        added(target="no host")


def test_a_flow_that_nobody_plays_may_be_another_one(present: Scenario) -> None:
    flows = {"idle": [{"request": "GET /idle"}], "part": [{"request": "GET /part"}]}
    edited = with_group(present, added(flows=flows), TARGET)
    assert edited.flows["idle"] != present.flows["idle"]
    assert edited.flows["part"] == present.flows["part"]


def test_what_is_gone_of_the_run_itself_stops_nobody(present: Scenario, tmp_path) -> None:
    body = tmp_path / "body"
    body.write_text("x")
    tree = yaml.safe_load(RUNNING)
    tree["flows"]["browse"] = [{"request": "PUT /", "body_file": str(body)}]
    del tree["flows"]["part"]
    scenario = checked(tree)
    body.unlink()
    assert "more" in with_group(scenario, added(), TARGET).groups


def test_a_run_that_only_watches_servers_has_no_target_for_a_group() -> None:
    watching = Scenario.model_validate({"name": "x", "servers": {"here": {"local": True}}})
    assert "only watches servers" in refused(watching, added())


def test_the_journal_keeps_no_secret_of_it() -> None:
    command = added(
        spec={"vus": 1, "headers": {"Authorization": "Bearer s3cr3t"},
              "variables": {"password": "hunter2"}},
        flows={"more": [{"request": "POST /", "headers": {"Cookie": "sid=abc123"},
                         "json": {"token": "t0k3n", "a": 1}}]},
    )  # fmt: skip
    kept = kept_group(command)
    assert (kept["do"], kept["group"], kept["spec"]["vus"]) == ("add_group", "more", 1)
    text = json.dumps(kept)
    assert not [word for word in ("s3cr3t", "hunter2", "abc123", "t0k3n") if word in text]
    assert AddGroup.model_validate(kept).flows.keys() == {"more"}
