"""Snapshots by the job itself: what commands write, bounded, and the largest processes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time

import psutil
import pytest

from perfconsole.model.server_news import SnapshotCame
from perfconsole.servers.child import ChildStream, shell
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.linux.processes import Process, Processes, parse_processes, uses
from perfconsole.servers.pull import Loop
from perfconsole.servers.snapshots import snapshot_job
from perfconsole.servers.snapshots.largest import largest
from perfconsole.servers.snapshots.snapshot_job import SnapshotJob
from perfconsole.servers.snapshots.snapshot_requests import SnapshotRequest, SnapshotRequests
from perfconsole.servers.snapshots.snapshot_script import MOST_BYTES, SNAPSHOT


class Taker:
    def __init__(self, commands, start=shell):
        self.requests, self.came = SnapshotRequests(), []
        self.job = SnapshotJob("web1", commands, start, self.requests, self.came.append)

    def ask(self, number=1):
        self.requests.put(SnapshotRequest(number, time.monotonic() + 60))

    def until(self, check, within_s=30.0):
        deadline = time.monotonic() + within_s
        while not check():
            wait_s = self.job.turn(time.monotonic()) - time.monotonic()
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(max(0.0, min(0.05, wait_s)))

    def take(self):
        before = len(self.came)
        self.ask(before + 1)
        self.until(lambda: len(self.came) > before)
        return {output.name: output for output in self.came[-1].outputs}


@pytest.fixture
def taker(monkeypatch):
    monkeypatch.setattr(snapshot_job, "BETWEEN_READINGS_S", 0.2)
    made = []

    def make(commands=None, start=shell):
        made.append(Taker(commands or {}, start))
        return made[-1]

    yield make
    for each in made:
        each.job.close()


def test_commands_get_their_words_as_they_are(taker, tmp_path):
    trap = tmp_path / "trap"
    words = ("", "a b", "$(touch x)", f"'; touch {trap}; '", "`id`", "-n", "\\0\\n", "*", "é")
    kept = taker({"words": ("printf", "[%s]", *words), "two": ("sh", "-c", "echo a; echo b >&2")})
    outputs = kept.take()
    assert outputs["words"].text == "".join(f"[{word}]" for word in words)
    assert outputs["two"].text == "a\nb"
    assert not trap.exists()
    assert [kept.came[0].server, kept.came[0].number] == ["web1", 1]


def test_what_goes_wrong_is_noted_and_takes_nothing_else_with_it(taker, monkeypatch):
    monkeypatch.setattr(snapshot_job, "LIMIT_S", 1)
    script = SNAPSHOT.replace("timeout 10", "timeout 1")
    monkeypatch.setattr(snapshot_job, "SNAPSHOT", script)
    outputs = taker({
        "none": ("no-such-command",), "fails": ("sh", "-c", "echo why; exit 3"),
        "hangs": ("sleep", "60"), "endless": ("yes", "x" * 99), "reads": ("cat",),
        "garbage": ("printf", r"\377\033[31mred\033[0m\007\tend\r\n\n"),
    }).take()  # fmt: skip
    assert outputs["none"].note == "there is no such command"
    assert (outputs["fails"].text, outputs["fails"].note) == ("why", "exit status 3")
    assert outputs["hangs"].note == "ended after 1 s"
    assert outputs["endless"].note == "cut off after 64 KB"
    assert len(outputs["endless"].text) <= MOST_BYTES
    assert (outputs["reads"].text, outputs["reads"].note) == ("", "")
    assert outputs["garbage"].text == "�red    end"


def test_a_snapshot_is_bounded_as_a_whole(taker):
    many = {f"c{n}": ("sh", "-c", "yes 'é\\t\"\\\\' | head -c 60000") for n in range(8)}
    outputs = taker(many).take()
    assert sum(len(output.text.encode()) for output in outputs.values()) <= 256_000
    assert "cut off" in outputs["c7"].note


@pytest.mark.parametrize("inner", ["dash", "bash", "busybox"])
def test_the_largest_processes_in_any_sh(inner, taker, tmp_path):
    path = shutil.which(inner)
    if path is None:
        pytest.skip(f"no {inner} here")
    names = ["sh"]
    if inner == "busybox":
        names += ["cat", "grep", "sed", "head", "timeout", "sleep", "true"]
    for name in names:
        (tmp_path / name).symlink_to(path)
    everything = str(tmp_path) if inner == "busybox" else f"{tmp_path}:/usr/bin:/bin"

    def start(command):
        return ChildStream(("/usr/bin/env", f"PATH={everything}", "/bin/sh", "-c", command))

    code = "x = 300_000_000 * b'x'\nprint(flush=True)\nwhile 1: pass"
    burner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        burner.stdout.readline()
        processes = taker(start=start).take()["processes"]
    finally:
        burner.kill()
        burner.communicate()
    assert processes.note == ""
    by_memory = processes.text.partition("largest by memory")[2]
    assert re.search(rf"^ *{burner.pid} .* 3\d\d MB ", by_memory, re.MULTILINE)
    assert "300_000_000" not in processes.text, "no command lines"


def test_processes_agree_with_psutil(taker):
    loop = Loop(shell, SNAPSHOT)
    loop.ask("0")
    first = parse_processes(loop.answer(10))
    spent_s = time.process_time()
    while time.process_time() < spent_s + 0.3:
        pass
    loop.ask("0")
    second = parse_processes(loop.answer(10))
    loop.close()
    me, mine = psutil.Process(), second.all[os.getpid()]
    assert mine.rss_bytes == pytest.approx(me.memory_info().rss, rel=0.1)
    assert mine.threads == me.num_threads()
    assert mine.name == me.name()[:15]
    assert second.memory_bytes == psutil.virtual_memory().total
    born_s = psutil.boot_time() + mine.started_s
    assert born_s == pytest.approx(me.create_time(), abs=2)
    used = next(use for use in uses(first, second) if use.process.pid == os.getpid())
    used_s = used.cpu_percent / 100 * (second.uptime_s - first.uptime_s)
    assert 0.25 <= used_s <= time.process_time() - spent_s + 0.1
    assert len(second.all) == pytest.approx(len(psutil.pids()), rel=0.5)


def test_the_largest_stand_first():
    def reading(at, **cpu_s):
        listed = [
            Process(pid, name, "R", spent_s, 1, 10.0, pid * 1_000_000)
            for pid, (name, spent_s) in enumerate(cpu_s.items(), start=1)
        ]
        return Processes(at, 100_000_000, {process.pid: process for process in listed})

    idle = {f"idle{n}": 5.0 for n in range(15)}
    before = reading(100.0, java=90.0, sshd=1.0, **idle)
    now = reading(102.0, java=91.0, sshd=5.0, **idle)
    head, by_cpu, by_memory = largest(before, now).split("\n\n")
    assert head == "17 processes by state: 17 R"
    title, _, *rows = by_cpu.split("\n")
    assert title == "largest by CPU, of one core, within 2.0 s"
    assert [row.split()[1] for row in rows[:3]] == ["200.0", "50.0", "0.0"]
    assert rows[0].split()[-1] == "sshd"
    assert len(rows) == 12
    first = by_memory.split("\n")[2].split()
    assert first == ["17", "0.0", "17", "MB", "17.0", "1", "00:01:32", "R", "idle14"]


def test_odd_names_of_processes_are_read():
    text = (
        "100.5 200\nMemTotal: 1000 kB\n100\n4096\n"
        + "7 (a) (b S 1) R 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 3 0 5000 9999 25\n"
        + "8 (broken) S 1 8\nnot a line\n"
    )
    (process,) = parse_processes(text).all.values()
    assert (process.pid, process.name, process.state) == (7, "a) (b S 1", "R")
    assert (process.cpu_s, process.threads, process.started_s) == (2.0, 3, 50.0)
    assert process.rss_bytes == 25 * 4096
    assert parse_processes("\n100\n4096\n") is None


def test_without_a_session_all_of_it_says_so(taker):
    def start(_):
        raise ServerFault("the server opens no further session (MaxSessions?)", Retry.SLOWLY)

    outputs = taker({"sockets": ("ss", "-s")}, start).take()
    notes = {output.note for output in outputs.values()}
    assert notes == {"the server opens no further session (MaxSessions?)"}


def test_a_connection_that_is_lost_over_it_is_told(taker):
    kept = taker({"hangs": ("sleep", "60"), "next": ("true",)})
    kept.ask()
    kept.until(lambda: kept.job._outputs)
    kept.job.turn(time.monotonic())
    kept.job.close()
    (came,) = kept.came
    assert isinstance(came, SnapshotCame)
    assert [output.note for output in came.outputs] == ["", *2 * ["the connection was lost"]]


def test_nobody_is_served_too_late():
    requests = SnapshotRequests()
    requests.put(SnapshotRequest(1, until=10.0))
    requests.put(SnapshotRequest(2, until=30.0))
    taken = requests.next(20.0)
    assert taken.number == 2
    assert taken.taken
    assert requests.next(20.0) is None


def test_a_server_without_timeout_ends_commands_all_the_same(tmp_path):
    for name in ("sh", "head", "sleep", "printf", "cat", "kill", "yes"):
        (tmp_path / name).symlink_to(shutil.which(name) or f"/bin/{name}")

    def start(command):
        return ChildStream(("/usr/bin/env", f"PATH={tmp_path}", "/bin/sh", "-c", command))

    loop = Loop(start, SNAPSHOT.replace("sleep 10", "sleep 0.3"))
    begun = time.monotonic()
    loop.ask("2", "sleep", "60")
    assert loop.answer(20).rstrip().endswith("= 137")
    assert time.monotonic() - begun < 15
    loop.ask("3", "printf", "%s", "quick")
    assert loop.answer(20) == "quick\n= 0"
    loop.close()
