"""A running test is given more groups."""

from __future__ import annotations

import os
import signal

import pytest

from perfconsole.journal.folder import find_folder
from perfconsole.journal.reader import JournalReader

SCENARIO = """\
name: growing
target: {url}
groups:
  browse: {{vus: 3}}
variables: {{page: supply, password: hunter2}}
data: {{users: {{generate: {{name: uuid}}}}}}
flows:
  browse: [{{request: GET /, name: start}}, {{rendezvous: gate}}, {{think: 20ms}}]
  idle: [{{request: 'GET /${{page}}?u=${{users.name}}', name: idle}}, {{think: 20ms}}]
rendezvous:
  gate: {{wait_for: 1}}
"""


@pytest.fixture
def run(start_run, scenario_file, target, program, eventually):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "200s",
                    "--injectors", "2")  # fmt: skip
    eventually(lambda: program.status().get("vus") == 3)
    return run


def ctl(program, *words):
    done = program("ctl", "last", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def refusal(program, *words, status=2):
    """2: the words are wrong; 1: the run refuses."""
    done = program("ctl", "last", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr.strip()


def group(program, name):
    return program.status()["groups"][name]


def journalled(run):
    with JournalReader(find_folder(run).journal) as journal:
        return journal.view()


def test_groups_of_a_flow_a_curl_command_and_a_file_count_to_the_request(
    run, program, target, scenario_file, eventually, home
):
    assert ctl(program, "add", "more", "--flow", "idle", "--vus", "4") == (
        "added more: 4 VUs of idle"
    )
    curl = f"curl '{target.url}/guide?a=1' -H 'Authorization: Bearer s3cr3t'"
    assert ctl(program, "add", "pasted", "--curl", curl, "--rate", "40/s", "--vus", "5") == (
        "added pasted: 40/s of pasted, at most 5 VUs"
    )
    edited = SCENARIO.format(url=target.url).replace(
        "flows:\n",
        "flows:\n  new: [{request: GET /demand, name: new}, {rendezvous: gate}, {think: 20ms}]\n",
    ).replace("groups:\n", "groups:\n  late: {flow: new, vus: 2, iterations: 5}\n")  # fmt: skip
    file = scenario_file(edited, "edited.yaml")
    assert ctl(program, "add", "late", "--scenario", file) == "added late: 2 VUs of new"
    eventually(lambda: group(program, "late")["state"] == "finished")
    eventually(lambda: group(program, "more")["vus"] == 4)
    eventually(lambda: group(program, "pasted")["offered"] > 20)

    strange = edited.replace("late:", "later:").replace("new", "newer")
    strange = strange.replace("rendezvous: gate}, {think: 20ms}]\n  browse",
                              "rendezvous: dam}, {think: 20ms}]\n  browse")  # fmt: skip
    file = scenario_file(strange, "strange.yaml")
    assert refusal(program, "add", "later", "--scenario", file, status=1) == (
        "rendezvous dam is new: a running test gets no new points"
    )
    assert "later" not in program.status()["groups"]

    ctl(program, "pause", "more")
    eventually(lambda: group(program, "more")["states"].get("paused") == 4)
    ctl(program, "resume", "more")
    ctl(program, "stop", "more", "--yes")
    eventually(lambda: group(program, "more")["state"] == "stopped")
    ctl(program, "start", "more")
    eventually(lambda: group(program, "more")["vus"] == 4)
    ctl(program, "stop-run", "--yes")
    assert run.wait()[0] == 0

    summary, asked = program.summary(), target.received()
    assert (summary["requests"]["count"], summary["requests"]["cut"]) == (asked, 0)
    assert summary["transactions"]["new"]["passed"] == 10
    assert list(summary["groups"]) == ["browse", "more", "pasted", "late"]
    assert summary["groups"]["more"]["peak_vus"] == 4
    pasted = summary["groups"]["pasted"]
    assert pasted["offered"] == summary["transactions"]["GET /guide"]["passed"]
    shown = journalled("last").groups.values()
    assert {group.name: group.flow for group in shown} == {
        "browse": "browse", "more": "idle", "pasted": "pasted", "late": "new",
    }  # fmt: skip
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"added pasted" in kept
    assert b"s3cr3t" not in kept
    assert b"hunter2" not in kept


def test_injectors_that_come_later_have_the_group_too(
    run, program, target, eventually, scenario_file
):
    script = "import no_such_module\n\n\nasync def go(vu):\n    await vu.get('/')\n"
    broken = scenario_file(script, "broken.py")
    ctl(program, "add", "broken", "--flow", f"{broken}:go")
    eventually(lambda: group(program, "broken")["state"] == "finished")
    ctl(program, "add", "more", "--flow", "idle", "--vus", "4")
    ctl(program, "add", "open", "--flow", "idle", "--vus", "3", "--rate", "50/s")
    eventually(lambda: group(program, "more")["vus"] == 4)
    first, second = (injector["pid"] for injector in program.status()["injectors"])
    os.kill(first, signal.SIGKILL)
    eventually(lambda: group(program, "more")["states"].get("running", 0) == 4
               and len(program.status()["injectors"]) == 1)  # fmt: skip
    os.kill(second, signal.SIGKILL)
    eventually(lambda: len(program.status()["injectors"]) == 2, within_s=40)
    eventually(lambda: group(program, "more")["vus"] == 4)
    before = group(program, "more")["iterations"], group(program, "open")["offered"]
    eventually(lambda: group(program, "more")["iterations"] > before[0] + 20)
    eventually(lambda: group(program, "open")["offered"] > before[1] + 20)
    ctl(program, "stop-run", "--yes")
    run.wait()
    requests = program.summary()["requests"]
    assert 0 <= target.received() - requests["count"] <= requests["cut"]
    assert program.summary()["groups"]["more"]["iterations"] > before[0]
    (why,) = (line for line in journalled("last").lines if line.text.startswith("stopped broken"))
    assert "no_such_module" in why.text


def test_a_run_without_hands_ends_when_the_added_group_has_too(
    start_run, scenario_file, target, program, eventually
):
    text = SCENARIO.format(url=target.url).replace("{vus: 3}", "{vus: 2, samples: 60}")
    text = text.replace("wait_for: 1", "wait_for: manual")
    run = start_run(scenario_file(text), "--injectors", "2")
    late = scenario_file(
        text.replace("groups:\n", "groups:\n  late: {flow: idle, vus: 3, samples: 100}\n"), "e.yaml"
    )
    ctl(program, "add", "late", "--scenario", late)
    ctl(program, "rendezvous", "gate", "off")
    status, out, _ = run.wait()
    assert (status, "PASSED" in out) == (0, True)
    summary = program.summary()
    assert {n: g["iterations"] for n, g in summary["groups"].items()} == {"browse": 60, "late": 100}
    assert summary["requests"]["count"] == target.received() == 160


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "add x: give one of --flow, --curl and --scenario"),
        (["--flow", "a", "--curl", "curl b"], "add x: give one of --flow, --curl and --scenario"),
        (["--curl", "wget h"], "--curl: "),
        (["--scenario", "no.yaml", "--vus", "2"],
         "--vus, --ramp, --rate, --pacing: with --scenario the file says it"),
        (["--scenario", "no.yaml"], "no.yaml: "),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_said_before_the_run_is_asked(program, words, says):
    assert refusal(program, "add", "x", *words).startswith(says)
