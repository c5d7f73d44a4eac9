"""The remote loops in the shells that servers have, without any SSH between."""

from __future__ import annotations

import mmap
import os
import select
import shlex
import shutil
import socket
import subprocess
import time

import pytest

from perfconsole.servers.board import Board
from perfconsole.servers.disk_loop import DiskLoop
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.linux.proc import KEPT, NET_DEV, PAGE, parse_pull
from perfconsole.servers.linux.seldom import parse_interfaces, parse_tcp_states, tcp_metrics
from perfconsole.servers.local_seldom import tcp_states
from perfconsole.servers.pull import DISKS, MOST_BYTES, PULSE, SELDOM, Loop


class Pipe:
    """A command under a login shell, as sshd starts it."""

    def __init__(self, shell, command):
        self.process = subprocess.Popen(
            [*shell, "-c", command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
        )  # fmt: skip

    def send(self, data):
        self.process.stdin.write(data)

    def receive(self, timeout_s):
        if not select.select([self.process.stdout], [], [], timeout_s)[0]:
            raise TimeoutError
        return os.read(self.process.stdout.fileno(), 65536)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=5)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def pipes():
    made = []

    def start(shell):
        def run(command):
            made.append(Pipe(shell, command))
            return made[-1]

        return run

    yield start
    for pipe in made:
        pipe.close()


def test_no_interface_is_passed_over_for_its_name(pipes):
    """/proc/net/dev pads names to six letters, and enp0s31f6 has more."""
    lines = (
        f"{name:>6}: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0" for name in ("lo", "ens160", "wlp0s20f3")
    )
    pipe = pipes(["sh"])(f'grep -E "^({KEPT})" | sed s,^,{NET_DEV}:,')
    pipe.send("\n".join(["/proc/stat:cpu 1 2 3 4", *lines, ""]).encode())
    pipe.process.stdin.close()
    said = pipe.receive(5).decode()
    assert list(parse_pull(f"/proc/stat:cpu 1 2 3 4\n{said}").net) == ["lo", "ens160", "wlp0s20f3"]


SHELLS = ["sh", "dash", "bash", "zsh", "fish", "tcsh"]


@pytest.fixture(params=SHELLS)
def login_shell(request):
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param} here")
    return [request.param]


def test_the_pulse_under_any_login_shell(login_shell, pipes):
    loop = Loop(pipes(login_shell), PULSE)
    for _ in range(3):
        text = ask(loop)
        assert f"\n{PAGE}:{mmap.PAGESIZE}\n" in text
        reading = parse_pull(text)
        assert reading.uptime_s
        assert reading.boot_id
        assert reading.memory_total
        assert reading.load_1m is not None
        assert "lo" in reading.net


def test_what_is_asked_seldom_under_any_login_shell(login_shell, pipes):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        listener.accept()[0].close()
        lines = ask(Loop(pipes(login_shell), SELDOM)).splitlines()
        near.close()
    assert "lo" in {one.name for one in parse_interfaces(lines) if not one.real}
    states = parse_tcp_states(lines)
    assert states["tcp_listen"] >= 1
    assert states["tcp_close_wait"] >= 1
    assert states.keys() == tcp_metrics(tcp_states()).keys()


@pytest.mark.parametrize("inner", ["dash", "bash", "busybox"])
@pytest.mark.parametrize(
    ("script", "question", "told"),
    [
        (PULSE, ("",), "/proc/stat:cpu "),
        (DISKS, ("1", "/"), "#mounts"),
        (SELDOM, ("",), "\ntcp\n"),
    ],
)
def test_the_loops_in_any_sh(inner, script, question, told, pipes, tmp_path):
    """`exec sh` finds this one as its sh."""
    path = shutil.which(inner)
    if path is None:
        pytest.skip(f"no {inner} here")
    (tmp_path / "sh").symlink_to(path)
    loop = Loop(pipes(["env", f"PATH={tmp_path}:/usr/bin:/bin", "/bin/sh"]), script)
    loop.ask(*question)
    assert told in f"\n{loop.answer(5)}\n"


