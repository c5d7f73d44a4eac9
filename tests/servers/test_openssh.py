"""The system's own ssh as the way to a server: what it says when it fails, and what it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import signal
import socket
import subprocess
import tempfile

import psutil
import pytest

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.transports.mux import is_master, open_session

pytestmark = pytest.mark.sshd


def is_ok(sample):
    return sample.ok


def is_bad(sample):
    return not sample.ok


def fingerprint(server):
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(server.folder / "host.pub")],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return said.stdout.split()[1]


def openssh(server, **changes):
    return server.spec(transport="openssh", **changes)


def masters(server):
    """Processes of ssh that lead to it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words[:1] == ["ssh"] and str(server.port) in words:
            found.append(process)
    return found


async def test_one_connection_serves_pulse_and_disks(
    sshd, samples, watch, eventually, own_temporaries
):
    task = watch(openssh(sshd))
    sample = await samples.first(lambda s: "disk_percent:/" in s.metrics)
    assert sample.metrics["memory_percent"] > 0
    assert samples.all[0].ok
    assert sshd.logged("Accepted publickey") == 1
    assert len(masters(sshd)) == 1
    left = sshd.processes()
    assert list(own_temporaries.iterdir()), "where the master listens"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not any(p.is_running() for p in left), 3)
    assert not masters(sshd)
    assert not list(own_temporaries.iterdir())


async def test_unknown_key(sshd, samples, watch):
    sshd.known_hosts.unlink()
    watch(openssh(sshd))
    said = (await samples.first(is_bad)).detail
    assert f"unknown host key of 127.0.0.1:{sshd.port}: ssh-ed25519 {fingerprint(sshd)}" in said
    assert f"perfconsole hosts trust 127.0.0.1:{sshd.port} --known-hosts" in said
    assert not sshd.known_hosts.exists()
    sshd.trust()
    await samples.first(is_ok)


async def test_changed_and_revoked_keys(make_sshd, samples, watch):
    changed, revoked = make_sshd(), make_sshd()
    other = changed.folder / "login.pub"
    line = f"[127.0.0.1]:{changed.port} {other.read_text()}"
    changed.known_hosts.write_text(line)
    with revoked.known_hosts.open("a") as file:
        file.write(f"@revoked * {revoked.host_key}\n")
    watch(openssh(changed), "changed")
    watch(openssh(revoked), "revoked")
    said = (await samples.first(lambda s: s.server == "changed")).detail
    assert "HAS CHANGED" in said
    assert f"it shows {fingerprint(changed)}" in said
    assert f"remove line {changed.known_hosts}:1 yourself" in said
    said = (await samples.first(lambda s: s.server == "revoked")).detail
    assert said.startswith(f"REVOKED HOST KEY of 127.0.0.1:{revoked.port}: ")
    assert f"{revoked.known_hosts}:2" in said
    assert changed.known_hosts.read_text() == line


async def test_refused_login_is_said_and_never_tried_again(sshd, samples, watch, keygen):
    wrong = keygen(sshd.folder / "wrong")
    watch(openssh(sshd, identity=str(wrong)))
    sample = await samples.first(is_bad)
    said = f"login refused for {sshd.where}: offered {wrong}; not tried again"
    assert sample.detail == said
    await samples.first(is_bad, after=4)
    assert sshd.logged("Connection closed by authenticating user") == 1


async def test_a_locked_key_says_how_to_unlock_it(sshd, samples, watch, keygen):
    locked = keygen(sshd.folder / "locked", passphrase="very secret words")
    watch(openssh(sshd, identity=str(locked)))
    said = (await samples.first(is_bad)).detail
    assert f"{locked} is locked and not in the agent: ssh-add {locked}" in said
    assert "secret" not in said


async def test_nobody_there(samples, watch, unused_tcp_port):
    watch(ServerSpec(ssh=f"127.0.0.1:{unused_tcp_port}", transport="openssh", every=0.5), "closed")
    watch(ServerSpec(ssh="deploy@no-such-host.invalid", transport="openssh", every=0.5), "nameless")
    closed = await samples.first(lambda s: s.server == "closed" and "connecting" not in s.detail)
    assert closed.detail == (
        f"127.0.0.1:{unused_tcp_port} refused the connection; is sshd running there?"
    )
    nameless = await samples.first(lambda s: "resolve" in s.detail)
    assert nameless.detail.startswith("the name no-such-host.invalid does not resolve; ")


