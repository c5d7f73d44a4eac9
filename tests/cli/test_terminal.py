"""Whole runs through a pseudo-terminal: keys pressed, the screen read."""

from __future__ import annotations

import os
import re
import signal

import pytest

from perfconsole.journal.folder import all_folders

SCENARIO = """\
name: shop
target: {url}
groups:
  browse: {{vus: 10}}
  quote: {{vus: 4}}
flows:
  browse: [{{request: GET /}}, {{think: 50ms to 150ms}}]
  quote: [{{request: GET /guide}}, {{rendezvous: gate}}, {{think: 50ms}}]
rendezvous: {{gate: {{wait_for: manual}}}}
"""

CTRL_X, ENTER, ESC = "\x18", "\r", "\x1b"


@pytest.fixture
def scenario(scenario_file, target):
    return scenario_file(SCENARIO.format(url=target.url))


def test_a_run_from_the_first_frame_to_the_verdict(terminal, scenario, program, tmp_path):
    screen = terminal("run", scenario, "--summary", tmp_path / "out.json")
    screen.wait_for("LIVE", "VUs 14/14", "browse", "1 TPS")
    screen.press("+")
    screen.wait_for("VUs of browse 10 → 20", "VUs 24/24")
    screen.press(" ")
    screen.wait_for("paused browse")
    screen.press(" ")
    screen.wait_for("resumed browse")
    screen.wait_for("gate 4")
    screen.press("R")
    screen.wait_for("gate", "esc")
    screen.press(ENTER)
    screen.wait_for("released 4 VUs at gate")
    screen.press("n")
    screen.press(*"restarted tomcat", ENTER)
    screen.wait_for("note: restarted tomcat")
    screen.press(CTRL_X)
    screen.wait_for("PAUSED")
    screen.press("X")
    screen.wait_for("Stop the run")
    screen.press(ENTER)  # No is the default
    screen.wait_until_gone("Stop the run")
    screen.wait_for("PAUSED")
    screen.press("X")
    screen.wait_for("Stop the run")
    screen.press("2")
    screen.wait_for("ENDED passed")
    screen.press("q")
    status, printed = screen.end()
    assert status == 0
    assert "PASSED" in printed
    assert "browse" in printed
    assert '"verdict": "passed"' in (tmp_path / "out.json").read_text()


def test_detaching_and_coming_back(terminal, scenario, program, eventually):
    screen = terminal("run", scenario, columns=80, rows=24)
    screen.wait_for("VUs 14/14")
    screen.press("d")
    status, printed = screen.end()
    assert status == 0
    run = all_folders()[-1].run
    assert f"perfconsole attach {run}" in printed
    assert program.status()["vus"] == 14
    again = terminal("attach")
    again.wait_for("LIVE", "VUs 14/14", "browse")
    program("ctl", "last", "stop-run", "--yes")
    again.wait_for("ENDED passed")
    again.press("q")
    assert again.end()[0] == 0


@pytest.mark.parametrize("how", ["hang up", "SIGKILL", "SIGTERM"])
def test_a_console_that_vanishes_changes_nothing(how, terminal, scenario, program, eventually):
    screen = terminal("run", scenario)
    screen.wait_for("VUs 14/14")
    before = program.status()["requests"]
    if how == "hang up":
        screen.hang_up()
    else:
        screen.process.send_signal(getattr(signal, how))
    eventually(screen.is_over)
    eventually(lambda: program.status()["requests"] > before + 100)
    assert program.status()["vus"] == 14
    program("ctl", "last", "stop-run", "--now", "--yes")
    eventually(lambda: program.summary()["verdict"] == "passed")


def test_a_run_that_cannot_start_leaves_one_line_and_a_clean_screen(terminal, scenario_file):
    screen = terminal("run", scenario_file(SCENARIO.format(url="http://127.0.0.1:1")))
    status, printed = screen.end()
    assert status == 3
    assert "cannot reach 127.0.0.1:1: connection refused; is it running?" in printed
    assert "Traceback" not in printed


def test_the_controllers_death_is_shown_and_told(terminal, scenario, program):
    screen = terminal("run", scenario)
    screen.wait_for("VUs 14/14")
    os.kill(program.status()["controller_pid"], signal.SIGKILL)
    screen.wait_for("controller lost")
    screen.wait_for("q leaves")
    screen.press("q")
    status, printed = screen.end()
    assert status == 3
    assert "ABORTED" in printed


def test_the_demo_opens_on_a_running_test_and_asks_before_it_quits(terminal):
    screen = terminal("demo")
    text = screen.wait_for("LIVE", "browse", "publish", "quote", "this machine")
    assert re.search(r"VUs \d+/\d+", text)
    screen.press("q")
    screen.wait_for("stay")
    screen.press(ESC)
    screen.wait_until_gone("stay")
    screen.press("X")
    screen.wait_for("Stop the run")
    screen.press("3")
    screen.wait_for("ENDED")
    screen.press("q")
    assert screen.end()[0] == 0
