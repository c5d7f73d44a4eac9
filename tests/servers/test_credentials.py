"""Passwords and passphrases that were asked for before: used, once, and never shown."""

from __future__ import annotations

import asyncio
import dataclasses
import getpass
import shutil
import signal
import subprocess

import pytest

from perfconsole.model.credentials import Credentials
from perfconsole.servers import puller
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.faults import Retry
from perfconsole.servers.ssh.address import Address
from perfconsole.servers.ssh.askpass import answering
from perfconsole.servers.ssh.hostconfig import host_config
from perfconsole.servers.ssh.login_words import asks_for
from perfconsole.servers.ssh.openssh_words import why_ended

pytestmark = pytest.mark.sshd
PASSWORD = "pass word é"
BY_PASSWORD = ("PasswordAuthentication yes",)
BY_QUESTIONS = ("UsePAM yes", "KbdInteractiveAuthentication yes")
TRANSPORTS = pytest.mark.parametrize("transport", ["paramiko", "openssh"])


def is_ok(sample):
    return sample.ok


def is_bad(sample):
    return not sample.ok


def by_password(server, **changes):
    where = f"tester@127.0.0.1:{server.port}"
    return server.spec(ssh=where, identity=None, password="ask", **changes)


@TRANSPORTS
@pytest.mark.parametrize("ways", [BY_PASSWORD, BY_QUESTIONS], ids=["password", "questions"])
async def test_a_password_logs_in(make_password_sshd, samples, watch, transport, ways):
    server = make_password_sshd(*ways)
    spec = by_password(server, transport=transport)
    watch(spec, credentials=Credentials({}, {"web1": PASSWORD, "db1": "another"}))
    assert (await samples.first(lambda s: True)).ok
    assert PASSWORD not in "".join(" ".join(p.cmdline()) for p in server.processes())


@TRANSPORTS
@pytest.mark.parametrize(
    "ways", [BY_PASSWORD, (*BY_PASSWORD, *BY_QUESTIONS)], ids=["password", "both"]
)
async def test_a_wrong_password_is_tried_once(make_password_sshd, samples, watch, transport, ways):
    server = make_password_sshd(*ways)
    spec = by_password(server, transport=transport)
    watch(spec, credentials=Credentials({}, {"web1": "wrong one"}))
    sample = await samples.first(lambda s: "refused" in s.detail)
    login = f"tester@127.0.0.1:{server.port}"
    said = f"login refused for {login}: the password was not accepted; not tried again"
    assert sample.detail == said
    await samples.first(is_bad, after=len(samples.all) + 3)
    assert server.logged("Failed password") == 1


async def test_a_password_that_worked_is_not_tried_again_once_it_is_refused(
    make_password_sshd, samples, watch, monkeypatch
):
    """Few refusals lock an account."""
    monkeypatch.setattr(puller, "SLOWLY_S", 0.1)
    monkeypatch.setattr(puller, "Backoff", lambda: Backoff(first_s=0.01, most_s=0.02))
    server = make_password_sshd(*BY_PASSWORD)
    credentials = Credentials({}, {"web1": PASSWORD})
    watch(by_password(server), credentials=credentials)
    await samples.first(is_ok)
    credentials.passwords["web1"] = "another by now"
    server.signal_sessions(signal.SIGKILL)
    given_up = await samples.first(lambda s: s.detail.endswith("; not tried again"))
    await samples.first(is_bad, after=samples.all.index(given_up) + 3)
    assert server.logged("Failed password") == 1


def test_a_server_is_not_told_the_passphrase_that_it_asks_for(tmp_path):
    """ssh asks by the same program for itself and for a server, whose questions it marks."""
    config = host_config(Address("web1"))
    config = dataclasses.replace(config, passphrases={"/k": PASSWORD}, password=None)
    own = "Enter passphrase for key '/k': "
    with answering(tmp_path, config) as (environment, _):
        askpass = environment["SSH_ASKPASS"]
        answers = [
            subprocess.run([askpass, asked], capture_output=True, check=False, text=True).stdout
            for asked in (own, f"(tester@web1) {own}")
        ]
    assert answers == [f"{PASSWORD}\n", ""]


