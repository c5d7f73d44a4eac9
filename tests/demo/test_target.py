"""The target as a process: starting, refusing to start, ending."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from perfconsole.demo.knobs import Knobs
from perfconsole.demo.target import TargetError, run_target


def ended(process: subprocess.Popen[str]) -> tuple[int, float]:
    """Exit status and how long the end took, s."""
    begun = time.monotonic()
    status = process.wait(10)
    return status, time.monotonic() - begun


@pytest.mark.clock
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second(start_target, number):
    process, url = start_target()
    with httpx.Client(base_url=url) as client:
        assert client.get("/").status_code == 200
        process.send_signal(number)
        status, took = ended(process)
    assert status == 0
    assert took < 1.5
    assert process.stderr is not None and process.stderr.read() == ""


def test_answers_under_way_do_not_hold_it_up(start_target):
    process, url = start_target("--delay-ms=60000")
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with httpx.Client(base_url=url) as client:
            deadline = time.monotonic() + 5
            while client.get("/-/stats").json()["received"] != 1:
                assert time.monotonic() < deadline
        process.terminate()
        status, took = ended(process)
    assert status == 0
    assert took < 1.5
    assert process.stderr is not None and process.stderr.read() == ""


def test_the_end_of_its_input_ends_it(start_target):
    process, url = start_target("--until-eof")
    assert process.stdin is not None
    process.stdin.write("still here\n")
    process.stdin.flush()
    assert httpx.get(url).status_code == 200
    process.stdin.close()
    status, took = ended(process)
    process.stdin = None
    assert status == 0
    assert took < 1.5


def test_a_port_in_use_is_one_clear_line(start_target):
    _, url = start_target()
    port = url.rsplit(":", 1)[1]
    second = subprocess.run(
        [sys.executable, "-m", "perfconsole", "target", f"--port={port}"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert second.returncode == 3
    assert second.stderr == (
        f"the target cannot listen on 127.0.0.1:{port}: address already in use; "
        "use another, such as --port 8081\n"
    )


def test_bad_knobs_are_one_clear_line():
    bad = subprocess.run(
        [sys.executable, "-m", "perfconsole", "target", "--error-percent=200"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert (bad.returncode, bad.stderr) == (
        2, "error_percent must be a number from 0 to 100, not 200.0\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("192.0.2.1", 8080, "cannot assign requested address"),
        ("no.such.host.invalid", 8080, "the name does not resolve"),
        ("a" * 100, 8080, "the name does not resolve"),
        ("127.0.0.1", 99_999, "99999 is no port; use one from 0 to 65535"),
    ],
)
def test_addresses_it_cannot_have(host, port, said):
    with pytest.raises(TargetError, match=said):
        run_target(host, port, Knobs(), lambda *_: None)


def test_ipv6(start_target):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    process = subprocess.Popen(
        [sys.executable, "-m", "perfconsole", "target", "--host=::1", "--port=0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[-1]
        assert url.startswith("http://[::1]:")
        assert httpx.get(url).status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_run_target_in_this_process_ends_with_its_pipe():
    reading, writing = os.pipe()
    announced: list[int] = []

    def announce(_: str, port: int) -> None:
        announced.append(port)
        threading.Timer(0.3, os.close, (writing,)).start()

    assert run_target("127.0.0.1", 0, Knobs(), announce, reading) == 0
    os.close(reading)
    assert announced[0] > 0