def measured(pipes, asked):
    board = Board()
    disks = DiskLoop(pipes(["sh"]), asked, board)
    deadline = time.monotonic() + 10
    while not (found := board.take(time.monotonic())[0]):
        disks.turn(time.monotonic())
        assert time.monotonic() < deadline
    return found


def test_disks_are_found_and_measured(pipes):
    found = measured(pipes, None)
    told = os.statvfs("/")
    inodes = 100 * (told.f_files - told.f_ffree) / told.f_files
    assert 0 < found["disk_percent:/"] <= 100
    assert found["inode_percent:/"] == pytest.approx(inodes, abs=1)


def test_mount_points_are_data_and_never_run(pipes, tmp_path):
    trap = tmp_path / "trap"
    asked = (f"/$(touch {trap})", f"/`touch {trap}`", f"/'; touch {trap}; '", "/")
    assert list(measured(pipes, asked)) == ["disk_percent:/", "inode_percent:/"]
    assert not trap.exists()


def test_scripts_hold_no_single_quote():
    assert "'" not in PULSE + DISKS + SELDOM


def ask(loop):
    loop.ask()
    return loop.answer(5)


def test_noise_before_and_between_is_passed_over(pipes, tmp_path):
    noisy = tmp_path / "noisy"
    noisy.write_text(
        '#!/bin/sh\nseq 3000\nprintf "\\n0123456789abcdef< 1\\nfake\\n"\nshift\nexec sh -c "$1"\n'
    )
    noisy.chmod(0o755)
    loop = Loop(pipes([str(noisy)]), PULSE)
    assert parse_pull(ask(loop)).uptime_s


def test_no_answer_in_time(pipes):
    """At first there may be no shell at all; later its server hangs."""
    loop = Loop(pipes(["sh"]), "read -r n; cat >/dev/null")
    loop.ask()
    with pytest.raises(ServerFault, match=r"no shell answered within 0\.2 s; does this login"):
        loop.answer(0.2)
    loop.ask()
    with pytest.raises(ServerFault, match=r"^no answer within 0\.2 s$"):
        loop.answer(0.2)
    assert loop.poll() is None


def test_an_endless_answer_is_cut_off(pipes):
    loop = Loop(lambda command: pipes(["sh"])("yes 2>/dev/null"), PULSE)
    loop.ask()
    with pytest.raises(ServerFault, match=f"over {MOST_BYTES // 1024} KB"):
        loop.answer(10)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("echo 'This account is not available'; exit 1", "it said: This account is not available"),
        ("printf '\\033[31mgo\\n\\naway'; exit 1", "it said: go away"),
        ("exit 1", "no shell for this login; use one that has a shell, or an exporter$"),
    ],
)
def test_no_shell(pipes, command, said):
    loop = Loop(lambda _: pipes(["sh"])(command), PULSE)
    with pytest.raises(ServerFault, match=said):
        ask(loop)


@pytest.mark.parametrize(
    "words",
    [
        "'exec' is not recognized as an internal or external command, operable program or batch",
        "exec : The term 'exec' is not recognized as the name of a cmdlet, function, script file",
        "Line has invalid autocommand exec ^ % Invalid input detected at '^' marker.",
        "bad command name exec (line 1 column 1)",
        "Unknown action 0",
    ],
)
def test_windows_and_network_gear_are_not_supported(pipes, words):
    loop = Loop(lambda _: pipes(["sh"])(f"echo {shlex.quote(words)}; exit 1"), PULSE)
    with pytest.raises(ServerFault) as refused:
        ask(loop)
    assert str(refused.value) == f"not supported over SSH; use an exporter ({words})"
    assert refused.value.retry is Retry.SLOWLY


def test_a_loop_that_dies_is_a_lost_connection(pipes):
    started = []

    def start(command):
        started.append(pipes(["sh"])(command))
        return started[-1]

    loop = Loop(start, PULSE)
    ask(loop)
    started[0].process.kill()
    with pytest.raises(ServerFault, match="connection was lost"):
        ask(loop)


def test_the_loop_ends_with_its_input(pipes):
    pipe = pipes(["sh"])(f"exec sh -c {shlex.quote(PULSE)}")
    pipe.close()
    assert pipe.process.returncode == 0
