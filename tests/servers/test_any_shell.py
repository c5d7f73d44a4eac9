"""Servers behind a command that gives a shell, as kubectl exec and docker exec do."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time

import psutil
import pytest

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.faults import Retry, ServerFault
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.orphans import _SCRIPT
from perfconsole.servers.transports.any_shell import by_command


def behind(*command):
    return ServerSpec(command=command, every=0.5)


def mine():
    """What runs for us, but for the one that guards it."""
    found = psutil.Process().children(recursive=True)
    return [process for process in found if process.name() != "sh" or not guards(process)]


def guards(process):
    return _SCRIPT in process.cmdline()


def namespaces(command):
    return subprocess.run([*command[:-1], "true"], check=False).returncode == 0


@pytest.mark.parametrize(
    "command",
    [("sh",), ("dash",), ("bash",), ("busybox", "sh"), ("tcsh",), ("env", "-i", "sh"),
     ("sh", "-i"), ("sh", "-c", "seq 20000; printf oops >&2; exec sh"),
     ("unshare", "--user", "--map-root-user", "--pid", "--fork", "sh")],
    ids=" ".join,
)  # fmt: skip
async def test_any_shell_will_do(command, samples, watch, eventually):
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    if command[0] == "unshare" and not namespaces(command):
        pytest.skip("no namespaces for this user")
    before = set(mine())
    task = watch(behind(*command))
    sample = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    assert sample.metrics["memory_percent"] > 0
    assert all(s.ok for s in samples.all)
    started = set(mine()) - before
    assert started
    task.cancel()
    async with asyncio.timeout(1.5):
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not any(p.is_running() for p in started), 3)


async def test_what_a_system_calls_itself_is_fit_to_be_shown(samples, watch, tmp_path):
    """Also where it is no text at all: then nothing could be kept of it."""
    uname = tmp_path / "uname"
    uname.write_text("#!/bin/sh\nprintf 'Odd\\033]0;title\\007OS \\351 5.1\\n'\n")
    uname.chmod(0o755)
    watch(behind("env", f"PATH={tmp_path}:/usr/bin:/bin", "sh"))
    sample = await samples.first(lambda sample: "use an exporter" in sample.detail)
    assert sample.detail == "not supported over SSH; use an exporter (OddOS \ufffd 5.1)"


@pytest.mark.parametrize(
    ("command", "said"),
    [(("sh", "-c", "echo 'pods \"web-0\" not found' >&2; exit 1"),
      'the command gave no shell; it said: pods "web-0" not found'),
     (("true",), "the command gave no shell"),
     (("no-such-program", "exec"), "cannot run no-such-program: No such file or directory"),
     (("/etc", "x"), "cannot run /etc: Permission denied")],
)  # fmt: skip
async def test_no_shell_says_what_it_said(command, said, samples, watch):
    watch(behind(*command))
    assert (await samples.first(lambda s: not s.ok)).detail == said


async def test_a_shell_that_dies_is_started_again(samples, watch):
    before = set(mine())
    watch(behind("sh"))
    await samples.first(lambda s: s.ok)
    for process in set(mine()) - before:
        process.kill()
    lost = await samples.first(lambda s: not s.ok)
    assert lost.detail == "the connection was lost"
    await samples.first(lambda s: s.ok, after=samples.all.index(lost))


def test_what_is_sent_early_reaches_the_command_and_not_the_shell():
    """dash reads a block at a time: what comes behind its line would be lost in it."""
    with by_command(("dash",), Lifeline()) as start:
        stream = start("exec sh -c 'read -r line; echo \"heard $line\"; cat'")
        stream.send(b"one\n")
        stream.send(b"two\n")
        heard = b""
        while b"two" not in heard:
            heard += stream.receive(5.0)
    assert heard == b"heard one\ntwo\n"


def test_nothing_waits_until_it_must():
    with by_command(("sh", "-c", "sleep 0.3; exec sh"), Lifeline()) as start:
        begun = time.monotonic()
        stream = start("echo here")
        stream.send(b"x\n")
        with pytest.raises(TimeoutError):
            stream.receive(0.0)
        assert time.monotonic() - begun < 0.25
        assert stream.receive(5.0) == b"here\n"
        assert stream.receive(5.0) == b""


def test_endless_noise_is_no_shell():
    with by_command(("yes",), Lifeline()) as start:
        stream = start("true")
        with pytest.raises(ServerFault, match="gave no shell; it said: y y y") as fault:
            stream.receive(20.0)
    assert fault.value.retry is Retry.SOON


def test_words_of_a_command_are_never_text_for_a_shell(tmp_path):
    trap = tmp_path / "trap"
    with by_command(("sh", "-c", 'exec "$0"', "sh", f"$(touch {trap})"), Lifeline()) as start:
        assert start("echo $0").receive(5.0)
    assert not trap.exists()
