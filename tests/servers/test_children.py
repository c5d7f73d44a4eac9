"""Commands on this machine: they end with us, however we end."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import psutil
import pytest

from perfconsole.servers.child import child, shell
from perfconsole.servers.orphans import Orphanage

KILLED = """\
import sys, time
from pathlib import Path
from perfconsole.servers.child import child
with child(["sleep", "600"]): pass
script = 'trap "" TERM; sleep 600 & sleep 600; wait'
stubborn = child(["sh", "-c", script], folder=Path(sys.argv[1]))
stubborn.__enter__()
deaf = child(["sleep", "600"])
deaf.__enter__()
print("up", flush=True)
time.sleep(600)
"""


def test_no_child_outlives_a_killed_parent(tmp_path, eventually):
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "socket").touch()
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        assert parent.stdout.readline() == "up\n"
        eventually(lambda: len(psutil.Process(parent.pid).children(recursive=True)) >= 4)
        left = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    eventually(lambda: not any(process.is_running() for process in left), 5)
    assert not folder.exists()


def test_what_a_child_leaves_running_is_ended_with_it(eventually):
    with child(["sh", "-c", "sleep 600 & echo $!"]) as near:
        left = psutil.Process(int(near.recv(100)))
    eventually(lambda: not left.is_running(), 3)


def test_a_shell_of_this_machine():
    stream = shell('read -r line; echo "$line"; echo err >&2; exit 3')
    with contextlib.closing(stream):
        with pytest.raises(TimeoutError):
            stream.receive(0.0)
        stream.send(b"heard\n")
        said = b""
        while data := stream.receive(5.0):
            said += data
    assert said == b"heard\nerr\n"


def test_the_guard_is_replaced_when_it_is_gone(eventually):
    """Whoever kills it does not leave the next child without one."""
    orphanage = Orphanage()
    sleepers = [subprocess.Popen(["sleep", "600"], start_new_session=True) for _ in range(2)]
    try:
        with orphanage.knowing(sleepers[0].pid):
            guard = orphanage._shell
            guard.kill()
            guard.wait()
            guard.stdin.close()
            with orphanage.knowing(sleepers[1].pid):
                orphanage._shell.stdin.close()  # as when we are killed
                eventually(lambda: all(each.poll() is not None for each in sleepers), 5)
                orphanage._shell.wait()
                orphanage._shell = None
    finally:
        for each in sleepers:
            each.kill()
            each.wait()
        if orphanage._shell is not None:
            orphanage._shell.stdin.close()
            orphanage._shell.wait()


def test_a_child_without_a_guard_is_not_remembered(monkeypatch):
    """Its number may be somebody else's when the next guard is told whom to end."""
    orphanage = Orphanage()

    def none_to_be_had(*_, **__):
        raise BlockingIOError

    with monkeypatch.context() as here:
        here.setattr("perfconsole.servers.orphans.subprocess.Popen", none_to_be_had)
        with pytest.raises(BlockingIOError), orphanage.knowing(4_000_000):
            pytest.fail("it was let in")
    assert not orphanage._known
