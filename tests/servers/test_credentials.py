"""Passwords and passphrases that were asked for before: used, once, and never shown."""

from __future__ import annotations

import asyncio
import getpass
import shutil

import pytest

from perfconsole.model.credentials import Credentials

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
