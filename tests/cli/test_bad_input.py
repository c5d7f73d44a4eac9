"""Bad input gets one clear line, the right exit status, and starts nothing."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest
import trustme

GROUP = "groups: {a: {vus: 1}}\nflows: {a: [{request: GET /}]}\n"


def refused_line(done, status: int) -> str:
    """The only line it said."""
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].isprintable()
    return lines[0]


def no_run_left(home: Path) -> bool:
    return not list(home.glob("runs/*"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\x00\x01\x02PNG", "text"),
        (f"name: x\ntarget: http://127.0.0.1:1\n{GROUP}duraton: 5s\n", 'did you mean "duration"'),
        ("name: x\ntarget: http://127.0.0.1:1\ngroups: {buy: {vus: 1, flow: by}}\n"
         "flows: {buy: [{request: GET /}]}\n", 'did you mean "buy"'),
        ("name: [1\n", "line"),
        (f'name: x\ntarget: http://127.0.0.1:1\n{GROUP}servers: '
         '{web1: {ssh: web1, known_hosts: "/no/\\e]0;title\\a"}}\n', "no file /no/ ]0;title"),
        ("- 1\n", "scenario"),
    ],
)  # fmt: skip
def test_scenarios(text, says, program, scenario_file, home):
    path = scenario_file(text)
    line = refused_line(program("run", path, "--headless", "--duration", "1s"), 2)
    assert line.startswith(f"{path}")
    assert says in line
    assert no_run_left(home)


def test_a_scenario_of_ten_megabytes(program, scenario_file):
    path = scenario_file("# " + "x" * 10_000_000)
    assert "MB" in refused_line(program("check", path), 2)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["run", "http://127.0.0.1:1/", "--headless"], "--duration"),
        (["run", "http://127.0.0.1:1/", "--headless", "--duration", "soon"], "30s"),
        (["run", "http://", "--headless", "--duration", "1s"], "http://127.0.0.1:8080/path"),
        (["run", "http://127.0.0.1:1/", "--vus", "0"], "--vus"),
        (["run", "http://127.0.0.1:1/", "-X", "BREW", "--duration", "1s"], "GET"),
        (["run", "127.0.0.1:1/page"], "write http://127.0.0.1:1/page"),
        (["run", "http://127.0.0.1:1/", "-x", "ftp://u:hush@h:1"], "a proxy is a URL"),
        (["attach", "nope"], "perfconsole runs"),
        (["attach"], "no runs yet"),
        (["ctl", "last", "status"], "no runs yet"),
        (["report", "last", "--format", "pdf"], "json"),
        (["fly"], "fly"),
        (["watch", "web1:99999", "--headless", "--duration", "1s"], "99999"),
        (["run", "http://127.0.0.1:1/", "--vus", "2"], "--headless"),
        (["watch", "web1"], "--headless"),
        (["watch", "web1", "--headless"], "--duration"),
        (["watch", "web1", "--identity", "/no/key"], "/no/key"),
        (["hosts", "trust", "web1:99999"], "port"),
    ],
)
def test_command_lines(args, says, program, home):
    assert says in refused_line(program(*args), 2)
    assert no_run_left(home)


def test_an_unreachable_target(program, home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = program("run", f"http://127.0.0.1:{port}/", "--headless", "--duration", "1s")
    assert f"127.0.0.1:{port}: connection refused" in refused_line(done, 3)
    assert no_run_left(home)


def test_a_name_that_does_not_resolve(program, home):
    done = program("run", "http://no-such-host.invalid/", "--headless", "--duration", "1s")
    assert "cannot resolve no-such-host.invalid" in refused_line(done, 3)
    assert no_run_left(home)


def test_a_certificate_for_another_name(program, home, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_shake_hands, args=(server, context), daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/"
        done = program(
            "run", url, "--cacert", tmp_path / "ca.pem", "--headless", "--duration", "1s"
        )
    line = refused_line(done, 3)
    assert "certificate is not accepted" in line
    assert "127.0.0.1" in line
    assert no_run_left(home)


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    try:
        connection, _ = server.accept()
        with connection, context.wrap_socket(connection, server_side=True):
            pass
    except OSError:
        pass  # the client hung up, as it should


def test_too_few_descriptors(program, target):
    program.env["BASH_ENV"] = ""
    done = _limited(program, "ulimit -n 100", "run", f"{target.url}/", "--vus", 500)
    assert "500 VUs" in refused_line(done, 3) or "open files" in refused_line(done, 3)


def _limited(program, limit: str, *args):
    import subprocess
    import sys

    words = " ".join(map(str, args))
    return subprocess.run(
        ["bash", "-c", f"{limit}; {sys.executable} -m perfconsole {words} "
         "--headless --duration 1s"],
        capture_output=True, text=True, timeout=60, check=False, env=program.env,
    )  # fmt: skip


def test_a_folder_that_cannot_be_made(program, target, tmp_path):
    (tmp_path / "file").write_text("")
    done = program(
        "run", target.url, "--headless", "--duration", "1s", "--out", tmp_path / "file" / "x"
    )
    assert "cannot make" in refused_line(done, 2)
