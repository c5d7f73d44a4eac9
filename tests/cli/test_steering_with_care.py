"""Questions, clashes and undo on a real run, from the shell and over the API."""

from __future__ import annotations

import json

import pytest

from perfconsole.client.api import RunClient
from perfconsole.journal.folder import find_folder
from perfconsole.model.command import ChangeVus, EditSchedule, StopGroups
from perfconsole.model.states import GroupState

SCENARIO = """\
name: steered
target: {url}
groups:
  browse: {{vus: 12}}
  search: {{rate: 20/s, vus: 5}}
flows:
  browse: [{{request: GET /}}, {{think: 20ms to 60ms}}]
  search: [{{request: GET /guide}}]
"""


@pytest.fixture
def run(start_run, scenario_file, target, program, eventually):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s")
    eventually(lambda: program.status().get("vus") == 17)
    return run


def told(program, *words):
    done = program("ctl", "last", *words)
    return done.returncode, (done.stdout or done.stderr).strip()


def clients(*kinds):
    socket = find_folder("last").socket
    return [RunClient(socket, kind=kind, by=by) for kind, by in kinds]


async def test_a_run_is_steered_with_care(run, program, terminal, eventually):
    def browse():
        return program.status()["groups"]["browse"]

    question, fewer = (f"stop browse after the iteration: {n} VUs?" for n in (12, 15))
    assert told(program, "stop", "browse") == (
        1, f"{question} Nothing was done; --yes answers with yes"
    )  # fmt: skip
    status, said = told(program, "stop", "browse", "--json")
    assert (status, json.loads(said)) == (
        1, {"ok": False, "said": question, "seq": 0, "asks": True}
    )  # fmt: skip
    asked = terminal("ctl", "last", "stop", "browse")
    asked.wait_for(f"{question} [y/N]:")
    asked.press("\r")
    assert asked.end()[0] == 1
    assert browse()["state"] == "running"
    assert told(program, "stop", "browse", "--yes") == (0, "stopped browse after the iteration")
    eventually(lambda: browse()["state"] == "stopped")
    status, said = told(program, "undo")
    assert (status, said.partition(" (by ")[0]) == (0, "undid: stopped browse after the iteration")
    eventually(lambda: browse()["vus"] == 12)

    assert told(program, "schedule", "browse", "to 20 over 1s, hold 1m") == (
        0, "rest of browse's schedule: to 20 over 1s, hold 1m"
    )  # fmt: skip
    eventually(lambda: browse()["vus"] == 20)
    assert told(program, "schedule", "search", "[{to: 40/s}, {hold: 1m}]") == (
        0, "rest of search's schedule: to 40/s at once, hold 1m"
    )  # fmt: skip
    eventually(lambda: program.status()["groups"]["search"]["rate"] == 40)
    assert told(program, "vus", "all", "-5") == (
        0, "VUs of browse 20 → 15; not those with a rate: search"
    )  # fmt: skip

    anna, bert = clients(("console", "anna"), ("console", "bert"))
    try:
        seen = (await bert.snapshot()).revision
        asked = StopGroups(groups=("browse",))
        for _ in range(2):
            answer = await anna.send(asked, "same")
            assert (answer.ok, answer.asks, answer.said) == (False, True, fewer)
        done = await anna.send(asked, "same", sure=True)
        again = await anna.send(asked, "same")
        assert (done.ok, again) == (True, done)
        clash = await bert.send(ChangeVus(group="browse", to=18), revision=seen)
        assert not (clash.ok or clash.asks)
        assert clash.said.startswith("not done: anna changed browse ")
        assert clash.said.endswith(" ago: stopped browse after the iteration")

        view = await anna.snapshot()
        assert [c.said for c in view.commands].count(done.said) == 2
        first, last = view.commands[0].client, view.commands[-1].client
        assert (first.split(":")[0], last.split(":")[0]) == ("ctl", "console")
        stages = view.groups["search"].stages
        assert [(s.kind, s.load) for s in stages] == [("to", 20), ("to", 40), ("hold", 40)]
        assert view.groups["search"].course[0].course_s == pytest.approx(0, abs=0.5)
        refused = await bert.send(EditSchedule(group="browse", load=({"hold": 5},)))
        assert refused.said == "not running: browse"
        assert view.groups["browse"].state in (GroupState.STOPPING, GroupState.STOPPED)
    finally:
        await anna.close()
        await bert.close()
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    assert run.wait()[0] == 0


def test_a_run_against_a_host_off_the_list_asks_before_it_starts(program, scenario_file):
    text = SCENARIO.format(url="http://192.0.2.1:9") + "hosts: [stage.example]\n"
    done = program("run", scenario_file(text), "--headless", "--duration", "5s")
    assert (done.returncode, done.stderr) == (
        2,
        "load http://192.0.2.1:9, which is not on the scenario's list of hosts? "
        "Nothing was started; --yes answers with yes\n",
    )
