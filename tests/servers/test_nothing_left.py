"""However a run ends, nothing of it stays: not on the server, and not on the way to it."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import socket
import subprocess
import sys
import threading

import psutil
import pytest

pytestmark = pytest.mark.sshd
SAMPLING = """\
import asyncio, json, sys
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.watch_all import Servers

async def main():
    seen = set()
    def emit(sample):
        if "disk_percent:/" in sample.metrics and sample.server not in seen:
            seen.add(sample.server)
            print(sample.server, flush=True)
    specs = {name: ServerSpec(**spec) for name, spec in json.loads(sys.argv[1]).items()}
    Servers(specs, emit).start()
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def sampling():
    """Start a process that samples servers; returns it when all have shown their disks."""
    started = []

    def start(**specs):
        texts = {name: spec.model_dump(exclude_unset=True) for name, spec in specs.items()}
        process = subprocess.Popen(
            [sys.executable, "-c", SAMPLING, json.dumps(texts)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert {process.stdout.readline().strip() for _ in specs} == set(specs)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ways(sshd):
    """The same server by each transport."""
    command = (
        "ssh", "-F", "none", "-p", str(sshd.port), "-i", str(sshd.identity),
        "-o", f"UserKnownHostsFile={sshd.known_hosts}", f"{getpass.getuser()}@127.0.0.1", "sh",
    )  # fmt: skip
    behind = sshd.spec().model_validate({"command": command, "every": 0.5})
    return {"paramiko": sshd.spec(), "openssh": sshd.spec(transport="openssh"), "command": behind}


def test_a_killed_controller_leaves_nothing(sshd, sampling, eventually, own_temporaries):
    process = sampling(**ways(sshd))
    here = psutil.Process(process.pid).children(recursive=True)
    there = sshd.processes()
    assert len(sshd.loops()) >= 6, "a fast and a slow loop by each of three ways"
    assert len(here) >= 4, "a master, two of the command, and the one that guards them"
    assert list(own_temporaries.iterdir()), "where the master listens"
    process.kill()
    eventually(lambda: not any(each.is_running() for each in there), 20)
    eventually(lambda: not any(each.is_running() for each in here), 20)
    assert not list(own_temporaries.iterdir())


class Relay:
    """Between us and a server; it can be cut."""

    def __init__(self, port):
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open = [self._listening]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                thread = threading.Thread(target=self._copy, args=(one, other), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _copy(self, one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

    def cut(self):
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)


async def test_a_cut_connection_leaves_nothing_there(sshd, samples, watch, eventually):
    relay = Relay(sshd.port)
    sshd.known_hosts.write_text(f"[127.0.0.1]:{relay.port} {sshd.host_key}\n")
    where = f"{getpass.getuser()}@127.0.0.1:{relay.port}"
    for transport in ("paramiko", "openssh"):
        watch(sshd.spec(ssh=where, transport=transport), transport)
    for transport in ("paramiko", "openssh"):
        await samples.first(lambda s, t=transport: s.server == t and "disk_percent:/" in s.metrics)
    there = sshd.processes()
    at = len(samples.all)
    await asyncio.to_thread(relay.cut)
    for transport in ("paramiko", "openssh"):
        lost = await samples.first(lambda s, t=transport: s.server == t and not s.ok, after=at)
        assert lost.detail == "the connection was lost"
    await asyncio.to_thread(eventually, lambda: not any(p.is_running() for p in there), 20)
