"""Runs that something stands in the way of: they end all the same, and say what it was."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

TWO_GROUPS = """\
name: two
target: {url}
groups:
  a: {{vus: 2, iterations: 3{a}}}
  b: {{vus: 2, iterations: 3{b}}}
flows:
  a: [{{request: GET /}}, {{think: {think}}}]
  b: [{{request: GET /guide}}, {{think: 10ms}}]
"""


@pytest.fixture
def two_groups(scenario_file, target):
    def make(a: str = "", b: str = "", think: str = "10ms", rest: str = ""):
        text = TWO_GROUPS.format(url=target.url, a=a, b=b, think=think)
        return scenario_file(text + rest)

    return make


@pytest.fixture
def silent_url():
    """A target that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for connection in kept:
            connection.close()


def test_a_finite_group_that_starts_later_does_run(program, two_groups, target):
    done = program("run", two_groups(b=", start_after: 4s"), "--headless")
    assert done.returncode == 0, done.stderr
    assert target.received() == 12
    assert program.summary()["groups"]["b"]["iterations"] == 6


def test_a_group_stopped_by_hand_does_not_hold_up_the_end(
    program, two_groups, start_run, eventually
):
    run = start_run(two_groups(think="60s"))
    eventually(lambda: program.status().get("requests", 0) >= 8)
    assert program("ctl", "last", "stop", "a", "--after-request", "--yes").returncode == 0
    assert run.wait(30)[0] == 0


def test_a_run_stopped_before_its_first_vu_ends_at_its_duration(program, two_groups, start_run):
    path = two_groups(a=", start_after: 8s", b=", start_after: 8s", rest="duration: 2s\n")
    run = start_run(path)
    assert program("ctl", "last", "hold", "all").returncode == 0
    status, out, _ = run.wait(30)
    assert (status, "nothing was measured" in out or "NOT PROVEN" in out) == (4, True)


@pytest.mark.clock
def test_an_injector_that_hangs_is_killed_and_its_vus_go_on_elsewhere(
    program, scenario_file, target, start_run, eventually
):
    path = scenario_file(
        f"name: hang\ntarget: {target.url}\ngroups: {{a: {{vus: 6}}}}\n"
        "flows: {a: [{request: GET /}, {think: 50ms}]}\n"
    )
    run = start_run(path, "--duration", "100s", "--injectors", "2")
    injectors = eventually(
        lambda: len(found := program.status().get("injectors", [])) == 2 and found
    )
    os.kill(injectors[0]["pid"], signal.SIGSTOP)
    eventually(
        lambda: (
            [i["pid"] for i in program.status()["injectors"]] == [injectors[1]["pid"]]
            and program.status()["vus"] == 6
        ),
        within_s=40,
    )
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    status, _, err = run.wait()
    assert status == 0, err
    assert "hangs" in err
    requests = program.summary()["requests"]
    assert 0 <= target.received() - requests["count"] <= requests["cut"]


@pytest.mark.clock
def test_a_front_end_that_dies_ends_the_load_in_ten_seconds_however_slow_the_target(
    program, start_run, silent_url
):
    run = start_run(f"{silent_url}/", "--vus", "3", "--duration", "60s")
    run.process.kill()
    killed = time.monotonic()
    while program.summary()["reasons"] == ["still running"]:
        assert time.monotonic() - killed < 20
        time.sleep(0.2)
    summary = program.summary()
    assert summary["verdict"] == "aborted"
    assert summary["requests"]["cut"] == 3


def test_a_reader_that_goes_away_leaves_the_exit_status_the_verdicts(program, target):
    command = (
        f"{sys.executable} -m perfconsole run {target.url} --headless --duration 4s "
        "2>&1 | head -1; exit ${PIPESTATUS[0]}"
    )
    done = subprocess.run(["bash", "-c", command], env=program.env, capture_output=True, text=True,
                          timeout=60, check=False)  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("run ")


def test_two_runs_in_long_places_of_one_name_are_two_runs(program, target, tmp_path, eventually):
    places = [tmp_path / letter / ("l" * 90) / "kept" for letter in "ab"]
    for place in places:
        done = program("run", target.url, "--detach", "--duration", "20s", "--out", place)
        assert done.returncode == 0, done.stderr
    pids = {program.status(str(place))["controller_pid"] for place in places}
    assert len(pids) == 2
    listed = [row for row in program("runs").stdout.splitlines() if "running" in row]
    assert len(listed) == 2
    for place in places:
        assert program("ctl", place, "stop-run", "--now", "--yes").returncode == 0


def test_a_pause_left_on_a_stopped_group_holds_up_no_rendezvous(
    program, scenario_file, target, start_run, eventually
):
    path = scenario_file(
        f"""\
name: left
target: {target.url}
groups: {{a: {{vus: 2}}, b: {{vus: 2}}}}
flows:
  a: [{{request: GET /}}, {{rendezvous: gate}}, {{think: 10ms}}]
  b: [{{request: GET /guide}}, {{rendezvous: gate}}, {{think: 10ms}}]
rendezvous: {{gate: {{wait_for: 100% of running, timeout: 5s}}}}
"""
    )
    run = start_run(path, "--duration", "100s")
    eventually(lambda: program.status().get("vus") == 4)
    program("ctl", "last", "pause", "a")
    program("ctl", "last", "vus", "a", "0", "--yes")
    eventually(lambda: program.status()["groups"]["a"]["vus"] == 0)
    before = program.status()["groups"]["b"]["iterations"]
    eventually(lambda: program.status()["groups"]["b"]["iterations"] > before + 4)
    program("ctl", "last", "stop-run", "--now", "--yes")
    assert run.wait()[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("ctl", "last", "note", "\udcff"),
        ("ctl", "last", "resume", "a", "--over", "9d"),
        ("show", "a" * 300),
        ("show", "~nosuchuser/x"),
        ("run", "http://127.0.0.1:1/\udcff", "--duration", "1s", "--headless"),
        ("run", "http://x..y/", "--duration", "1s", "--headless"),
    ],
)
def test_nonsense_gets_a_line_and_no_traceback(words, program, target):
    program("run", target.url, "--headless", "--duration", "1s")
    done = program(*words)
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
