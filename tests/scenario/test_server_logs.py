"""Logs and snapshot commands of servers in a scenario: one clear line for what is wrong."""

from __future__ import annotations

import pytest

from perfconsole.scenario.masking import masked
from perfconsole.scenario.outline import outline

HEAD = "name: x\nservers:\n  a:\n    local: true\n    "


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("logs: {app: {file: app.log, pattern: E}}",
         "5: servers.a.logs.app.file: 'app.log' is no path of a file on the server; it begins "
         "with /"),
        (r'logs: {app: {file: /a, pattern: "\\d+"}}',
         r"5: servers.a.logs.app.pattern: \d is not known to grep -E; write [0-9]"),
        ("logs: {app: {file: /a}}",
         '5: servers.a.logs.app needs a "pattern", such as pattern: ERROR|Exception'),
        ("logs: {app: {file: /a, pattern: E, limit: often}}",
         "5: servers.a.logs.app.limit: 'often' is no rate; write \"500/s\", \"300/min\" or "
         '"3600/h"'),
        ("logs: {" + ", ".join(f"l{n}: {{file: /a, pattern: E}}" for n in range(7)) + "}",
         "5: servers.a.logs has at most 6 entries, not 7"),
        ("snapshots: {top: top -b}",
         '5: servers.a.snapshots.top must be a list, each line beginning with "-", not "top -b"'),
        ("snapshots: {processes: [ps]}",
         "5: servers.a.snapshots.processes: 'processes' is always among them; give yours another "
         "name"),
        (r'snapshots: {top: [top, "a\nb"]}',
         "5: servers.a.snapshots.top: a command is a list of words such as [top, -b, -n1], each "
         "of one line"),
    ],
)  # fmt: skip
def test_one_thing_wrong(refused, text, problem):
    assert refused(HEAD + text + "\n") == [problem]


def test_words_of_commands_are_masked(loaded):
    scenario = loaded(
        HEAD + "snapshots: {slow: [mysql, --password=letmein, -e, show processlist], "
        "top: [ask, --token, letmein]}\n"
    )
    kept = masked(scenario)["servers"]["a"]["snapshots"]
    assert kept == {
        "slow": ["mysql", "--password=***", "-e", "show processlist"],
        "top": ["ask", "--token", "***"],
    }
    assert "letmein" not in outline(scenario)
