"""Whole runs with bad servers, and whole runs that end badly: in a terminal, and on the servers."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import signal
import statistics
import time

import psutil
import pytest

from perfconsole.journal.folder import find_folder
from perfconsole.journal.reader import JournalReader
from perfconsole.model import event as ev

pytestmark = pytest.mark.sshd

STOPPED_S = 4.0
EVERY_S = 0.5


@pytest.mark.clock
def test_a_controller_suspended_and_then_killed(
    sshd, program, start_run, scenario_file, eventually
):
    """Suspended: a gap and no burst. Killed: no orphan on the server."""
    text = f"""\
name: watch
servers:
  web1: {{ssh: "{sshd.where}", identity: {sshd.identity}, known_hosts: {sshd.known_hosts},
          every: {EVERY_S}s}}
  here: {{local: true, every: {EVERY_S}s}}
"""
    run = start_run(scenario_file(text), "--duration", "100s")
    eventually(lambda: len(sshd.loops()) >= 2)
    eventually(lambda: len(sampled("web1")) >= 4)
    controller = program.status()["controller_pid"]
    os.kill(controller, signal.SIGSTOP)
    time.sleep(STOPPED_S)
    os.kill(controller, signal.SIGCONT)
    heard = len(sampled("web1"))
    eventually(lambda: len(sampled("web1")) >= heard + 6)
    left = sshd.processes()
    os.kill(controller, signal.SIGKILL)
    eventually(lambda: not any(process.is_running() for process in left), within_s=5)
    assert run.wait()[0] == 3
    for server in ("web1", "here"):
        events = sampled(server)
        assert all(event.sample.ok for event in events)
        steps = [b.second - a.second for a, b in itertools.pairwise(events)]
        assert max(steps) >= STOPPED_S - EVERY_S, "a gap"
        late = steps.index(max(steps))
        assert min(steps[late + 1 :]) >= EVERY_S / 2, "no burst"
    with JournalReader(find_folder("last").journal) as journal:
        view = journal.view()
        assert not [line.text for line in view.lines if line.kind == "server"]
    for server in ("web1", "here"):
        points = view.servers[server].metrics["memory_percent"].series.points()
        assert any(point.last is None for point in points), "no line is drawn across the gap"


def sampled(server):
    """Of the last run, as far as it has been written."""
    with JournalReader(find_folder("last").journal) as journal:
        return [event for event in journal.of_kind(ev.Sampled) if event.sample.server == server]


@pytest.mark.clock
async def test_bad_servers_in_a_terminal(make_sshd, relay, full_port, terminal):
    """What is wrong with each is on the screen, and a key is answered at once all the time."""
    good, hung = make_sshd(), make_sshd()
    shutil.copy(good.folder / "authorized_keys", hung.folder / "authorized_keys")
    slow = await relay(good.port, pause_s=0.1, piece=1024)
    with good.known_hosts.open("a") as file:
        file.write(f"[127.0.0.1]:{hung.port} {hung.host_key}\n")
        file.write(f"[127.0.0.1]:{slow.port} {good.host_key}\n")
    me = good.login
    nowhere = f"{me}@127.0.0.1:{full_port}"

    def drive() -> tuple[str, float, float]:
        screen = terminal(
            "watch", good.where, hung.where, f"{me}@127.0.0.1:{slow.port}", nowhere,
            "--identity", good.identity, "--known-hosts", good.known_hosts, columns=200,
        )  # fmt: skip
        screen.wait_for(f"connecting to {nowhere}", "4 servers")
        screen.wait_for(f"no answer: {place(nowhere)}")
        calm_s = _key_press(screen)
        for process in (psutil.Process(hung.process.pid), *hung.sessions()):
            process.suspend()
        screen.wait_for(f"{hung.where}: no answer in time")
        pressed_s = _key_press(screen)
        text = screen.text
        screen.process.send_signal(signal.SIGTERM)
        return text, calm_s, pressed_s

    text, calm_s, pressed_s = await asyncio.to_thread(drive)
    assert pressed_s < max(0.25, 2 * calm_s), "only a busy machine may take longer"
    assert re.search(rf"{place(good.where)} +\w+ +\d+(\.\d+)?!?/75 ", text)
    assert re.search(rf"{place(hung.where)} +unknown +no answer for \d+s: no answer ", text)
    assert re.search(
        rf"{place(nowhere)} +unknown +(not reached yet: )?(connecting|{place(nowhere)} gave)", text
    )


def place(where: str) -> str:
    """As the screen has it: there is one user only."""
    return where.partition("@")[2]


def _key_press(screen) -> float:
    """Seconds until one is answered: of eight the median."""
    waits = []
    for _ in range(4):
        waits += [_answered(screen, "FROZEN", True), _answered(screen, "FROZEN", False)]
        screen.read(0.3)
    return statistics.median(waits)


def _answered(screen, word: str, there: bool) -> float:
    """Seconds until the key f has put `word` on the screen, or taken it away."""
    pressed = time.monotonic()
    screen.press("f")
    while (word in screen.text) != there:
        assert time.monotonic() < pressed + 10, screen.text
        screen.read(0.01)
    return time.monotonic() - pressed
