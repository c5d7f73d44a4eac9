"""What is done before the load and after it, in whole runs: order, failures, stops, kills."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

SCENARIO = """\
name: prepared
target: {url}
variables: {{who: anna, api-token: s3cr3t-of-mine}}
groups: {{a: {{vus: 2{more}}}}}
flows: {{a: [{{request: GET /}}, {{think: 20ms}}], seed: [{{request: GET /supply}}]}}
before:
{before}
after:
{after}
"""


@pytest.fixture
def scenario(scenario_file, target):
    def make(before: str, after: str, more: str = ", iterations: 2") -> Path:
        lists = ("".join(f"  - {line}\n" for line in each.splitlines()) for each in (before, after))
        first, last = lists
        return scenario_file(SCENARIO.format(url=target.url, before=first, after=last, more=more))

    return make


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


WAITS = "command: 'sh -c \"echo \\$\\$ > waits; sleep 600; true\"; true'"
CLEANS = "command: echo $PERFCONSOLE_RUN >> cleaned"


def pid_of(path: Path, eventually) -> int:
    return int(eventually(lambda: path.exists() and path.read_text().strip()))


def test_all_goes_in_order_and_none_of_it_is_in_the_figures(
    program, scenario, tmp_path, target, home
):
    file = scenario(
        "command: echo before $PERFCONSOLE_VAR_who $PERFCONSOLE_TARGET >> log\n"
        "flow: seed\n"
        "command: 'echo token=$PERFCONSOLE_VAR_api_token # postgres://me:pa55w0rd@db/shop'",
        "command: echo after >> log\ncommand: echo gone wrong >&2; exit 3\n" + CLEANS,
    )
    done = program("run", file, "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "log").read_text() == f"before anna {target.url}\nafter\n"
    summary = program.summary()
    assert summary["requests"]["count"] == 4 and target.received() == 5
    assert (tmp_path / "cleaned").read_text().strip() == summary["run"]
    assert list(summary["transactions"]) == ["GET /"]
    assert "exit status 3" in summary["reasons"][-1] and summary["verdict"] == "passed"
    assert 'before: flow "seed": done in' in done.stderr
    (folder,) = (home / "runs").glob("2*")
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert b"PERFCONSOLE_RUN >> cleaned" in kept
    everything = kept.decode(errors="replace") + done.stderr + done.stdout + json.dumps(summary)
    assert "s3cr3t-of-mine" not in everything and "pa55w0rd" not in everything


def test_check_shows_what_will_be_done(program, scenario):
    done = program("check", scenario("command: echo postgres://me:pa55w0rd@db/shop", CLEANS))
    assert "before the test\n  echo postgres://***@db/shop\n" in done.stdout
    assert "after the test\n  echo $PERFCONSOLE_RUN >> cleaned\n" in done.stdout


def test_what_cannot_be_prepared_is_not_loaded(program, scenario, tmp_path, target):
    file = scenario("command: echo no database >&2; exit 2", CLEANS)
    done = program("run", file, "--headless")
    assert done.returncode == 3
    (why,) = [line for line in done.stdout.splitlines() if line.startswith("  before: ")]
    assert "exit status 2" in why and why.endswith(": no database")
    assert target.received() == 0
    assert (tmp_path / "cleaned").exists()
    assert program.summary()["verdict"] == "aborted"


def test_a_stop_while_it_prepares_ends_the_command_and_cleans_up(
    program, scenario, start_run, tmp_path, target, eventually
):
    run = start_run(scenario(WAITS, CLEANS))
    pid = pid_of(tmp_path / "waits", eventually)
    assert program.status()["state"] == "starting"
    refused = program("ctl", "last", "vus", "a", "5")
    assert refused.returncode == 1 and "still preparing" in refused.stderr
    assert program("ctl", "last", "note", "hello").returncode == 0
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    status, _, err = run.wait()
    assert status == 4, err
    eventually(lambda: not alive(pid))
    assert (tmp_path / "cleaned").exists()
    assert target.received() == 0


def test_nothing_outlives_a_killed_controller(program, scenario, start_run, tmp_path, eventually):
    start_run(scenario(WAITS, CLEANS))
    pid = pid_of(tmp_path / "waits", eventually)
    os.kill(program.status()["controller_pid"], signal.SIGKILL)
    eventually(lambda: not alive(pid))


def test_the_console_shows_that_it_prepares_and_can_stop_it(
    terminal, scenario, tmp_path, eventually
):
    shown = terminal("run", scenario(WAITS, CLEANS))
    pid = pid_of(tmp_path / "waits", eventually)
    shown.wait_for("STARTING", "before: sh -c")
    shown.press("d")
    status, _ = shown.end()
    assert status == 0 and alive(pid)
    again = terminal("attach", "last")
    again.wait_for("STARTING", "before: sh -c")
    again.press("X")
    again.wait_for("Stop the run")
    again.press("1")
    again.wait_for("ENDED not proven")
    again.press("q")
    assert again.end()[0] == 4
    assert not alive(pid)
    assert (tmp_path / "cleaned").exists()


def test_a_second_hard_stop_cuts_what_cleans_up(program, scenario, start_run, tmp_path, eventually):
    run = start_run(scenario("command: 'true'", WAITS))
    pid = pid_of(tmp_path / "waits", eventually)
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    assert alive(pid)
    assert program("ctl", "last", "stop-run", "--now", "--yes").returncode == 0
    status, out, _ = run.wait()
    assert status == 0
    assert "after: cut before it was done" in out
    eventually(lambda: not alive(pid))