@pytest.mark.parametrize(
    ("greeting", "said"),
    [(b"", "hung up before the login"),
     (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 400, "does not answer as an SSH server does"),
     (b"\0\xff" * 5000, "does not answer as an SSH server does"),
     (b"SSH-2.0-x\r\n" + b"garbage" * 100, "does not answer as an SSH server does")],
    ids=["none", "http", "binary", "garbage"],
)  # fmt: skip
async def test_not_an_ssh_server(samples, watch, greeting, said):
    async def talk(reader, writer):
        with contextlib.suppress(OSError):
            await reader.readline()
            writer.write(greeting)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    watch(ServerSpec(ssh=f"127.0.0.1:{port}", transport="openssh", every=0.5))
    try:
        assert said in (await samples.first(lambda s: "connecting" not in s.detail)).detail
    finally:
        server.close()


async def test_no_safe_encryption_in_common(make_sshd, samples, watch):
    watch(openssh(make_sshd("Ciphers aes128-cbc")))
    assert "no safe encryption in common" in (await samples.first(is_bad)).detail


async def test_a_forced_command_without_a_shell(make_sshd, samples, watch):
    server = make_sshd("ForceCommand echo This account is currently not available.; exit 1")
    watch(openssh(server))
    said = (await samples.first(is_bad)).detail
    assert "no shell" in said
    assert "This account is currently not available." in said


async def test_one_session_only_costs_only_the_disks(make_sshd, samples, watch):
    watch(openssh(make_sshd("MaxSessions 1")))
    await samples.first(is_ok, after=3)
    assert all(s.ok and "disk_percent:/" not in s.metrics for s in samples.all)


async def test_what_fails_on_this_machine_is_said(sshd, samples, watch, monkeypatch, short_folder):
    """Such as a full disk, or no descriptors left: that is no fault of the sampler."""
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder / "gone"))
    watch(openssh(sshd))
    sample = await samples.first(is_bad)
    assert sample.detail == "this machine cannot connect to it: No such file or directory"
    (short_folder / "gone").mkdir()
    await samples.first(is_ok)


async def test_a_refused_session_is_said(make_sshd, samples, watch):
    watch(openssh(make_sshd("MaxSessions 0")))
    assert "opens no further session" in (await samples.first(is_bad)).detail


@pytest.mark.clock
async def test_killed_session_is_replaced(sshd, samples, watch):
    watch(openssh(sshd))
    await samples.first(is_ok)
    for process in sshd.sessions():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    lost = await samples.first(is_bad, within_s=3)
    assert lost.detail == "the connection was lost"
    await samples.first(is_ok, after=samples.all.index(lost), within_s=6)
    assert len(masters(sshd)) == 1


@pytest.mark.clock
async def test_hung_in_mid_stream_is_unknown_and_recovers(sshd, samples, watch):
    watch(openssh(sshd))
    await samples.first(is_ok)
    sessions = sshd.sessions()
    for process in sessions:
        process.send_signal(signal.SIGSTOP)
    missed = await samples.first(is_bad, after=len(samples.all), within_s=3)
    assert missed.detail == "no answer in time"
    for process in sessions:
        process.send_signal(signal.SIGCONT)
    await samples.first(is_ok, after=len(samples.all), within_s=3)


@pytest.mark.clock
async def test_a_stuck_login_ends_at_once_when_cancelled(sshd, samples, watch):
    sshd.process.send_signal(signal.SIGSTOP)
    task = watch(openssh(sshd))
    await samples.first(is_bad, within_s=8)
    task.cancel()
    async with asyncio.timeout(1.5):
        await asyncio.gather(task, return_exceptions=True)
    sshd.process.send_signal(signal.SIGCONT)
    assert not masters(sshd)


async def test_what_a_configuration_asks_for_besides_breaks_nothing(
    sshd, samples, watch, configured, eventually, short_folder
):
    configured(
        f"Host web1\n HostName 127.0.0.1\n Port {sshd.port}\n User {getpass.getuser()}\n"
        f" IdentityFile {sshd.identity}\n UserKnownHostsFile {sshd.known_hosts}\n"
        " RemoteCommand echo no\n RequestTTY force\n SessionType subsystem\n StdinNull yes\n"
        " ForkAfterAuthentication yes\n LocalForward 1 127.0.0.1:1\n ExitOnForwardFailure yes\n"
        " ForwardAgent yes\n ControlMaster auto\n ControlPersist 10m\n"
        f" ControlPath {short_folder}/cm\n"
    )
    task = watch(ServerSpec(ssh="web1", transport="openssh", every=0.5))
    assert (await samples.first(lambda s: True)).ok
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not sshd.processes(), 3)
    assert not (short_folder / "cm").exists()


