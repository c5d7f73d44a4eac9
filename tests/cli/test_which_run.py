"""Which run is meant, and how to come back to it."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from perfconsole.cli.finding import find_living
from perfconsole.cli.own_name import own_name

SCENARIO = """\
name: long
target: {url}
groups:
  browse: {{vus: 2}}
  once: {{vus: 1, iterations: 2}}
flows:
  browse: &flow [{{request: GET /}}, {{think: 20ms to 60ms}}]
  once: *flow
"""


def test_the_last_run_that_still_goes_is_steered(
    start_run, scenario_file, target, program, eventually
):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "60s")
    eventually(lambda: program.status(run.run).get("vus") == 2)
    quick = program("run", target.url, "--vus", "1", "--headless", "--duration", "300ms")
    assert quick.returncode == 0, quick.stderr
    done = program("ctl", "last", "pause", "browse")
    assert (done.returncode, done.stdout) == (0, "paused browse\n")
    assert program("report", "last", "--format", "json").stdout.count(run.run) == 0
    program("ctl", "last", "stop-run", "--now", "--yes")
    run.wait()
    over = program("ctl", "last", "pause", "browse", "--json")
    assert over.returncode == 3
    assert json.loads(over.stdout)["ok"] is False
    over = program("ctl", "last", "status", "--json")
    assert (over.returncode, json.loads(over.stdout)["ok"]) == (3, False)


def test_one_that_hangs_is_not_passed_over_for_an_older_one(
    start_run, scenario_file, target, program, eventually
):
    path = scenario_file(SCENARIO.format(url=target.url))
    start_run(path, "--duration", "60s")
    newest = start_run(path, "--duration", "60s")
    assert newest.run == find_living("last").run
    pid = eventually(lambda: program.status(newest.run).get("controller_pid"))
    os.kill(pid, signal.SIGSTOP)
    assert newest.run == find_living("last").run


def test_the_last_group_that_a_hand_stops_can_be_started_again(
    start_run, scenario_file, target, program, eventually
):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "60s")
    group = lambda name: program.status().get("groups", {}).get(name, {})  # noqa: E731
    eventually(lambda: group("once").get("state") == "finished")
    assert group("once")["target_vus"] == 0
    assert program("ctl", "last", "stop", "browse", "--yes").returncode == 0
    eventually(lambda: group("browse").get("state") == "stopped")
    assert program("ctl", "last", "start", "browse").stdout == "started browse\n"
    eventually(lambda: group("browse").get("vus") == 2)
    program("ctl", "last", "stop-run", "--now", "--yes")
    _, _, err = run.wait()
    assert "nothing loads any more: start a group, or stop the run" in err


def test_the_way_back_is_the_way_it_was_started(monkeypatch, tmp_path: Path):
    program = tmp_path / "perfconsole"
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert own_name() == str(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_name() == "perfconsole"
