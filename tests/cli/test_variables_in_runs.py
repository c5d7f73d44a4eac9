"""Variables and unique rows in whole runs: no secret is told anybody, no row is played twice."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "hunter/2 ü+&"
TOKEN = "tok3n-of-the-hand"
MARKED = "literal-marked-one"
SECRETS = (PASSWORD, TOKEN, MARKED)


class Echo(BaseHTTPRequestHandler):
    """Answers with all it was asked, as it is and encoded, and keeps the paths."""

    protocol_version = "HTTP/1.1"
    status = 500
    seen: list[str]
    bodies: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append(self.path)
        told = f"{self.path}\n{self.headers}\n{body.decode()}"
        self.bodies.append(told)
        raw = told.encode()
        echo = "\n".join([told, *_encoded(raw), *_encoded(b"x" + body), *_encoded(b"xy" + body)])
        self._answer(echo.encode())

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self._answer(b"ok")

    def _answer(self, body: bytes) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _encoded(raw: bytes) -> tuple[str, ...]:
    return (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex())


@pytest.fixture
def echo() -> Iterator[tuple[str, type[Echo]]]:
    """Where it is, and what it has seen."""
    handler = type("Echo", (Echo,), {"seen": [], "bodies": []})
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()


SCENARIO = """\
name: secrets
target: ${base}
variables:
  base: {}
  n: 1
  given: {secret: true}
  marked: {value: literal-marked-one, secret: true}
  made: "<${env:VALUES_PASSWORD}>"
http:
  auth: {basic: "anna:${env:VALUES_PASSWORD}"}
  headers: {X-Made: "${made}"}
groups:
  a: {vus: "${n}", iterations: 2, variables: {own: "${given}"}}
flows:
  a:
    - request: POST /one?q=${env:VALUES_PASSWORD}
      body: "${made} ${given} _${marked}_ ${own}"
    - request: POST /two
      json: {a: "${env:VALUES_PASSWORD}", b: "_${marked}_"}
"""


def written(secret: str) -> set[str]:
    """Ways in which somebody could still read it."""
    raw = secret.encode()
    shifted = (base64.b64encode(b"\0" * n + raw).decode()[4:-4] for n in range(3))
    plain = {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], raw.hex()}
    return plain | set(shifted)


def assert_untold(*texts: str | bytes) -> None:
    for text in texts:
        plain = text if isinstance(text, str) else text.decode(errors="replace")
        for secret in SECRETS:
            for form in written(secret):
                assert form not in plain, f"{form} of {secret} in {plain[:2000]}"


def kept_in(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in home.rglob("*") if path.is_file()]


def test_no_secret_is_told_anybody(program, scenario_file, echo, home):
    url, seen = echo
    path = scenario_file(SCENARIO)
    program.env["VALUES_PASSWORD"] = PASSWORD
    given = ("--var", f"base={url}", "--var", f"given={TOKEN}", "--var", "n=2")
    checked = program("check", path, *given)
    assert checked.returncode == 0, checked.stderr
    assert "a: 2 VUs" in checked.stdout
    assert f'base: "{url}"' in checked.stdout
    done = program("run", path, "--headless", *given)
    assert done.returncode == 1
    assert Counter(seen.seen)["/one?q=hunter%2F2%20%C3%BC%2B%26"] == 4
    asked = seen.bodies[0]
    assert f"<{PASSWORD}> {TOKEN} _{MARKED}_ {TOKEN}" in asked
    assert base64.b64encode(f"anna:{PASSWORD}".encode()).decode() in asked
    shown = program("show", "last")
    report = program("report", "last", "--format", "json")
    assert json.loads(report.stdout)["errors"][0]["exchange"]
    for each in (checked, done, shown, report):
        assert_untold(each.stdout, each.stderr)
    assert_untold(*kept_in(home))
    assert any(b"${env:VALUES_PASSWORD}" in kept for kept in kept_in(home))


def test_no_secret_is_in_the_list_of_processes(program, scenario_file, echo, start_run, eventually):
    url, seen = echo
    seen.status = 200
    program.env["VALUES_PASSWORD"] = PASSWORD
    text = SCENARIO.replace("{secret: true}", f"{{value: {TOKEN}, secret: true}}")
    text = text.replace("iterations: 2", "iterations: 100000")
    run = start_run(scenario_file(text.replace("base: {}", f"base: {url}")), "--duration", "30s")
    eventually(lambda: len(seen.seen) > 20)
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            commands.append(process.read_bytes())
    commands = [each for each in commands if b"perfconsole" in each and b"--var" not in each]
    assert any(b"perfconsole.injector" in command for command in commands)
    assert_untold(*commands)
    run.process.send_signal(signal.SIGINT)
    run.wait()


@pytest.mark.parametrize("command", ["check", "run"])
def test_what_is_missing_is_one_clear_line_each(program, scenario_file, command, home):
    path = scenario_file(SCENARIO)
    rest = ["--headless"] if command == "run" else []
    done = program(command, path, *rest, "--var", "bse=http://h")
    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.removeprefix(f"{path}:") for line in done.stderr.splitlines()] == [
        '3: --var bse: the scenario has no variable "bse"; did you mean "base"?',
        "4: variables.base has no value; give it one with --var base=...",
        "6: variables.given has no value; give it one with --var given=...",
        '8: variables.made: the environment has no "VALUES_PASSWORD"; set it where perfconsole is '
        "started",
        '10: http.auth.basic: the environment has no "VALUES_PASSWORD"; set it where perfconsole '
        "is started",
        '16: flows.a step 1, request: the environment has no "VALUES_PASSWORD"; set it where '
        "perfconsole is started",
        '19: flows.a step 2, json.a: the environment has no "VALUES_PASSWORD"; set it where '
        "perfconsole is started",
    ]
    assert not list(home.glob("runs/*"))


@pytest.mark.parametrize("flag", ["host", "=x", "hunter2"])
def test_a_flag_that_gives_nothing(program, scenario_file, flag):
    done = program("check", scenario_file(SCENARIO), "--var", flag)
    assert done.returncode == 2
    assert "write a name and a value, such as --var host=shop.example" in done.stderr
    assert flag not in done.stderr.replace("--var host=", "") or flag in "=x"


def test_a_url_has_no_variables(program):
    done = program("run", "http://127.0.0.1:1/", "--var", "a=b", "--headless")
    assert (done.returncode, done.stderr) == (
        2,
        "--var: only for a scenario; a URL has no variables\n",
    )


UNIQUE = """\
name: unique
target: {url}
data:
  users: {{csv: users.csv, order: {order}}}
  made: {{generate: {{id: counter from 1}}}}
