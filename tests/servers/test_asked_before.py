"""What a login needs is asked for on the terminal before a run starts; without one, said."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from perfconsole.cli.complaint import Complaint
from perfconsole.cli.login_questions import credentials_for
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.ssh.key_file import key_file
from perfconsole.servers.transports.wanted import wanted

pytestmark = pytest.mark.sshd
SECRET = "pass word é"


class Typist:
    """Runs the program in a terminal, and answers what it asks."""

    def __init__(self, env, *args):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "perfconsole", *map(str, args)], stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True, env=env,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )  # fmt: skip
        os.close(slave)
        self.said = b""
        self.heard = 0

    def hear(self, words, within_s=30.0):
        """Until it has said them once more; what was said before is over."""
        until = time.monotonic() + within_s
        while words.encode() not in self.said[self.heard :]:
            assert time.monotonic() < until, self.said
            if select.select([self.master], [], [], 0.1)[0]:
                self.said += os.read(self.master, 65536)
        self.heard = self.said.index(words.encode(), self.heard) + len(words)

    def type(self, line):
        os.write(self.master, f"{line}\n".encode())

    def end(self):
        """What it said in all."""
        with contextlib.suppress(OSError):  # what a terminal reads as its end
            while data := os.read(self.master, 65536):
                self.said += data
        self.process.wait(10)
        return self.said.decode()

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def typist():
    started = []

    def start(*args):
        started.append(Typist(*args))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def locked_sshd(sshd, keygen):
    """It lets in whoever unlocks ``locked``."""
    locked = keygen(sshd.folder / "locked", passphrase=SECRET)
    shutil.copy(f"{locked}.pub", sshd.folder / "authorized_keys")
    return sshd, locked


def measured(program):
    """Servers of the last run whose memory is known."""
    servers = program.status().get("servers", {})
    return {name for name, metrics in servers.items() if metrics.get("memory_percent")}


def kept(home):
    return b"".join(each.read_bytes() for each in home.rglob("*") if each.is_file())


def test_one_question_for_one_key(locked_sshd, program, scenario_file, home, typist, eventually):
    sshd, locked = locked_sshd
    keys = f"known_hosts: {sshd.known_hosts}, identity: {locked}, every: 500ms"
    path = scenario_file(
        f"name: asked\nduration: 10m\nservers:\n  a: {{ssh: '{sshd.where}', {keys}}}\n"
        f"  b: {{ssh: '{sshd.where}', transport: openssh, {keys}}}\n"
    )
    tester = typist(program.env, "run", path, "--headless")
    question = f"passphrase of {locked} (a, b; empty: go without): "
    tester.hear(question)
    tester.type("wrong")
    tester.hear("that does not unlock it")
    tester.hear(question)
    tester.type(SECRET)
    eventually(lambda: measured(program) == {"a", "b"}, 60)
    tester.type("\x03")
    said = tester.end()
    assert said.count("passphrase of") == 2
    assert SECRET not in said
    assert SECRET.encode() not in kept(home)


def test_without_a_terminal_it_says_what_to_do(locked_sshd, program):
    sshd, locked = locked_sshd
    watch = ("watch", sshd.where, "--known-hosts", sshd.known_hosts, "--headless")
    done = without_terminal(program, *watch, "--identity", locked, "--duration", "2s")
    assert done.stderr.startswith(
        f"{locked} is locked, and there is no terminal to ask for its passphrase on; "
        f"{sshd.where} may need it: ssh-add {locked}\n"
    )
    assert done.returncode == 4
    refused = without_terminal(program, *watch, "--password", "ask", "--duration", "2s")
    assert refused.returncode == 2
    assert "there is no terminal to ask for it on; take it from the environment: " in refused.stderr
    assert "${env:NAME}" in refused.stderr


def without_terminal(program, *args):
    return subprocess.run(
        [sys.executable, "-m", "perfconsole", *map(str, args)], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, env=program.env, start_new_session=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_a_password_of_the_environment(make_password_sshd, program, home, eventually):
    server = make_password_sshd("PasswordAuthentication yes")
    where = f"tester@127.0.0.1:{server.port}"
    watch = ("watch", where, "--known-hosts", server.known_hosts, "--headless", "--duration")
    program.env = program.env | {"PC_PW": SECRET}
    argv = [*watch, "10m", "--password", "env:PC_PW"]
    running = subprocess.Popen(
        [sys.executable, "-m", "perfconsole", *map(str, argv)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=program.env,
    )  # fmt: skip
    try:
        eventually(lambda: measured(program) == {where}, 60)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait()
    assert SECRET.encode() not in kept(home)
    missing = without_terminal(program, *watch, "2s", "--password", "env:PC_NONE")
    assert missing.returncode == 2
    assert 'the environment has no "PC_NONE"' in missing.stderr
    told = without_terminal(program, *watch, "2s", "--password", "hunter2")
    assert told.returncode == 2
    assert "write ask, or env:NAME" in told.stderr
    assert "hunter2" not in told.stderr


def asked(**servers):
    return {path.name for path in wanted(servers).passphrases}


@pytest.fixture
def ssh_home(tmp_path, monkeypatch, configured):
    """A home folder with keys of the test's own."""
    folder = tmp_path / "user" / ".ssh"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder.parent))
    configured(
        "Host named jumped\n"
        f" IdentityFile {folder}/own\n"
        "Host jumped\n ProxyJump jump\n"
        f"Host *\n IdentityFile {folder}/id_rsa\n IdentityFile {folder}/id_ed25519\n"
    )
    return folder


