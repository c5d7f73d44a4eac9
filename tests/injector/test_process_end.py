"""How an injector ends: told to, orphaned, out of lease; and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

import pytest

from perfconsole.injector.frames import frame
from perfconsole.model import wire

PARENT = """
import subprocess, sys
fds = [int(fd) for fd in sys.argv[1:]]
command = [sys.executable, "-m", "perfconsole.injector", *sys.argv[1:]]
child = subprocess.Popen(command, pass_fds=fds, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
child.wait()
"""


def alive(process: Path) -> bool:
    """Whether a process, given by its folder in /proc, is more than a corpse."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_it_ends_with_the_controllers_socket(target, begin, plan_for, step, until) -> None:
    injector = await begin(plan_for(target.port).of(g=[step()]))
    await injector.vus(20)
    await until(lambda: len(target.seen) > 200)
    injector.stop_lease()
    injector.writer.close()
    closed_at = time.time()
    assert await asyncio.wait_for(injector.process.wait(), 5) != 0
    await until(lambda: target.open == 0)
    assert not [seen for seen in target.seen if seen.at > closed_at + 1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
async def test_a_stopped_one_dies_with_its_parent(target, plan_for, step, until) -> None:
    """It could otherwise go on for a moment when it is continued."""
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as counter, ours, theirs:
        counter.truncate(8)
        fds = (theirs.fileno(), counter.fileno())
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PARENT, *map(str, fds), pass_fds=fds,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert parent.stdout is not None
        injector = Path("/proc") / (await parent.stdout.readline()).decode().strip()
        ours.sendall(frame(wire.Begin(plan_for(target.port).of(g=[step()]))))
        assert await asyncio.to_thread(ours.recv, 65536), "it is ready"
        os.kill(int(injector.name), signal.SIGSTOP)
        parent.kill()
        await parent.wait()
        await parent.stdout.read()
        await until(lambda: not alive(injector))


@pytest.mark.clock
async def test_it_ends_when_the_lease_is_not_renewed(target, begin, plan_for, step, until) -> None:
    injector = await begin(plan_for(target.port, lease_s=2.0).of(g=[step()]))
    await injector.vus(20)
    await asyncio.sleep(2.5)
    assert injector.process.returncode is None, "renewed, it goes on"
    injector.stop_lease()
    stopped_at = time.time()
    assert await asyncio.wait_for(injector.process.wait(), 8) != 0
    assert target.seen
    assert not [seen for seen in target.seen if seen.at > stopped_at + 2.5]


@pytest.mark.clock
async def test_any_order_renews_the_lease(target, begin, plan_for, step) -> None:
    injector = await begin(plan_for(target.port, lease_s=1.0).of(g=[step()]))
    injector.stop_lease()
    for count in range(6):
        await injector.vus(count)
        await asyncio.sleep(0.4)
    assert injector.process.returncode is None


async def test_what_a_killed_injector_had_in_flight_can_be_told(
    target, begin, plan_for, step, until
) -> None:
    async def script(seen, writer):
        await asyncio.sleep(60 if seen.connection > 5 else 0.01)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    target.script = script
    injector = await begin(plan_for(target.port, injector=3).of(g=[step()]))
    await injector.vus(8)
    await until(lambda: len(injector.ticks) >= 2)
    injector.process.kill()
    await injector.process.wait()
    await injector.eof.wait()
    lost = injector.begun - injector.total("requests") - injector.total("cut")
    assert injector.begun == len(target.seen)
    assert 3 <= lost <= len(target.seen)


async def test_a_short_counter_file_is_an_error(target, begin, plan_for, step) -> None:
    injector = await begin(plan_for(target.port, injector=3).of(g=[step()]), counter_bytes=31)
    assert await asyncio.wait_for(injector.process.wait(), 5) == 1
    await injector.eof.wait()
    assert injector.ready is None
    assert injector.troubles == ["the counter file has 31 bytes; injector 3 needs 32"]


async def test_the_terminals_signals_are_not_for_it(target, begin, plan_for, step, until) -> None:
    injector = await begin(plan_for(target.port).of(g=[step()]))
    await injector.vus(1)
    for number in (signal.SIGINT, signal.SIGHUP):
        injector.process.send_signal(number)
    have = len(target.seen)
    await until(lambda: len(target.seen) > have + 100)
    await injector.finish()


async def test_an_order_it_cannot_carry_out_is_told_and_survived(
    target, begin, plan_for, step, until
) -> None:
    injector = await begin(plan_for(target.port).of(g=[step()]))
    injector.send(injector.order("no such group"))
    await until(lambda: injector.troubles)
    assert "no such group" in injector.troubles[0]
    await injector.vus(1)
    await until(lambda: target.seen)
    await injector.finish()
