"""A pinned host key: that one and no other, whatever known_hosts says."""

from __future__ import annotations

import pytest

from perfconsole.servers.ssh.known_hosts import HostKey

pytestmark = pytest.mark.sshd
OTHER = "SHA256:uNiVztksCsDhcc0u9e8BrXgN5Hyl3LmO1yVGkqT1nEw"
TRANSPORTS = pytest.mark.parametrize("transport", ["paramiko", "openssh"])


def pin_of(server):
    return HostKey(*server.host_key.split()).fingerprint


@TRANSPORTS
async def test_the_pinned_key_needs_no_known_hosts(sshd, samples, watch, transport):
    sshd.known_hosts.unlink()
    watch(sshd.spec(pin=pin_of(sshd), transport=transport))
    assert (await samples.first(lambda s: True)).ok
    assert not sshd.known_hosts.exists()


@TRANSPORTS
async def test_a_known_key_that_is_not_the_pinned_one(sshd, samples, watch, transport):
    watch(sshd.spec(pin=OTHER, transport=transport))
    said = (await samples.first(lambda s: not s.ok)).detail
    assert said == (
        f"HOST KEY OF 127.0.0.1:{sshd.port} IS NOT THE PINNED ONE, it may be an impostor: it "
        f"shows ssh-ed25519 {pin_of(sshd)}, the pin is {OTHER}; refused"
    )
    await samples.first(lambda s: not s.ok, after=4)
    assert sshd.logged("Accepted") == 0
    assert sshd.logged("Connection from") + sshd.logged("Connection closed by 127") <= 2


@TRANSPORTS
async def test_a_revoked_key_is_refused_though_it_is_pinned(sshd, samples, watch, transport):
    sshd.known_hosts.write_text(f"@revoked * {sshd.host_key}\n")
    watch(sshd.spec(pin=pin_of(sshd), transport=transport))
    assert (await samples.first(lambda s: not s.ok)).detail.startswith("REVOKED HOST KEY of ")
    assert sshd.logged("Accepted") == 0


@TRANSPORTS
async def test_a_changed_line_of_known_hosts_does_not_matter(sshd, samples, watch, transport):
    other = (sshd.folder / "login.pub").read_text()
    sshd.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {other}")
    watch(sshd.spec(pin=pin_of(sshd), transport=transport))
    assert (await samples.first(lambda s: True)).ok


async def test_nothing_of_the_configuration_vouches_for_another(
    sshd, samples, watch, configured, tmp_path
):
    vouch = tmp_path / "vouch"
    vouch.write_text('#!/bin/sh\necho "$1 $2 $3"\n')
    vouch.chmod(0o755)
    configured(
        f"Host *\n KnownHostsCommand {vouch} %H %t %K\n NoHostAuthenticationForLocalhost yes\n"
        " StrictHostKeyChecking no\n"
    )
    watch(sshd.spec(pin=pin_of(sshd), transport="openssh"), "right")
    watch(sshd.spec(pin=OTHER, transport="openssh"), "wrong")
    assert (await samples.first(lambda s: s.server == "right")).ok
    wrong = await samples.first(lambda s: s.server == "wrong" and "connecting" not in s.detail)
    assert "IS NOT THE PINNED ONE" in wrong.detail