def test_words_of_a_server_reach_no_terminal_as_they_are():
    said = asks_for(["password", "x\x1b]0;mine\x07\n" + 500 * "y"])
    assert said.isprintable()
    assert len(said) < 250


def test_a_line_that_broke_after_the_login_is_no_refused_password():
    config = host_config(Address("web1"))
    asked = "tester@web1's password:\n"
    let_in = 'Authenticated to web1 ([127.0.0.1]:22) using "password".\n'
    reset = "Connection reset by 127.0.0.1 port 22\n"
    assert why_ended(config, asked + reset, gave_password=True).retry is Retry.NEVER
    assert why_ended(config, asked + let_in + reset, gave_password=True).retry is Retry.SOON


@TRANSPORTS
async def test_a_password_that_nobody_gave_is_asked_for_by_name(
    make_password_sshd, samples, watch, transport
):
    server = make_password_sshd(*BY_PASSWORD, "PubkeyAuthentication no")
    watch(server.spec(ssh=f"tester@127.0.0.1:{server.port}", transport=transport))
    assert (
        'it asks for password; give the server "password: ask" or "password: ${env:NAME}"'
        in (await samples.first(is_bad)).detail
    )


@TRANSPORTS
@pytest.mark.parametrize("wanted", ["publickey,password", "password,publickey"])
async def test_both_a_key_and_a_password(
    make_password_sshd, samples, watch, transport, wanted, keygen, short_folder
):
    key = keygen(short_folder / "key")
    server = make_password_sshd(
        *BY_PASSWORD, f"AuthenticationMethods {wanted}", f"AuthorizedKeysFile {key}.pub"
    )
    spec = by_password(server, transport=transport)
    spec = spec.model_copy(update={"identity": str(key)})
    watch(spec, credentials=Credentials({}, {"web1": PASSWORD}))
    sample = await samples.first(lambda s: True)
    if wanted == "publickey,password" or transport == "openssh":
        assert sample.ok, sample.detail
    else:
        assert "it took the password and asks for publickey besides" in sample.detail


@TRANSPORTS
async def test_a_passphrase_unlocks_the_key(sshd, samples, watch, transport, keygen):
    locked = keygen(sshd.folder / "locked key", passphrase=PASSWORD)
    shutil.copy(f"{locked}.pub", sshd.folder / "authorized_keys")
    spec = sshd.spec(identity=str(locked), transport=transport)
    watch(spec, credentials=Credentials({str(locked): PASSWORD}))
    assert (await samples.first(lambda s: True)).ok


@TRANSPORTS
async def test_a_passphrase_unlocks_the_key_of_a_jump_host(
    make_sshd, samples, watch, transport, keygen, configured, eventually
):
    jump, behind = make_sshd(), make_sshd()
    locked = keygen(jump.folder / "locked", passphrase=PASSWORD)
    shutil.copy(f"{locked}.pub", jump.folder / "authorized_keys")
    configured(
        f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n User {getpass.getuser()}\n"
        f" IdentityFile {locked}\n UserKnownHostsFile {jump.known_hosts}\n"
        f"Host web1\n HostName 127.0.0.1\n Port {behind.port}\n ProxyJump jump\n"
    )
    spec = behind.spec(ssh=f"{getpass.getuser()}@web1", transport=transport)
    task = watch(spec, credentials=Credentials({str(locked): PASSWORD}))
    sample = await samples.first(lambda s: True)
    assert sample.ok, sample.detail
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(eventually, lambda: not jump.processes(), 3)


def test_credentials_do_not_show_themselves():
    assert "x" not in repr(Credentials({"k": "x1"}, {"w": "x2"}))
