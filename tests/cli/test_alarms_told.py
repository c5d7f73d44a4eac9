"""Alarms of whole runs reach who is not looking; a receiver that hangs harms nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

BUSY = "saturated"
"""The alarm that this machine is too busy, as it may be while tests run beside each other."""
SCENARIO = """\
name: alarmed
target: {url}
groups: {{a: {{vus: 4}}}}
flows: {{a: [{{request: GET /}}, {{think: 50ms}}]}}
alarms:
  errors: 20%
  receivers:
    - {{webhook: '{hook}/services/T0/s3cret-path'}}
    - {{webhook: '${{env:HANGS}}', level: warning}}
    - {{command: 'echo "$PERFCONSOLE_ALARM_STATE $PERFCONSOLE_ALARM_CAUSE" >> told'}}
"""


@dataclass
class Hook:
    """A real listener, and what was posted to it."""

    url: str = ""
    posted: list[Any] = field(default_factory=list)

    @property
    def causes(self) -> list[str]:
        return [each["cause"] for each in self.posted if each["state"] == "raised"]


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted = json.loads(body) | {"path": self.path}
            if posted["cause"] != BUSY:
                hook.posted.append(posted)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield hook
    server.shutdown()
    server.server_close()


@pytest.fixture
def hanging() -> Iterator[str]:
    """A port at which connections are accepted, and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/s3cret-hook"


def kept(home: Path) -> bytes:
    folders = (home / "runs").glob("2*")
    return b"".join(f.read_bytes() for d in folders for f in d.iterdir() if f.is_file())


def test_who_is_not_looking_is_told_and_one_that_hangs_harms_nothing(
    program, start_run, scenario_file, target, hook, hanging, tmp_path, home, eventually
):
    program.env["HANGS"] = hanging
    file = scenario_file(SCENARIO.format(url=target.url, hook=hook.url))
    run = start_run(file, "--duration", "300s", "--injectors", "2")
    eventually(lambda: program.status().get("tps"), 60)
    assert hook.posted == []
    target.knobs(error_percent=100)
    eventually(lambda: "errors" in hook.causes, 60)
    assert program.status()["alarms"]["errors"]["level"] == "error"
    injectors = program.summary()["injectors"]
    assert len(injectors) == 2
    os.kill(injectors[0]["pid"], signal.SIGKILL)
    eventually(lambda: len(hook.causes) == 2, 60)
    os.kill(run.process.pid, signal.SIGINT)
    status, _, lines = run.wait(90)
    summary = program.summary()
    assert status == 130 and summary["verdict"] == "failed"
    assert [cause.split()[0] for cause in hook.causes] == ["errors", "injector", "end"]
    assert all(each["path"] == "/services/T0/s3cret-path" for each in hook.posted)
    assert hook.posted[0]["load"]["vus"] == 4 and hook.posted[0]["run"] == summary["run"]
    assert "was lost" in hook.posted[1]["text"] and "failed" in hook.posted[-1]["text"]
    told = [
        line for line in (tmp_path / "told").read_text().splitlines() if line.split()[1] != BUSY
    ]
    assert told == [f"{each['state']} {each['cause']}" for each in hook.posted]
    alarms = [alarm["cause"] for alarm in summary["alarms"] if alarm["cause"] != BUSY]
    assert alarms == hook.causes[:2]
    assert target.received() >= summary["requests"]["count"]
    assert lines.count("could not be delivered to webhook ${env:HANGS}: ") == 1
    assert lines.count("errors over 20 %") == 1 and lines.count("was lost") == 1
    everything = kept(home) + lines.encode() + json.dumps(summary).encode()
    assert b"alarmed" in everything and b"s3cret" not in everything


def test_a_headless_run_rings_on_a_terminal_and_tells_a_receiver_of_the_command_line(
    terminal, scenario_file, target, tmp_path
):
    target.knobs(error_percent=100)
    file = scenario_file(
        f"name: x\ntarget: {target.url}\n"
        "groups: {a: {iterations: 1}}\nflows: {a: [{request: GET /}]}\n"
    )
    alarm = 'command=echo "$PERFCONSOLE_ALARM_LEVEL $PERFCONSOLE_ALARM" > told'
    status, output = terminal("run", file, "--headless", "--alarm", alarm).end(60)
    assert status == 1 and output.count("\a") == 1
    assert (tmp_path / "told").read_text().startswith("error the run ended: failed; pass rate 0 %")


@pytest.mark.parametrize(
    ("alarm", "told"),
    [
        ("mail=me", "write command=... or webhook=https://hooks.example/alarms"),
        ("webhook=hooks.example/s3cret", "--alarm: a webhook is a URL such as https://"),
        ("webhook=${env:NO_SUCH_HOOK}", '--alarm: the environment has no "NO_SUCH_HOOK"'),
        ("webhook=http://h/${s3cret}", "--alarm: a value in it is neither a variable of"),
    ],
)
def test_a_receiver_that_cannot_be_is_refused(program, alarm, told):
    done = program("run", "http://127.0.0.1:1/", "--headless", "--duration", "1s", "--alarm", alarm)
    assert done.returncode == 2
    assert told in done.stderr and "s3cret" not in done.stderr


def test_more_receivers_than_there_may_be_are_refused(program):
    alarms = ["--alarm", "command=true"] * 11
    done = program("run", "http://127.0.0.1:1/", "--headless", "--duration", "1s", *alarms)
    assert done.returncode == 2
    assert "--alarm: with those of the scenario there are at most 10 receivers" in done.stderr
