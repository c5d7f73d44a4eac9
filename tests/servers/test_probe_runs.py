"""A whole run with probes: their figures in the report, and no secret anywhere."""

from __future__ import annotations

SECRET = "hush-w0rd"
SCENARIO = """\
name: probes
servers:
  me:
    local: true
    every: 500ms
    thresholds: {cpu_percent: "off", memory_percent: "off", disk_percent: "off"}
    probes:
      queue:
        argv: [sh, -c, 'test "$APP_PASSWORD" && cat']
        environment: {APP_PASSWORD: "${env:APP_PASSWORD}"}
        stdin: "51"
        unit: jobs
        limit: 50
        every: 500ms
      leaky:
        argv: [sh, -c, 'echo "refused for $APP_PASSWORD" >&2; exit 1']
        environment: {APP_PASSWORD: "${env:APP_PASSWORD}"}
  talks:
    command: [sh, -c, 'echo "no shell for $APP_PASSWORD"; exit 1']
    judged: false
"""


def test_a_probe_over_its_limit_fails_the_run(program, scenario_file, home):
    program.env["APP_PASSWORD"] = SECRET
    done = program("run", scenario_file(SCENARIO), "--headless", "--duration", "5s")
    assert done.returncode == 1, done.stderr + done.stdout
    assert "me queue over 50 jobs" in done.stdout
    assert "me leaky: sh failed with status 1: refused for ***" in done.stderr
    assert "talks: the command gave no shell; it said: no shell for ***" in done.stderr
    metric = program.summary()["servers"]["me"]["queue"]
    assert (metric["mean"], metric["limit"], metric["unit"]) == (51, 50, "jobs")
    assert metric["coverage"] > 0.5
    kept = [file for file in home.rglob("*") if file.is_file()]
    assert kept
    assert not any(SECRET.encode() in file.read_bytes() for file in kept)
