"""Every request the target counted is one that the summary counts, and the reverse."""

from __future__ import annotations

import os
import signal
import time

import pytest

SCENARIO = """\
name: counted
target: {url}
groups:
  browse: {{vus: 20}}
  meet: {{vus: 10, ramp: 5 every 1s}}
flows:
  browse:
    - request: GET /
    - think: 10ms to 50ms
    - transaction: supply
      steps:
        - request: GET /supply
        - think: 20ms
        - request: GET /demand
  meet:
    - request: GET /guide
    - rendezvous: gate
    - request: GET /
rendezvous:
  gate: {{wait_for: 5, timeout: 2s}}
"""


def test_exactly_with_a_pause_a_ramp_down_and_a_stop_in_it(
    program, start_run, target, scenario_file, eventually
):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s")
    eventually(lambda: program.status().get("vus") == 30)
    for command in (
        "pause browse",
        "vus meet 4 --over 1s",
        "resume browse --over 1s",
        "vus browse -8",
        "stop meet --yes",
        "start meet",
        "stop browse --after-request --yes",
    ):
        done = program("ctl", "last", *command.split())
        assert done.returncode == 0, done.stderr
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    status, _, err = run.wait()
    assert status == 0, err
    requests = program.summary()["requests"]
    assert requests["cut"] == 0
    assert requests["count"] == target.received() > 100


def test_a_stop_now_differs_by_what_was_cut_at_most(
    program, start_run, target, scenario_file, eventually
):
    target.knobs(delay_ms=300)
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "60s")
    eventually(lambda: program.status().get("requests", 0) > 50)
    assert program("ctl", "last", "stop-run", "--now", "--yes").returncode == 0
    assert run.wait()[0] == 0
    requests = program.summary()["requests"]
    assert 0 < requests["cut"] <= 30
    assert 0 <= target.received() - requests["count"] <= requests["cut"]


def test_a_killed_injector_takes_only_what_it_had_in_flight(
    program, start_run, target, scenario_file, eventually
):
    run = start_run(
        scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s", "--injectors", "2"
    )
    injectors = eventually(
        lambda: len(found := program.status().get("injectors", [])) == 2 and found
    )
    eventually(lambda: program.status()["vus"] == 30)
    os.kill(injectors[0]["pid"], signal.SIGKILL)
    eventually(lambda: len(program.status()["injectors"]) == 1 and program.status()["vus"] == 30)
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    status, _, err = run.wait()
    assert status == 0, err
    assert "was lost" in err
    assert "VUs start in the others" in err
    requests = program.summary()["requests"]
    assert 0 <= target.received() - requests["count"] <= requests["cut"]


def test_the_only_injector_is_replaced(program, start_run, target, scenario_file, eventually):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "100s")
    (first,) = eventually(lambda: program.status().get("injectors"))
    os.kill(first["pid"], signal.SIGKILL)
    eventually(lambda: program.status()["vus"] == 30)
    assert [i["pid"] for i in program.status()["injectors"]] != [first["pid"]]
    assert program("ctl", "last", "stop-run", "--yes").returncode == 0
    status, _, err = run.wait()
    assert status == 0, err
    assert "VUs start in a new one" in err


@pytest.mark.clock
@pytest.mark.parametrize("how", ["SIGKILL", "SIGSTOP"])
def test_no_load_outlives_its_controller(
    how, program, start_run, target, scenario_file, eventually
):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "60s")
    eventually(lambda: program.status().get("requests", 0) > 50)
    shown = program.status()
    at = time.monotonic()
    os.kill(shown["controller_pid"], getattr(signal, how))
    time.sleep(1.0 if how == "SIGKILL" else 5.0)  # the promise under test
    received = target.received()
    time.sleep(1.0)  # long enough for 20 VUs to have asked again
    assert target.received() == received
    if how == "SIGSTOP":
        os.kill(shown["controller_pid"], signal.SIGKILL)
    status, out, _ = run.wait()
    assert (status, time.monotonic() - at < 40) == (3, True)
    assert "ABORTED" in out
    summary = program.summary()
    assert summary["verdict"] == "aborted"
    assert summary["duration_s"] >= shown["elapsed_s"] - 2.0
    assert 0 <= received - summary["requests"]["count"] <= summary["requests"]["cut"]


@pytest.mark.clock
def test_a_headless_front_end_that_dies_takes_the_load_with_it(
    program, start_run, target, scenario_file, eventually
):
    run = start_run(scenario_file(SCENARIO.format(url=target.url)), "--duration", "60s")
    eventually(lambda: program.status().get("requests", 0) > 50)
    run.process.kill()
    time.sleep(10.0)  # the promise under test
    received = target.received()
    time.sleep(1.0)  # long enough for 20 VUs to have asked again
    assert target.received() == received
    eventually(lambda: program.summary()["reasons"] == ["nobody was attached for 6 s"])
    assert program.summary()["verdict"] == "aborted"