groups: {{a: {{vus: 6, iterations: 100000}}}}
flows:
  a:
    - request: GET /${{users.name}}/${{made.id}}
    - think: 20ms
"""


@pytest.mark.parametrize("order", ["unique_per_run", "unique_per_vu"])
def test_no_row_is_played_twice_though_an_injector_dies(
    program, scenario_file, echo, tmp_path, start_run, eventually, order
):
    url, seen = echo
    seen.status = 200
    names = [f"user{n}" for n in range(60_000)]
    (tmp_path / "users.csv").write_text("name\n" + "\n".join(names) + "\n")
    run = start_run(scenario_file(UNIQUE.format(url=url, order=order)), "--injectors", "3")
    eventually(lambda: len(seen.seen) > 200)
    os.kill(program.status()["injectors"][0]["pid"], signal.SIGKILL)
    before = len(seen.seen)
    eventually(lambda: len(seen.seen) > before + 200)
    run.process.send_signal(signal.SIGINT)
    run.wait()
    played = [path.split("/")[1:] for path in seen.seen]
    ids = Counter(made for _, made in played)
    assert max(ids.values()) == 1
    rows = Counter(name for name, _ in played)
    assert set(rows) <= set(names)
    if order == "unique_per_run":
        assert max(rows.values()) == 1
    else:
        assert 6 <= len(rows) <= 8  # those two of the lost one's VUs that began anew elsewhere


ENDING = """\
name: ending
target: {url}
data: {{users: {{csv: users.csv, order: unique_per_run{end}}}}}
groups: {{a: {{{load}}}}}
flows:
  a:
    steps:
      - request: GET /${{users.name}}
      - think: 10ms
    end:
      - request: GET /bye
"""


@pytest.mark.parametrize(
    ("load", "end", "said"),
    [
        ("vus: 4", "", "users has no more rows: VUs of a end"),
        ("vus: 4", ", at_end: stop_group", "users has no more rows: a ends"),
        ("rate: 100/s, vus: 8", "", "users has no more rows: a ends"),
    ],
)
def test_a_run_whose_rows_are_all_played_is_over(
    program, scenario_file, echo, tmp_path, load, end, said
):
    url, seen = echo
    seen.status = 200
    names = [f"user{n}" for n in range(60)]
    (tmp_path / "users.csv").write_text("name\n" + "\n".join(names) + "\n")
    path = scenario_file(ENDING.format(url=url, load=load, end=end))
    done = program("run", path, "--headless", "--injectors", "1", "--duration", "60s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stderr
    summary = program.summary()
    assert summary["duration_s"] < 50
    assert (summary["requests"]["failed"], summary["requests"]["cut"]) == (0, 0)
    played = Counter(seen.seen)
    assert played.pop("/bye") >= 1
    assert played == {f"/{name}": 1 for name in names}
