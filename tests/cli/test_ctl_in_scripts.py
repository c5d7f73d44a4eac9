"""ctl and the API as scripts use them: JSON, exit statuses, waiting, curl, completion."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import threading
import time
from contextlib import suppress

import pytest

from perfconsole.journal.folder import all_folders, find_folder

SCENARIO = """\
name: scripted
target: {url}
groups:
  browse: {{vus: 4}}
  brew: {{vus: 2}}
flows:
  browse: [{{request: GET /}}, {{think: 20ms to 60ms}}]
  brew: [{{request: GET /guide}}, {{rendezvous: gate}}, {{think: 20ms}}]
rendezvous:
  gate: {{wait_for: manual}}
"""
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")


@pytest.fixture
def run(start_run, scenario_file, target, program, eventually):
    """With its API on a free port."""
    run = start_run(
        scenario_file(SCENARIO.format(url=target.url)),
        "--duration", "100s", "--listen", "127.0.0.1:0",
    )  # fmt: skip
    eventually(lambda: program.status().get("vus") == 6)
    return run


def told(done):
    """The JSON of an answer, all that is on stdout."""
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_ctl_answers_in_json_and_by_its_status(run, program):
    ctl = lambda *words: program("ctl", "last", *words)  # noqa: E731 - a word that reads well here
    done = ctl("pause", "browse", "--json")
    assert done.returncode == 0
    answer = told(done)
    assert answer.pop("seq") > 0
    assert answer == {"ok": True, "said": "paused browse", "asks": False}
    refused = ctl("pause", "browse", "--json")
    assert refused.returncode == 1
    assert told(refused) == {
        "ok": False, "said": "nothing to pause in browse", "seq": 0, "asks": False,
    }  # fmt: skip
    done = ctl("pause", "browse")
    assert (done.returncode, done.stderr) == (1, "nothing to pause in browse\n")
    assert ctl("vus", "browse", "many", "--json").returncode == 2
    assert ctl("nope").returncode == 2
    week = ctl("resume", "all", "--over", "8d")
    assert (week.returncode, week.stderr.count("\n")) == (2, 1)
    assert week.stderr.startswith("resume: ")
    assert told(ctl("trace", "browse", "--json"))["said"].startswith("keeps the next 20 failing")

    so = ctl("wait", "--until", "groups.browse.state==paused and vus>=6", "--json")
    assert (so.returncode, told(so)["ok"]) == (0, True)
    none = ctl("wait", "--until", "groups.browse.states.error==0")
    assert none.returncode == 0, none.stderr
    late = ctl("wait", "--until", "vus>=1000", "--timeout", "300ms")
    assert (late.returncode, late.stderr) == (1, "not within 300ms: vus>=1000\n")
    wrong = ctl("wait", "--until", "vuss>=1")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("--until: there is no 'vuss'; there are seq, run, ")

    waiting = {}

    def wait_for(condition):
        waiting[condition] = ctl("wait", "--until", condition)

    threads = [
        threading.Thread(target=wait_for, args=(condition,))
        for condition in ("groups.browse.vus>=9", "vus>=1000", "state==ended")
    ]
    for thread in threads:
        thread.start()
    assert ctl("vus", "browse", "9").returncode == 0
    threads[0].join(30)
    assert waiting["groups.browse.vus>=9"].returncode == 0
    assert ctl("stop-run", "--now", "--yes").returncode == 0
    for thread in threads:
        thread.join(60)
    assert waiting["vus>=1000"].returncode == 3
    assert waiting["vus>=1000"].stderr == "the run ended before this was so: vus>=1000\n"
    assert waiting["state==ended"].returncode == 0
    run.wait()
    assert ctl("wait", "--until", "state==ended").returncode == 0
    over = ctl("pause", "all", "--json")
    assert (over.returncode, told(over)["ok"]) == (3, False)


@needs_curl
def test_what_api_prints_works_in_a_shell(run, program):
    folder = find_folder("last")
    printed = program("ctl", "last", "api").stdout
    lines = [line.strip() for line in printed.splitlines() if "curl" in line]
    assert len(lines) == 4
    assert folder.token.read_text().strip() not in printed

    def shell(line):
        return subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, timeout=20, check=True
        ).stdout

    answers = [json.loads(shell(line.replace("curl", "curl -sS"))) for line in lines]
    assert [answer.get("run") for answer in answers] == [run.run, None, run.run, run.run]
    assert answers[1]["said"] == "paused all groups"

    where = json.loads(program("ctl", "last", "api", "--json").stdout)
    assert where["socket"] == str(folder.socket)
    unauthorised = shell(f"curl -sS -w '%{{http_code}}' {where['url']}/v1/status")
    assert unauthorised.endswith("401") and run.run not in unauthorised
    token = program("ctl", "last", "api", "--token").stdout.strip()
    assert token == folder.token.read_text().strip()
    viewer = program("ctl", "last", "api", "--token", "--viewer").stdout.strip()
    forbidden = shell(
        f"curl -sS -w '%{{http_code}}' -H 'Authorization: Bearer {viewer}' "
        f"{where['url']}/v1/commands -d '{{}}'"
    )
    assert forbidden.endswith("403")
    assert stat.S_IMODE(folder.token.stat().st_mode) == 0o600

    program("ctl", "last", "stop-run", "--now", "--yes")
    _, _, err = run.wait()
    assert f"the API listens on {where['url']}; perfconsole ctl {run.run} api tells" in err
    assert token not in err
    until = time.monotonic() + 20
    while folder.token.exists():  # it is good for nothing now
        assert time.monotonic() < until
        time.sleep(0.05)
    assert not folder.api_url.exists()
    for path in folder.path.iterdir():
        with suppress(FileNotFoundError):  # SQLite's own files come and go until it is closed
            assert not path.is_file() or token.encode() not in path.read_bytes()


def test_tab_offers_runs_groups_and_points(run, program, tmp_path):
    def offered(*words, **environment):
        line = ["perfconsole", *words]
        asking = {
            "_PERFCONSOLE_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(line),
            "COMP_CWORD": str(len(line) - 1),
        }
        before, program.env = program.env, program.env | asking | environment
        done, program.env = program(), before
        assert done.stderr == ""
        return [line.removeprefix("plain,") for line in done.stdout.split()]

    assert offered("ctl", "") == ["last", run.run]
    assert offered("show", run.run[:4]) == [run.run]
    assert offered("ctl", "last", "pause", "b") == ["browse", "brew"]
    assert offered("ctl", "last", "pause", "browse", "") == ["browse", "brew", "all"]
    assert offered("ctl", "last", "vus", "") == ["browse", "brew"]
    assert offered("ctl", run.run, "release", "g") == ["gate"]
    assert "wait" in offered("ctl", "last", "w")
    assert offered("ctl", "nope", "pause", "") == []
    assert offered("ctl", "", PERFCONSOLE_HOME=str(tmp_path / "none")) == ["last"]

    script = program("completion", "bash").stdout
    asked = subprocess.run(
        ["bash", "-c", f"{script}\ntype -t _perfconsole_completion; complete -p perfconsole"],
        capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    assert asked.stdout.splitlines()[0] == "function"
    assert "_perfconsole_completion perfconsole" in asked.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell, program):
    assert f"_PERFCONSOLE_COMPLETE={shell}_complete" in program("completion", shell).stdout


def test_a_taken_port_is_refused_before_anything_is_loaded(program, scenario_file, target, home):
    scenario = scenario_file(SCENARIO.format(url=target.url))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = program("run", scenario, "--headless", "--duration", "5s",
                       "--listen", f"127.0.0.1:{port}")  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == (
        f"--listen 127.0.0.1:{port}: the port is taken; name another, or 0 for any that is free\n"
    )
    assert target.received() == 0
    assert all_folders() == []


def test_no_place_to_listen_is_bad_input(program, scenario_file, target):
    scenario = scenario_file(SCENARIO.format(url=target.url))
    done = program("run", scenario, "--headless", "--duration", "5s", "--listen", "8300")
    assert done.returncode == 2
    assert done.stderr == "--listen: '8300' is no place to listen; write 127.0.0.1:8300\n"


def test_a_viewer_attaches_and_steers_nothing(run, terminal, program):
    viewer = terminal("attach", "last", "--view")
    viewer.wait_for("LIVE", "viewer")
    viewer.press(" ")
    viewer.wait_for("this console only looks on")
    assert {group["state"] for group in program.status()["groups"].values()} == {"running"}
    viewer.press("q")
    assert viewer.end()[0] == 0
    assert program.status()["state"] == "running"
