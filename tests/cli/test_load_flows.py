"""Edited flows, loaded into a running test."""

from __future__ import annotations

import json

import pytest

BEFORE = """\
name: edited
target: {url}
groups:
  browse: {{vus: 3}}
  buy: {{vus: 2}}
  idle: {{vus: 1, flow: other}}
variables: {{page: one, password: hunter2}}
flows:
  browse: [{{request: GET /, name: start}}, {{think: 20ms}}]
  buy: [{{request: GET /guide, name: guide}}, {{rendezvous: till}}, {{think: 20ms}}]
  other: [{{request: GET /, name: other}}, {{think: 20ms}}]
rendezvous:
  till: {{wait_for: 1}}
"""


@pytest.fixture
def edit(scenario_file, target, program):
    """Loads the scenario with changes; what the program said."""
    text = BEFORE.format(url=target.url)

    def load(changes, *flows):
        edited = text
        for old, new in changes.items():
            assert old in edited
            edited = edited.replace(old, new)
        done = program("ctl", "last", "load", scenario_file(edited, "edited.yaml"), *flows)
        return done.returncode, (done.stdout or done.stderr).strip()

    return load


@pytest.fixture
def run(start_run, scenario_file, target, program, eventually):
    run = start_run(scenario_file(BEFORE.format(url=target.url)), "--duration", "200s",
                    "--injectors", "2")  # fmt: skip
    eventually(lambda: program.status().get("vus") == 6)
    return run


def transactions(program):
    return program.summary()["transactions"]


def test_vus_play_the_edited_flow_from_their_next_iteration_on(run, edit, program, eventually):
    assert edit({"name: start": "name: second"}) == (0, "loaded flows browse (1 group)")
    eventually(lambda: transactions(program).get("second", {}).get("passed", 0) > 3)
    assert edit({"name: start": "name: third", "name: guide": "name: fourth"}, "buy") == (
        0, "loaded flows buy (1 group)",
    )  # fmt: skip
    eventually(lambda: transactions(program).get("fourth", {}).get("passed", 0) > 3)
    assert "third" not in transactions(program)
    status, *_ = edit({"name: start": "name: second", "name: guide": "name: fourth"})
    assert status == 1
    program("ctl", "last", "stop-run", "--yes")
    assert run.wait()[0] == 0
    said = [command["command"] for command in program.summary()["commands"]]
    assert said[:2] == ["loaded flows browse (1 group)", "loaded flows buy (1 group)"]


def test_what_a_running_test_cannot_take_is_refused_and_nothing_changes(run, edit, program):
    refusals = [
        edit({}),
        edit({"rendezvous: till}": "rendezvous: gate}", "  till: {": "  gate: {"}),
        edit({"name: start": "name: second"}, "nobody"),
        edit({"GET /, name: start": "GET /?p=${user}", "page: one": "user: x"}, "other"),
        edit({"GET /, name: start": "GETT /"}),
    ]
    assert [status for status, _ in refusals] == [1, 1, 1, 2, 2]
    texts = [text for _, text in refusals]
    assert texts[0] == "nothing to load: the flows are as they are played already"
    assert texts[1] == "rendezvous gate is new: a running test gets no new points"
    assert texts[2].startswith("there is no flow 'nobody' in the edited scenario")
    assert "edited.yaml:9" in texts[4]
    assert set(transactions(program)) == {"start", "guide", "other"}


def test_no_secret_of_the_edited_scenario_is_kept(run, edit, program, home):
    changes = {
        "name: start": 'name: second, headers: {Authorization: "Bearer s3cr3t"}',
        "hunter2": "hunter3",
    }
    assert edit(changes)[0] == 0
    program("ctl", "last", "stop-run", "--now", "--yes")
    run.wait()
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"loaded flows browse" in kept
    assert b"s3cr3t" not in kept
    assert b"hunter3" not in kept


def test_injectors_that_come_later_play_the_edited_flow_too(run, edit, program, eventually):
    import os
    import signal

    assert edit({"name: start": "name: second"})[0] == 0
    for injector in program.status()["injectors"]:
        os.kill(injector["pid"], signal.SIGKILL)
    eventually(lambda: program.status().get("vus") == 6)
    eventually(lambda: transactions(program).get("second", {}).get("passed", 0) > 3)
    before = transactions(program)["start"]["passed"]
    count = transactions(program)["second"]["passed"]
    eventually(lambda: transactions(program)["second"]["passed"] > count + 20)
    assert transactions(program)["start"]["passed"] == before
    assert json.dumps(program.summary())


def test_a_flow_in_python_is_loaded_when_its_file_was_saved(
    start_run, scenario_file, target, program, eventually
):
    script = "async def go(vu):\n    await vu.get('/', name='{name}')\n    await vu.think('20ms')\n"
    text = f"name: x\ntarget: {target.url}\ngroups: {{g: {{flow: 'go.py:go'}}}}\n"
    file = scenario_file(text)
    flow = file.parent / "go.py"
    flow.write_text(script.format(name="first"))
    run = start_run(file, "--duration", "200s", "--injectors", "1")
    eventually(lambda: transactions(program).get("first", {}).get("passed", 0) > 3)
    assert program("ctl", "last", "load", file).returncode == 1
    flow.write_text(script.format(name="the second"))
    done = program("ctl", "last", "load", file)
    assert done.stdout.strip() == "loaded flows go.py:go (1 group)"
    eventually(lambda: transactions(program).get("the second", {}).get("passed", 0) > 3)
    assert program("ctl", "last", "load", file).returncode == 1
    program("ctl", "last", "stop-run", "--yes")
    assert run.wait()[0] == 0
