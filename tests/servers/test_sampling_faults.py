"""What a sampler says and does when a real server misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import signal
import socket
import subprocess
import time

import psutil
import pytest

from perfconsole.model.server_spec import ServerSpec
from perfconsole.servers.ssh import ssh_link
from perfconsole.servers.ssh.trust import trust

pytestmark = pytest.mark.sshd


def is_ok(sample):
    return sample.ok


def is_bad(sample):
    return not sample.ok


def fingerprint(public_key_file):
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(public_key_file)], check=True, capture_output=True, text=True
    )
    return said.stdout.split()[1]


async def test_unknown_key_shows_it_and_is_taken_once_trusted(sshd, samples, watch):
    sshd.known_hosts.unlink()
    watch(sshd.spec())
    sample = await samples.first(is_bad)
    assert "unknown host key" in sample.detail
    assert fingerprint(sshd.folder / "host.pub") in sample.detail
    command = f"perfconsole hosts trust 127.0.0.1:{sshd.port} --known-hosts {sshd.known_hosts}"
    assert command in sample.detail
    assert not sshd.known_hosts.exists()
    offer = await asyncio.to_thread(trust, sshd.where, str(sshd.known_hosts))
    offer.accept()
    await samples.first(is_ok)


async def test_changed_key_is_refused_loudly(sshd, samples, watch):
    old = fingerprint(sshd.folder / "host.pub")
    sshd.known_hosts.write_text("# mine\n" + sshd.known_hosts.read_text())
    before = sshd.known_hosts.read_bytes()
    sshd.stop()
    sshd.new_host_key()
    sshd.start()
    watch(sshd.spec())
    sample = await samples.first(is_bad)
    assert "HAS CHANGED" in sample.detail
    assert old in sample.detail
    assert fingerprint(sshd.folder / "host.pub") in sample.detail
    assert f"remove line {sshd.known_hosts}:2 yourself" in sample.detail
    assert sshd.known_hosts.read_bytes() == before
    assert sshd.logged("Accepted publickey") == 0


async def test_revoked_key_is_refused_even_if_trusted_elsewhere(sshd, samples, watch):
    with sshd.known_hosts.open("a") as file:
        file.write(f"@revoked * {sshd.host_key}\n")
    watch(sshd.spec())
    sample = await samples.first(is_bad)
    assert "REVOKED" in sample.detail
    assert f"{sshd.known_hosts}:2" in sample.detail
    assert sshd.logged("Accepted publickey") == 0


async def test_refused_login_is_said_and_never_tried_again(sshd, samples, watch, keygen):
    wrong = keygen(sshd.folder / "wrong")
    watch(sshd.spec(identity=str(wrong)))
    sample = await samples.first(is_bad)
    assert sample.detail == f"login refused for {sshd.where}: offered {wrong}; not tried again"
    await samples.first(is_bad, after=5)
    assert all(not s.ok and s.detail == sample.detail for s in samples.all)
    assert sshd.logged("Connection closed by authenticating user") == 1


async def test_without_a_key_it_is_said_where_one_is_named(
    sshd, samples, watch, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    watch(sshd.spec(identity=None))
    sample = await samples.first(is_bad)
    assert 'there was no key to offer; name its file with "identity"' in sample.detail


async def test_too_many_wrong_keys_is_a_refused_login_too(make_sshd, samples, watch, keygen):
    server = make_sshd("MaxAuthTries 1")
    wrong = keygen(server.folder / "wrong")
    watch(server.spec(identity=str(wrong)))
    sample = await samples.first(is_bad)
    assert "login refused" in sample.detail
    await samples.first(is_bad, after=5)
    assert {s.detail for s in samples.all} == {sample.detail}


@pytest.mark.parametrize("content", [b"", b"no key at all\n", b"\x00\xff" * 100])
async def test_a_key_file_that_is_none(sshd, samples, watch, content):
    broken = sshd.folder / "broken"
    broken.write_bytes(content)
    watch(sshd.spec(identity=str(broken)))
    assert f"{broken} is no key" in (await samples.first(is_bad)).detail


async def test_the_agent_s_key_is_used(sshd, samples, watch, monkeypatch, eventually):
    agent_socket = sshd.folder / "agent"
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(agent_socket)], stdout=subprocess.DEVNULL
    )
    try:
        await asyncio.to_thread(eventually, agent_socket.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent_socket))
        add = ["ssh-add", "-q", str(sshd.identity)]
        await asyncio.to_thread(subprocess.run, add, check=True)
        watch(sshd.spec(identity=None))
        assert (await samples.first(lambda s: True)).ok
    finally:
        agent.kill()
        agent.wait()


async def test_a_hung_agent_hangs_nothing_for_long(sshd, samples, watch, monkeypatch):
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(sshd.folder / "agent"))
        deaf.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(sshd.folder / "agent"))
        watch(sshd.spec())
        await samples.first(is_ok)


async def test_an_address_that_is_none(samples, watch):
    watch(ServerSpec(ssh="web1; rm -rf /", every=0.5))
    assert "is no server; write user@host" in (await samples.first(is_bad)).detail


async def test_not_an_ssh_server(samples, watch):
    async def talk(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
        await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    watch(ServerSpec(ssh=f"127.0.0.1:{port}", every=0.5))
    sample = await samples.first(is_bad)
    assert "does not answer as an SSH server" in sample.detail or "hung up" in sample.detail
    server.close()


async def test_one_that_hangs_up_at_once(samples, watch):
    async def leave(reader, writer):
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(leave, "127.0.0.1", 0)
    watch(ServerSpec(ssh=f"127.0.0.1:{server.sockets[0].getsockname()[1]}", every=0.5))
    assert "hung up before the login" in (await samples.first(is_bad)).detail
    server.close()


@pytest.mark.parametrize(
    "weak", [("Ciphers aes128-cbc",), ("Ciphers aes128-ctr", "MACs hmac-sha1")]
)
async def test_weak_encryption_is_not_spoken(make_sshd, samples, watch, weak):
    watch(make_sshd(*weak).spec())
    assert "no safe encryption in common" in (await samples.first(is_bad)).detail


@pytest.mark.clock
async def test_hung_in_mid_stream_is_unknown_and_recovers(sshd, samples, watch):
    watch(sshd.spec())
    await samples.first(lambda s: "disk_percent:/" in s.metrics)
    sessions = sshd.sessions()
    for process in sessions:
        process.send_signal(signal.SIGSTOP)
    missed = await samples.first(is_bad, after=len(samples.all), within_s=3)
    assert missed.metrics == {}
    assert missed.detail == "no answer in time"
    for process in sessions:
        process.send_signal(signal.SIGCONT)
    at = len(samples.all)
    back = await samples.first(is_ok, after=at, within_s=3)
    assert 0 <= back.metrics["cpu_percent"] <= 100


@pytest.mark.clock
async def test_hung_for_good_is_left_for_a_new_connection(sshd, samples, watch):
    watch(sshd.spec())
    await samples.first(is_ok)
    for process in sshd.sessions():
        process.send_signal(signal.SIGSTOP)
    said = await samples.first(lambda s: "no answer within 5 s" in s.detail, within_s=8)
    await samples.first(is_ok, after=samples.all.index(said), within_s=8)
    missed = [s for s in samples.all if not s.ok]
    assert len(missed) >= 8, "every sample that was due and did not come is there"


@pytest.mark.clock
async def test_killed_session_is_replaced(sshd, samples, watch):
    watch(sshd.spec())
    await samples.first(is_ok)
    for process in sshd.sessions():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    lost = await samples.first(is_bad, within_s=3)
    assert lost.detail == "the connection was lost"
    await samples.first(is_ok, after=samples.all.index(lost), within_s=6)


@pytest.mark.clock
async def test_server_that_is_away_comes_back(sshd, samples, watch):
    watch(sshd.spec())
    await samples.first(is_ok)
    sshd.stop()
    away = await samples.first(lambda s: "refused the connection" in s.detail)
    sshd.start()
    await samples.first(is_ok, after=samples.all.index(away))


@pytest.mark.clock
async def test_a_stuck_connect_ends_at_once_when_cancelled(samples, watch, full_port):
    task = watch(ServerSpec(ssh=f"127.0.0.1:{full_port}", every=0.5))
    sample = await samples.first(is_bad, within_s=8)
    assert "connecting to" in sample.detail
    begun = time.monotonic()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert time.monotonic() - begun < 1.5


async def test_alias_of_the_ssh_configuration(sshd, samples, watch, configured):
    configured(
        f"Host web1\n HostName 127.0.0.1\n Port {sshd.port}\n User {getpass.getuser()}\n"
        f" IdentityFile {sshd.identity}\n UserKnownHostsFile {sshd.known_hosts}\n"
    )
    watch(ServerSpec(ssh="web1", every=0.5))
    assert (await samples.first(lambda s: True)).ok


async def test_through_a_jump_host(make_sshd, samples, watch, configured, eventually):
    jump, behind = make_sshd(), make_sshd()
    configured(
        f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n User {getpass.getuser()}\n"
        f" IdentityFile {jump.identity}\n UserKnownHostsFile {jump.known_hosts}\n"
        f"Host web1\n HostName 127.0.0.1\n Port {behind.port}\n ProxyJump jump\n"
    )
    task = watch(behind.spec(ssh=f"{getpass.getuser()}@web1"))
    assert (await samples.first(lambda s: True)).ok
    assert jump.logged("Accepted publickey") == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not jump.processes(), 3)


async def test_a_jump_host_that_hangs_is_named(samples, watch, configured, monkeypatch):
    monkeypatch.setattr(ssh_link, "GREETING_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as hung:
        port = hung.getsockname()[1]
        configured(f"Host web1\n  HostName 192.0.2.1\n  ProxyJump deploy@127.0.0.1:{port}\n")
        watch(ServerSpec(ssh="deploy@web1", every=0.5))
        sample = await samples.first(is_bad)
    assert sample.detail == (
        "192.0.2.1:22 sent no SSH greeting within 1 s, "
        f"by way of 127.0.0.1:{port}: which of them hangs?"
    )


async def test_a_broken_ssh_configuration(samples, watch, configured):
    configured("Host *\n NoSuchOption yes\n")
    watch(ServerSpec(ssh="web1", every=0.5))
    sample = await samples.first(is_bad)
    assert sample.detail.startswith("ssh -G web1 failed")
    assert "\n" not in sample.detail
