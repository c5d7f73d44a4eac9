"""What the tests of whole runs share: a home for runs, the program, its terminal, the target."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import pwd
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx
import pyte
import pytest
from hypothesis import settings

from perfconsole.cli.show import read
from perfconsole.journal.folder import FolderError, find_folder
from perfconsole.report.json_text import to_json

# How long an example takes depends on what else the machine does.
settings.register_profile("shared machine", deadline=None, max_examples=60)
settings.load_profile("shared machine")

PROGRAM = [sys.executable, "-m", "perfconsole"]


def eventually(what: Callable[[], Any], within_s: float = 20.0, every_s: float = 0.05) -> Any:
    """The first true answer of `what`, asked again and again; fails after `within_s`."""
    until = time.monotonic() + within_s
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < until, f"nothing within {within_s} s; last answer {answer!r}"
        time.sleep(every_s)


@pytest.fixture(name="eventually", scope="session")
def eventually_fixture() -> Callable[..., Any]:
    return eventually


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of this test are kept here."""
    path = tmp_path / "home"
    monkeypatch.setenv("PERFCONSOLE_HOME", str(path))
    return path


@dataclass
class Program:
    """The program as a user has it."""

    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def __call__(
        self, *args: object, timeout_s: float = 60.0, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=timeout_s,
            check=False, env=self.env, cwd=cwd, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def status(self, run: str = "last") -> dict[str, Any]:
        """As ``ctl status --json`` prints it, without a process for each question; empty while the
        run does not answer."""
        connection = HTTPConnection("controller", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(30)
        with contextlib.closing(connection):
            try:
                connection.sock.connect(str(find_folder(run).socket))
                connection.request("GET", "/v1/status")
                answer = connection.getresponse()
                return json.loads(answer.read()) if answer.status == 200 else {}
            except (FolderError, HTTPException, OSError):
                return {}

    def summary(self, run: str = "last") -> dict[str, Any]:
        """As ``report --format json`` prints it, without a process for it."""
        return json.loads(to_json(read(find_folder(run))[0]))


@pytest.fixture
def program(home: Path) -> Iterator[Program]:
    program = Program(dict(os.environ))
    yield program
    for pid in _controllers(home):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL)


def _controllers(home: Path) -> list[int]:
    """Controllers of this test's runs that are still there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
            if b"perfconsole.controller" in command and os.fsencode(home) in environment:
                found.append(int(process.name))
    return found


@dataclass
class Background:
    """A front end that was started and goes on."""

    process: subprocess.Popen[str]
    run: str

    def wait(self, timeout_s: float = 60.0) -> tuple[int, str, str]:
        """Exit status, stdout, stderr."""
        out, err = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, out, err


@pytest.fixture
def start_run(program: Program) -> Iterator[Callable[..., Background]]:
    """Start ``perfconsole run ARGS --headless``; returns as soon as the run is on."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: object) -> Background:
        process = subprocess.Popen(
            [*PROGRAM, "run", *map(str, args), "--headless"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=program.env,
        )  # fmt: skip
        started.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("run "), line + process.stderr.read()
        return Background(process, line.split()[1])

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@dataclass
class Target:
    url: str
    process: subprocess.Popen[str]

    def received(self) -> int:
        """Requests whose head has arrived."""
        answer = httpx.get(f"{self.url}/-/stats", timeout=30)
        received: int = answer.json()["received"]
        return received

    def knobs(self, **settings: float) -> None:
        httpx.post(f"{self.url}/-/knobs", json=settings, timeout=30).raise_for_status()


@pytest.fixture
def target() -> Iterator[Target]:
    """The demo target on a free port."""
    process = subprocess.Popen(
        [*PROGRAM, "target", "--port", "0"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    yield Target(url, process)
    process.kill()
    process.communicate()


@pytest.fixture
def scenario_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str, name: str = "scenario.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


class _Screen(pyte.Screen):
    """Ignores what pyte does not know of a modern terminal's private modes."""

    def report_device_status(self, mode: int, **_: object) -> None:
        pass

    def select_graphic_rendition(self, *attrs: int, **_: object) -> None:
        super().select_graphic_rendition(*attrs)


@dataclass
class Terminal:
    """The program in a pseudo-terminal, its screen read by an emulator."""

    process: subprocess.Popen[bytes]
    master: int
    columns: int
    rows: int
    screen: _Screen = field(init=False)
    output: bytes = b""

    def __post_init__(self) -> None:
        self.screen = _Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self.screen)

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self.master, key.encode())

    def read(self, within_s: float = 0.1) -> None:
        """Take in what the program has drawn."""
        ready, _, _ = select.select([self.master], [], [], within_s)
        if ready:
            with contextlib.suppress(OSError):  # the other end is closed
                data = os.read(self.master, 65536)
                self.output += data
                self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait_for(self, *words: str, within_s: float = 30.0) -> str:
        """Until all `words` stand on the screen; the screen."""
        until = time.monotonic() + within_s
        while not all(word in self.text for word in words):
            assert time.monotonic() < until, f"no {words} on the screen:\n{self.text}"
            self.read()
        return self.text

    def wait_until_gone(self, word: str, within_s: float = 30.0) -> None:
        until = time.monotonic() + within_s
        while word in self.text:
            assert time.monotonic() < until, f"{word!r} is still on the screen:\n{self.text}"
            self.read()

    def end(self, within_s: float = 30.0) -> tuple[int, str]:
        """Until the program ends; its exit status and what it printed last."""
        until = time.monotonic() + within_s
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it does not end:\n{self.text}"
            self.read()
        while select.select([self.master], [], [], 0)[0]:
            before = len(self.output)
            self.read()
            if len(self.output) == before:
                break
        return self.process.returncode, self.output.decode(errors="replace")

    def is_over(self) -> bool:
        """Whether the program has ended; what it still draws is read, or it could not."""
        if self.master >= 0:
            self.read(0.0)
        return self.process.poll() is not None

    def hang_up(self) -> None:
        """The terminal vanishes."""
        os.close(self.master)
        self.master = -1


def _terminal_env(env: dict[str, str]) -> dict[str, str]:
    """The size is the terminal's own, whatever the test runner thinks of its."""
    kept = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8"}


@pytest.fixture
def terminal(program: Program) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*args: object, columns: int = 160, rows: int = 45) -> Terminal:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen(
            [*PROGRAM, *map(str, args)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env=_terminal_env(program.env),
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )  # fmt: skip
        os.close(slave)
        opened.append(Terminal(process, master, columns, rows))
        return opened[-1]

    yield open_terminal
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait()
        if terminal.master >= 0:
            os.close(terminal.master)


# -------------------------------------------------------------------- databases of a test's own

DATABASE_PASSWORD = "s3cr3t/of@anna:%"
UP_WITHIN_S = 60


@dataclass(frozen=True)
class DatabaseServer:
    """On a loopback port and a socket in its folder; `user` may do everything."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    user: str = "anna"
    password: str = DATABASE_PASSWORD

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _as_user(name: str) -> dict[str, Any]:
    """A database server refuses to be root."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid} if os.geteuid() == 0 else {}


@contextlib.contextmanager
def _own_folder(user: str) -> Iterator[Path]:
    """In a place that a user other than root may enter."""
    folder = Path(tempfile.mkdtemp(prefix="perfconsole-test-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def _served(
    command: Sequence[object], port: int, folder: Path, user: dict[str, Any], end: signal.Signals
) -> Iterator[DatabaseServer]:
    """From when it says that it is ready."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=log, stderr=log, cwd=folder, **user
        )
    server = DatabaseServer(port, folder, process)
    try:
        eventually(
            lambda: "ready " in server.log or process.poll() is not None, within_s=UP_WITHIN_S
        )
        assert process.poll() is None, server.log
        yield server
    finally:
        process.send_signal(end)
        try:
            process.wait(UP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def make_postgresql() -> Iterator[Callable[..., DatabaseServer]]:
    """Start a PostgreSQL with further settings, ``name=value``."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("there is no PostgreSQL here (Debian: postgresql)")
    programs, user = found[-1].parent, _as_user("postgres")
    with contextlib.ExitStack() as life:

        def make(*settings: str) -> DatabaseServer:
            folder, port = life.enter_context(_own_folder("postgres")), _free_port()
            (folder / "password").write_text(DATABASE_PASSWORD)
            (folder / "password").chmod(0o644)
            subprocess.run(
                [programs / "initdb", "-D", folder / "data", "-U", DatabaseServer.user,
                 "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8",
                 "--locale=C", "-N"],
                check=True, capture_output=True, cwd=folder, **user,
            )  # fmt: skip
            wanted = ("listen_addresses=127.0.0.1", "fsync=off", *settings)
            command = [programs / "postgres", "-D", folder / "data", "-p", port, "-k", folder,
                       *(word for setting in wanted for word in ("-c", setting))]  # fmt: skip
            return life.enter_context(_served(command, port, folder, user, signal.SIGINT))

        yield make


@pytest.fixture(scope="module")
def make_mariadb() -> Iterator[Callable[..., DatabaseServer]]:
    """Start a MariaDB that does further statements when it starts."""
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    daemon, install = (
        shutil.which(name, path=search) for name in ("mariadbd", "mariadb-install-db")
    )
    if daemon is None or install is None:
        pytest.skip("there is no MariaDB here (Debian: mariadb-server)")
    user = _as_user("mysql")
    with contextlib.ExitStack() as life:

        def make(*statements: str) -> DatabaseServer:
            folder, port = life.enter_context(_own_folder("mysql")), _free_port()
            subprocess.run(
                [install, "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db",
                 "--auth-root-authentication-method=normal"],
                check=True, capture_output=True, cwd=folder, **user,
            )  # fmt: skip
            first = f"create user {DatabaseServer.user} identified by '{DATABASE_PASSWORD}'"
            (folder / "init.sql").write_text(";\n".join([first, *statements, ""]), "utf-8")
            (folder / "init.sql").chmod(0o644)
            command = [daemon, "--no-defaults", f"--datadir={folder / 'data'}", f"--port={port}",
                       f"--socket={folder / 's'}", "--bind-address=127.0.0.1",
                       "--skip-name-resolve", f"--init-file={folder / 'init.sql'}",
                       "--character-set-server=utf8mb4",
                       f"--pid-file={folder / 'pid'}"]  # fmt: skip
            return life.enter_context(_served(command, port, folder, user, signal.SIGTERM))

        yield make
