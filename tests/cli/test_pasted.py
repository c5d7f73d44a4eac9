"""``run -`` and ``try -``: what was piped or pasted, and a terminal that still takes keys."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

SCENARIO = """name: piped
target: URL
variables: {page: "1"}
groups: {g: {iterations: 1}}
flows: {g: [{request: "GET /supply?page=${page}"}]}
"""


@pytest.fixture
def piped(program: Any):
    def run(text: str, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "perfconsole", *args], input=text, capture_output=True,
            text=True, env=program.env, timeout=60, check=False, start_new_session=True,
        )  # fmt: skip

    return run


def test_a_piped_scenario_takes_variables(piped, target) -> None:
    text = SCENARIO.replace("URL", target.url)
    tried = piped(text, "try", "-", "--var", "page=7")
    assert tried.returncode == 0, tried.stderr
    assert "GET http://127.0.0.1" in tried.stdout
    assert "/supply?page=7" in tried.stdout
    run = piped(text, "run", "-", "--headless", "--var", "page=7")
    assert run.returncode == 0, run.stderr


def test_a_piped_command_is_tried_and_has_no_variables(piped, target) -> None:
    command = f"$ curl '{target.url}/supply'"
    assert piped(command, "try", "-").stdout.endswith("✓ passed\n")
    for verb in ("try", "run"):
        refused = piped(command, verb, "-", "--var", "a=b")
        assert refused.returncode == 2
        assert "--var: only for a scenario; a URL has no variables" in refused.stderr
    assert piped("", "try", "-").stderr == ("standard input:1: nothing but comments in this file\n")


def test_the_console_opens_on_a_pasted_command_and_takes_keys(terminal, target) -> None:
    screen = terminal("run", "-", "--vus", "2")
    screen.wait_for("Paste a curl command")
    screen.press(f"curl '{target.url}/supply' \\\n", "  -H 'Accept: text/html'\n", "\x04")
    screen.wait_for("q quit", "running")
    screen.press("?")
    screen.wait_for("─ Help ─", "esc closes")