async def test_a_master_of_the_user_s_is_used_and_stays(
    sshd, samples, watch, configured, short_folder, eventually
):
    configured(
        f"Host web1\n HostName 127.0.0.1\n Port {sshd.port}\n User {getpass.getuser()}\n"
        f" IdentityFile {sshd.identity}\n UserKnownHostsFile {sshd.known_hosts}\n"
        f" ControlPath {short_folder}/cm-%C\n"
    )
    theirs = subprocess.Popen(["ssh", "-N", "-M", "web1"], stdin=subprocess.DEVNULL)
    try:
        await asyncio.to_thread(eventually, lambda: list(short_folder.glob("cm-*")))
        task = watch(ServerSpec(ssh="web1", transport="openssh", every=0.5))
        await samples.first(lambda s: "disk_percent:/" in s.metrics)
        assert sshd.logged("Accepted publickey") == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert theirs.poll() is None
    finally:
        theirs.kill()
        theirs.wait()


async def test_through_jump_hosts(make_sshd, samples, watch, configured, eventually):
    first, second, behind = make_sshd(), make_sshd(), make_sshd()
    user = getpass.getuser()
    configured(
        "".join(
            f"Host {name}\n HostName 127.0.0.1\n Port {jump.port}\n User {user}\n"
            f" IdentityFile {jump.identity}\n UserKnownHostsFile {jump.known_hosts}\n"
            for name, jump in (("first", first), ("second", second))
        )
        + f"Host web1\n HostName 127.0.0.1\n Port {behind.port}\n ProxyJump first,second\n"
    )
    for transport in ("openssh", "paramiko"):
        at = len(samples.all)
        task = watch(behind.spec(ssh=f"{user}@web1", transport=transport), transport)
        assert (await samples.first(lambda s: True, after=at)).ok
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for jump in (first, second, behind):
            await asyncio.to_thread(eventually, lambda jump=jump: not jump.processes(), 3)
    assert [jump.logged("Accepted publickey") for jump in (first, second, behind)] == [2, 2, 2]


@pytest.mark.parametrize("transport", ["openssh", "paramiko"])
async def test_a_jump_host_is_verified_whatever_the_configuration_says(
    make_sshd, samples, watch, configured, transport
):
    jump, behind = make_sshd(), make_sshd()
    user = getpass.getuser()
    configured(
        f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n User {user}\n"
        f" IdentityFile {jump.identity}\n UserKnownHostsFile {jump.folder}/nothing\n"
        " StrictHostKeyChecking no\n NoHostAuthenticationForLocalhost yes\n"
        f"Host web1\n HostName 127.0.0.1\n Port {behind.port}\n ProxyJump jump\n"
    )
    watch(behind.spec(ssh=f"{user}@web1", transport=transport))
    said = (await samples.first(is_bad)).detail
    assert said.startswith(f"on the way, at 127.0.0.1:{jump.port}: unknown host key of ")
    assert f"perfconsole hosts trust jump:{jump.port}" in said or "hosts trust jump" in said
    assert jump.logged("Accepted") == behind.logged("Connection from") == 0


@pytest.mark.parametrize("transport", ["openssh", "paramiko"])
async def test_a_jump_host_that_refuses_the_login_is_asked_once(
    make_sshd, samples, watch, configured, transport, keygen
):
    jump, behind = make_sshd(), make_sshd()
    user = getpass.getuser()
    wrong = keygen(jump.folder / "wrong")
    configured(
        f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n User {user}\n IdentitiesOnly yes\n"
        f" IdentityFile {wrong}\n UserKnownHostsFile {jump.known_hosts}\n"
        f"Host web1\n HostName 127.0.0.1\n Port {behind.port}\n ProxyJump jump\n"
    )
    watch(behind.spec(ssh=f"{user}@web1", transport=transport))
    sample = await samples.first(is_bad)
    where = f"127.0.0.1:{jump.port}"
    assert sample.detail.startswith(f"on the way, at {where}: login refused for {user}@{where}")
    await samples.first(is_bad, after=4)
    assert jump.logged("Connection closed by authenticating user") == 1


def test_what_is_no_master(short_folder):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(short_folder / "s"))
        for path in (short_folder / "s", short_folder / "none"):
            assert not is_master(path)
            with pytest.raises(ServerFault, match="connection was lost"):
                open_session(path, "true", Lifeline())
