"""A real sshd on a loopback port, and a place to collect samples."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from perfconsole.model.credentials import Credentials
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


def _name(process: psutil.Process) -> str:
    """Empty when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.name()
    return ""


@dataclass
class Sshd:
    """One sshd with a host key and a login key of its own, in `folder`."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    address: str = "127.0.0.1"
    login: str = field(default_factory=getpass.getuser)
    within: tuple[str, ...] = ()
    """What runs it, such as a network namespace: it ends by becoming the command behind it."""
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
        return f"{self.login}@{self.address}:{self.port}"

    def spec(self, **changes: object) -> ServerSpec:
        fields: dict[str, object] = {
            "ssh": self.where,
            "identity": str(self.identity),
            "known_hosts": str(self.known_hosts),
            "every": 0.5,
        }
        return ServerSpec.model_validate(fields | changes)

    def trust(self) -> None:
        self.known_hosts.write_text(f"[{self.address}]:{self.port} {self.host_key}\n")

    def new_host_key(self) -> None:
        for name in ("host", "host.pub"):
            (self.folder / name).unlink(missing_ok=True)
        _keygen(self.folder / "host")

    def start(self) -> None:
        config = self.folder / "sshd_config"
        lines = [
            f"Port {self.port}",
            f"ListenAddress {self.address}",
            f"HostKey {self.folder / 'host'}",
            f"PidFile {self.folder / 'pid'}",
            f"SetEnv {' '.join(self._environment())}",
            *(option for option in self.options if not option.startswith("SetEnv ")),
            # what comes first counts
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            "UsePAM no",
            "StrictModes no",
            "UseDNS no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
        ]
        config.write_text("\n".join(lines) + "\n")
        with (self.folder / "log").open("ab") as log:
            command = [*self.within, SSHD, "-D", "-e", "-f", str(config)]
            self.process = subprocess.Popen(command, stderr=log)
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
        with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), 1):
            return True
        return False

    def processes(self) -> list[psutil.Process]:
        """Everything that its sessions started, and the sessions themselves."""
        assert self.process is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def sessions(self) -> list[psutil.Process]:
        return [process for process in self.processes() if _name(process).startswith("sshd")]

    def signal_sessions(self, number: int) -> None:
        for process in self.sessions():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def loops(self) -> list[psutil.Process]:
        names = ((process, _name(process)) for process in self.processes())
        return [process for process, name in names if name and not name.startswith("sshd")]

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

    def make(*options: str, folder: Path | None = None, **more: Any) -> Sshd:
        folder = folder or tmp_path / f"sshd{len(made)}"
        folder.mkdir()
        server = Sshd(folder, unused_tcp_port_factory(), options, **more)
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


PASSWORD = "pass word é"


@pytest.fixture
def make_password_sshd(make_sshd: Callable[..., Sshd], tmp_path: Path) -> Callable[..., Sshd]:
    """An sshd with an ordinary user ``tester`` who has `PASSWORD`, in a namespace of its own."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("only root can give an sshd users of its own")
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, check=True, capture_output=True,
        text=True,
    ).stdout.strip()  # fmt: skip
    lines = {
        "passwd": "tester:x:61234:61234::/tmp:/bin/sh",
        "shadow": f"tester:{hashed}:19000:0:99999:7:::",
    }
    script = ""
    for name, line in lines.items():
        own = tmp_path / name
        own.write_text(Path("/etc", name).read_text().rstrip() + f"\n{line}\n")
        script += f"mount --bind {own} /etc/{name} && "
    within = ("unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh")
    return lambda *options: make_sshd(*options, within=within)


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
    ours = ("server ", "local ", "Thread-", "paramiko")

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

    def start(
        spec: ServerSpec, name: str = "web1", credentials: Credentials | None = None
    ) -> asyncio.Task[None]:
        sampling = sample_server(name, spec, samples.emit, credentials=credentials)
        running.append(asyncio.create_task(sampling))
        return running[-1]

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Make ``ssh`` read a configuration of the test's own, in the place of the user's."""
    real = shutil.which("ssh")

    def configure(text: str) -> None:
        (tmp_path / "config").write_text(text)
        (tmp_path / "bin").mkdir(exist_ok=True)
        script = tmp_path / "bin" / "ssh"
        script.write_text(f'#!/bin/sh\nexec {real} -F {tmp_path}/config "$@"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=":")

    return configure


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Open to everybody, and with a path short enough for a socket, which has 100 characters."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def own_temporaries(monkeypatch: pytest.MonkeyPatch, short_folder: Path) -> Path:
    """Where this test's temporary files are, and those of what it starts."""
    monkeypatch.setenv("TMPDIR", str(short_folder))
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    return short_folder


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port at which a connect hangs: its backlog is full, and swallows the SYN."""
    with contextlib.ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]