def test_keys_that_are_wanted(ssh_home, keygen, tmp_path):
    keygen(ssh_home / "id_rsa", "rsa", "x")
    keygen(ssh_home / "own", passphrase="x")
    given = str(keygen(tmp_path / "given", "ecdsa", "x"))
    plain = str(keygen(tmp_path / "plain"))
    assert asked(a=ServerSpec(ssh="h")) == {"id_rsa"}
    assert asked(a=ServerSpec(ssh="named")) == {"own"}
    assert asked(a=ServerSpec(ssh="jumped")) == {"own", "id_rsa"}
    assert asked(a=ServerSpec(ssh="h", identity=given)) == {"given"}
    assert asked(a=ServerSpec(ssh="named", identity=plain)) == set()
    assert asked(a=ServerSpec(ssh="h", password="ask")) == set()
    assert asked(a=ServerSpec(ssh="h", password="ask", identity=given)) == {"given"}
    assert asked(a=ServerSpec(local=True), b=ServerSpec(command=("sh",))) == set()
    keygen(ssh_home / "id_ed25519")
    assert asked(a=ServerSpec(ssh="h")) == set(), "that one will do"


def test_no_password_is_none_to_try(ssh_home, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda _: "")
    monkeypatch.setattr("perfconsole.cli.login_questions._has_terminal", lambda: True)
    scenario = Scenario(name="x", servers={"web1": ServerSpec(ssh="h", password="ask")})
    with pytest.raises(Complaint, match=r"servers\.web1\.password: none was typed"):
        credentials_for(scenario, {})


def test_one_password_for_one_login(ssh_home):
    servers = {"a": "me@h", "b": "me@h:22", "c": "me@h:23", "d": "h"}
    found = wanted({name: ServerSpec(ssh=ssh, password="ask") for name, ssh in servers.items()})
    assert {login: names for login, names in found.passwords.items() if "me@" in login} == {
        "me@h:22": ["a", "b"], "me@h:23": ["c"],
    }  # fmt: skip


def test_what_the_agent_holds_is_not_asked_for(
    ssh_home, keygen, monkeypatch, eventually, short_folder
):
    locked = keygen(ssh_home / "own", passphrase="x")
    Path(f"{locked}.pub").unlink()
    keygen(ssh_home / "id_rsa", "rsa", "x")
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", short_folder / "agent"], stdout=subprocess.DEVNULL
    )
    try:
        eventually((short_folder / "agent").exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(short_folder / "agent"))
        assert asked(a=ServerSpec(ssh="named"), b=ServerSpec(ssh="h")) == {"own", "id_rsa"}
        copy = shutil.copy(locked, ssh_home / "copy")
        strip = ["ssh-keygen", "-q", "-p", "-P", "x", "-N", "", "-f", copy]
        subprocess.run(strip, check=True, capture_output=True)
        subprocess.run(["ssh-add", "-q", copy], check=True)
        assert asked(a=ServerSpec(ssh="named"), b=ServerSpec(ssh="h")) == set()
    finally:
        agent.kill()
        agent.wait()


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_what_a_key_file_tells(keygen, tmp_path, kind):
    for name, passphrase in (("open", ""), ("shut", "x")):
        path = keygen(tmp_path / name, kind, passphrase)
        beside = key_file(path)
        assert beside is not None
        assert beside.locked is bool(passphrase)
        Path(f"{path}.pub").unlink()
        assert key_file(path) == beside, "it has its public half in it"
    pem = tmp_path / "pem"
    make = ["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "secret", "-f", pem]
    subprocess.run(make, check=True)
    assert key_file(pem).locked
    assert key_file(tmp_path / "none") is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 99, b"-----BEGIN OPENSSH PRIVATE KEY-----\n!\n-----END OPENSSH "
                b"PRIVATE KEY-----", b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n"
                b"-----END OPENSSH PRIVATE KEY-----"],
)  # fmt: skip
def test_what_is_no_key_is_not_locked(tmp_path, content):
    (tmp_path / "k").write_bytes(content)
    assert not key_file(tmp_path / "k").locked
