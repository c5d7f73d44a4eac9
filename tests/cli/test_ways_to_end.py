"""How a run ends without a hand in the console, and what the shell hears of it."""

from __future__ import annotations

import json
import signal

import pytest

SCENARIO = """\
name: ends
target: {url}
groups:
  a: {{vus: 4{more}}}
flows:
  a: [{{request: GET /}}, {{think: 20ms}}]
"""


@pytest.fixture
def scenario(scenario_file, target):
    def make(more: str = "", rest: str = ""):
        return scenario_file(SCENARIO.format(url=target.url, more=more) + rest)

    return make


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_stops_the_load_and_exits_130(presses, start_run, scenario, program, target,
                                             eventually):  # fmt: skip
    target.knobs(delay_ms=200)
    run = start_run(scenario(), "--duration", "100s")
    eventually(lambda: program.status().get("requests", 0) > 5)
    for _ in range(presses):
        run.process.send_signal(signal.SIGINT)
    status, out, err = run.wait()
    assert status == 130
    assert "PASSED" in out
    assert "Traceback" not in err
    requests = program.summary()["requests"]
    assert 0 <= target.received() - requests["count"] <= requests["cut"] <= 4
    if presses == 1:
        assert requests["cut"] == 0


def test_a_run_whose_vus_have_done_their_iterations_ends(program, scenario, target):
    done = program("run", scenario(", iterations: 5"), "--headless")
    assert done.returncode == 0, done.stderr
    summary = program.summary()
    assert summary["requests"]["count"] == target.received() == 20
    group = summary["groups"]["a"]
    assert (group["peak_vus"], group["iterations"], group["due"]) == (4, 20, None)


def test_an_objective_that_is_not_met_exits_1(program, scenario):
    rest = "objectives: [{metric: tps, max: 0.1}]\n"
    done = program("run", scenario(rest=rest), "--headless", "--duration", "2s")
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert program.summary()["objectives"][0]["met"] is False


def test_errors_over_the_default_objective_exit_1_with_a_sample_and_no_secret(
    program, target, scenario_file
):
    target.knobs(error_percent=50)
    path = scenario_file(
        f"""\
name: secrets
target: {target.url}
http: {{headers: {{Authorization: Bearer s3cr3t-token}}}}
groups: {{a: {{vus: 3}}}}
flows: {{a: [{{request: POST /login, form: {{user: anna, password: hunter2}}}}, {{think: 20ms}}]}}
"""
    )
    done = program("run", path, "--headless", "--duration", "2s")
    assert done.returncode == 1
    assert "pass rate" in done.stdout
    summary = program.summary()
    (error,) = summary["errors"]
    assert error["key"] == "POST /login: HTTP 500"
    assert error["count"] == summary["requests"]["failed"] > 0
    assert error["sample"]
    (folder,) = (path.parent / "home" / "runs").iterdir()
    kept = b"".join(file.read_bytes() for file in folder.iterdir())
    said = done.stdout + done.stderr + json.dumps(summary)
    for secret in ("s3cr3t-token", "hunter2"):
        assert secret.encode() not in kept
        assert secret not in said


def test_a_paused_run_ends_at_its_duration(start_run, scenario, program, eventually):
    run = start_run(scenario(), "--duration", "15s")
    eventually(lambda: program.status().get("vus") == 4)
    assert program("ctl", "last", "pause", "all").returncode == 0
    status, _, err = run.wait(80)
    assert status == 0, err
    assert 15 <= program.summary()["duration_s"] < 40


def test_a_detached_run_goes_on_and_shows_its_summary(program, scenario, eventually):
    done = program("run", scenario(), "--detach", "--duration", "2m")
    assert done.returncode == 0
    run = done.stdout.strip()
    assert f"perfconsole attach {run}" in done.stderr
    eventually(lambda: program.status(run).get("vus") == 4)
    shown = program("show", run)
    assert "NOT PROVEN" in shown.stdout
    assert "still running" in shown.stdout
    assert program("ctl", run, "stop-run", "--yes").returncode == 0
    eventually(lambda: program.summary(run)["verdict"] == "passed", within_s=30)
    again = program("attach", run)  # no terminal is needed for a run that is over
    assert again.returncode == 0
    assert "PASSED" in again.stdout


def test_the_demo_without_a_terminal(program, tmp_path):
    done = program("demo", "--duration", "4s", "--summary", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out.json").read_text())
    promised = "run verdict reasons started_at duration_s requests transactions errors groups"
    promised += " servers injectors rendezvous commands"
    assert set(promised.split()) <= set(summary)
    assert set(summary["groups"]) == {"browse", "publish", "quote"}
    assert "cpu_percent" in summary["servers"]["this machine"]
    injector = summary["injectors"][0]
    assert {"pid", "cpu_us_per_request", "cpu_percent_peak", "loop_lag_p99_ms",
            "peak_rss_mb", "saturated_s"} <= set(injector)  # fmt: skip
    assert summary["verdict"] == "passed"


def test_a_url_is_enough(program, target, tmp_path):
    done = program("run", f"{target.url}/guide", "--vus", 3, "--duration", "2s", "--headless",
                   "--out", tmp_path / "kept")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept" / "journal.db").exists()
    summary = program.summary(str(tmp_path / "kept"))
    assert summary["requests"]["count"] == target.received() > 3
    assert list(summary["transactions"]) == ["GET /guide"]
    assert summary["servers"]["load generator"]["cpu_percent"]["limit"] is None
