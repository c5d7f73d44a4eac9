"""A real sshd on a loopback port, and a place to collect samples."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from perfconsole.model.sample import ServerSample
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.sampler import sample_server

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


def _keygen(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def _eventually(check: Callable[[], object], within_s: float = 10.0) -> None:
    """Until `check()` is true; fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)


@dataclass
class Sshd:
    """One sshd with a host key and a login key of its own, in `folder`."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def identity(self) -> Path:
        return self.folder / "login"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def host_key(self) -> str:
        """Type and base64."""
        return " ".join((self.folder / "host.pub").read_text().split()[:2])

    @property
    def where(self) -> str:
        return f"{getpass.getuser()}@127.0.0.1:{self.port}"

    def spec(self, **changes: object) -> ServerSpec:
        fields: dict[str, object] = {
            "ssh": self.where,
            "identity": str(self.identity),
            "known_hosts": str(self.known_hosts),
            "every": 0.5,
        }
        return ServerSpec.model_validate(fields | changes)

    def trust(self) -> None:
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self.host_key}\n")

    def new_host_key(self) -> None:
        for name in ("host", "host.pub"):
            (self.folder / name).unlink(missing_ok=True)
        _keygen(self.folder / "host")

    def start(self) -> None:
        config = self.folder / "sshd_config"
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.folder / 'host'}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            f"PidFile {self.folder / 'pid'}",
            "UsePAM no",
            "StrictModes no",
            "UseDNS no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            f"SetEnv {' '.join(self._environment())}",
            *(option for option in self.options if not option.startswith("SetEnv ")),
        ]
        config.write_text("\n".join(lines) + "\n")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log)
        _eventually(self._listens)

    def _environment(self) -> Iterator[str]:
        """Of its sessions: what the login's own rc files start is no part of a test, and killing
        it would do harm. sshd looks at one line of these only."""
        yield f"HOME={self.folder}"
        for option in self.options:
            if option.startswith("SetEnv "):
                yield option.removeprefix("SetEnv ")

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def processes(self) -> list[psutil.Process]:
        """Everything that its sessions started, and the sessions themselves."""
        assert self.process is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def sessions(self) -> list[psutil.Process]:
        return [process for process in self.processes() if process.name().startswith("sshd")]

    def loops(self) -> list[psutil.Process]:
        return [process for process in self.processes() if not process.name().startswith("sshd")]

    def logged(self, text: str) -> int:
        return (self.folder / "log").read_text(errors="replace").count(text)

    def stop(self) -> None:
        if self.process is None:
            return
        mine = self.processes()
        self.process.kill()
        self.process.wait()
        for process in mine:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process = None


@pytest.fixture
def make_sshd(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> Iterator[Callable[..., Sshd]]:
    """Start an sshd with further lines of configuration; its host key is trusted already."""
    if not os.access(SSHD, os.X_OK) or shutil.which("ssh-keygen") is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have an sshd")
        pytest.skip("no sshd on this machine (Debian: apt install openssh-server)")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    made: list[Sshd] = []

    def make(*options: str) -> Sshd:
        folder = tmp_path / f"sshd{len(made)}"
        folder.mkdir()
        server = Sshd(folder, unused_tcp_port_factory(), options)
        server.new_host_key()
        _keygen(server.identity)
        shutil.copy(folder / "login.pub", folder / "authorized_keys")
        server.trust()
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def sshd(make_sshd: Callable[..., Sshd]) -> Sshd:
    return make_sshd()


@pytest.fixture
def eventually() -> Callable[..., None]:
    return _eventually


@pytest.fixture
def keygen() -> Callable[..., Path]:
    return _keygen


@dataclass
class Samples:
    """What samplers emitted."""

    all: list[ServerSample] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def emit(self, sample: ServerSample) -> None:
        self.all.append(sample)
        self._came.set()

    async def first(
        self, wanted: Callable[[ServerSample], object], *, after: int = 0, within_s: float = 20.0
    ) -> ServerSample:
        """The first sample from number `after` on that is `wanted`."""
        seen = after
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for sample in self.all[seen:]:
                        if wanted(sample):
                            return sample
                    seen = max(seen, len(self.all))
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            pytest.fail(f"no such sample; the last were {self.all[-3:]}")


@pytest.fixture
def samples() -> Samples:
    return Samples()


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own agent stays out of the tests."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    """Every test ends with the threads it began with."""
    before = set(threading.enumerate())
    yield
    ours = ("server ", "local disks", "Thread-", "paramiko")

    def left() -> list[threading.Thread]:
        alive = set(threading.enumerate()) - before
        return [thread for thread in alive if thread.name.startswith(ours)]

    deadline = time.monotonic() + 3
    while left() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left()


@pytest.fixture
async def watch(samples: Samples) -> AsyncIterator[Callable[..., asyncio.Task[None]]]:
    """Start sampling a server under a name; ended with the test."""
    running: list[asyncio.Task[None]] = []

    def start(spec: ServerSpec, name: str = "web1") -> asyncio.Task[None]:
        running.append(asyncio.create_task(sample_server(name, spec, samples.emit)))
        return running[-1]

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
