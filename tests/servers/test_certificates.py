"""Certificates of hosts and of users: OpenSSH knows what to do with them."""

from __future__ import annotations

import subprocess

import pytest

pytestmark = pytest.mark.sshd


@pytest.fixture
def authority(keygen, tmp_path):
    return keygen(tmp_path / "authority")


def sign(authority, key, *options):
    command = ["ssh-keygen", "-q", "-s", authority, "-I", "test", *options, f"{key}.pub"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def certified(make_sshd, authority, tmp_path):
    """An sshd that shows a certificate; only its authority is known, and a comment."""
    server = make_sshd(f"HostCertificate {tmp_path}/sshd0/host-cert.pub")
    sign(authority, server.folder / "host", "-h", "-n", "127.0.0.1")
    public = authority.with_suffix(".pub").read_text()
    server.known_hosts.write_text(f"# ours\n@cert-authority [127.0.0.1]:* {public}")
    server.stop()
    server.start()
    return server


async def test_a_host_certificate_is_verified_by_openssh(certified, samples, watch):
    watch(certified.spec(transport="openssh"))
    assert (await samples.first(lambda s: True)).ok


async def test_a_host_certificate_of_another_authority(certified, samples, watch, keygen, tmp_path):
    other = keygen(tmp_path / "other").with_suffix(".pub").read_text()
    certified.known_hosts.write_text(f"@cert-authority * {other}")
    watch(certified.spec(transport="openssh"))
    said = (await samples.first(lambda s: not s.ok)).detail
    assert said.startswith(f"unknown host key of 127.0.0.1:{certified.port}: ssh-ed25519 SHA256:")


async def test_paramiko_says_who_can_verify_it(certified, samples, watch):
    watch(certified.spec())
    said = (await samples.first(lambda s: not s.ok)).detail
    assert said.startswith(f"unknown host key of 127.0.0.1:{certified.port}: ssh-ed25519 SHA256:")
    assert said.endswith(
        f'; {certified.known_hosts}:2 trusts certificates of an authority, which only "transport: '
        'openssh" can verify'
    )


@pytest.mark.parametrize("transport", ["openssh", "paramiko"])
async def test_a_certificate_of_the_user_logs_in(
    make_sshd, authority, samples, watch, keygen, transport
):
    server = make_sshd(f"TrustedUserCAKeys {authority}.pub")
    key = keygen(server.folder / "mine")
    sign(authority, key, "-n", server.where.split("@")[0])
    watch(server.spec(identity=str(key), transport=transport))
    sample = await samples.first(lambda s: True)
    assert sample.ok, sample.detail
