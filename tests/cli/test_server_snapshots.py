"""A whole run: a breach takes a snapshot by itself, a hand takes another, a log is followed; and
nothing that a server says tells a secret."""

from __future__ import annotations

import json

from perfconsole.journal.folder import find_folder
from perfconsole.journal.reader import JournalReader

SCENARIO = """\
name: watched
variables: {{door: {{value: opensesame, secret: true}}}}
servers:
  here:
    local: true
    every: 500ms
    thresholds: {{cpu_percent: off, disk_percent: off, memory_percent: 0.01}}
    logs: {{app: {{file: {log}, pattern: ERROR, keep: 1}}}}
    snapshots: {{says: [cat, {told}], login: [echo, password=letmein]}}
  away: {{command: [sh, -c, "echo password=letmein >&2; exit 1"]}}
"""


def test_a_breach_and_a_hand_take_snapshots(
    start_run, program, scenario_file, tmp_path, eventually
):
    log, told = tmp_path / "app.log", tmp_path / "told"
    told.write_text("door: opensesame\n")
    file = scenario_file(SCENARIO.format(log=log, told=told))
    checked = program("check", file)
    assert f"log app: lines of {log} with ERROR, the first 1 are kept" in checked.stdout
    assert "snapshot by hand, or at a breach: processes, the largest" in checked.stdout
    assert f"says: cat {told}" in checked.stdout
    assert "login: echo 'password=***'" in checked.stdout
    assert "letmein" not in checked.stdout

    run = start_run(file, "--duration", "100s")

    def lines():
        with JournalReader(find_folder("last").journal) as journal:
            return [line.text for line in journal.view().lines]

    why = "here memory over 0.01 %"
    eventually(
        lambda: f"snapshot 1 of here: processes, says, login ({why})" in lines(), within_s=60
    )
    assert "away: the command gave no shell; it said: password=***" in lines()
    log.write_text("ERROR with opensesame\nERROR two\n")
    eventually(lambda: "here app: ERROR with ***" in lines(), within_s=30)
    asked = program("ctl", "last", "snapshot", "here")
    assert (asked.returncode, asked.stdout) == (0, "snapshot of here asked for\n")
    eventually(
        lambda: "snapshot 2 of here: processes, says, login (by hand)" in lines(), within_s=60
    )
    assert "log_matches_s:app" in program.status()["servers"]["here"]
    program("ctl", "last", "stop-run", "--yes")
    run.wait()

    assert "here app: 2 lines matched, 1 of them are kept" in lines()
    shown = program("report", "last", "--snapshot", "1").stdout
    assert "largest by CPU" in shown
    assert "door: ***" in shown
    assert "password=***" in shown
    report = program("report", "last").stdout
    assert "Snapshots" in report
    assert f"1  here: processes, says, login ({why})" in report
    one = json.loads(program("report", "last", "--snapshot", "2", "--format", "json").stdout)
    assert [output["name"] for output in one["outputs"]] == ["processes", "says", "login"]
    assert [taken["why"] for taken in program.summary()["snapshots"]] == [why, "by hand"]
    missing = program("report", "last", "--snapshot", "3")
    assert missing.returncode == 2
    assert "there is no snapshot 3 in this run; there are: 1, 2" in missing.stderr
    kept = b"".join(
        path.read_bytes() for path in find_folder("last").path.rglob("*") if path.is_file()
    )
    assert b"opensesame" not in kept
    assert b"letmein" not in kept
