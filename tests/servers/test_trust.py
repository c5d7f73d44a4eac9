"""Accepting a host key: one line more, and every other byte as it was."""

from __future__ import annotations

import base64
import concurrent.futures
import multiprocessing
import re
import stat

import pytest

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.ssh.address import parse_address
from perfconsole.servers.ssh.host_trust import require_trust
from perfconsole.servers.ssh.hostconfig import host_config
from perfconsole.servers.ssh.known_hosts import HostKey, Standing, judge, read_known_hosts
from perfconsole.servers.ssh.trust import Next, TrustRefused, add_line, fetch_host_key, trust

KEY = HostKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43)
OTHER = HostKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAI" + "B" * 43)


def test_adds_one_line_and_changes_nothing_else(tmp_path):
    path = tmp_path / "known_hosts"
    before = b"# mine\r\n\x00\xff broken\n\n|1|x|y ssh-rsa AAAA\n@cert-authority * ssh-rsa A\nlast"
    path.write_bytes(before)
    path.chmod(0o644)
    assert add_line(path, "web1", KEY) is True
    added = f"\nweb1 {KEY.type} {KEY.base64}\n".encode()
    assert path.read_bytes() == before + added
    assert add_line(path, "web1", KEY) is False
    assert path.read_bytes() == before + added
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_makes_folder_and_file_for_the_owner_only(tmp_path):
    path = tmp_path / ".ssh" / "known_hosts"
    add_line(path, "[web1]:2222", KEY)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert judge(read_known_hosts([path]), "[web1]:2222", KEY).standing is Standing.TRUSTED


def test_another_key_of_that_host_is_never_replaced(tmp_path):
    path = tmp_path / "known_hosts"
    add_line(path, "web1", OTHER)
    before = path.read_bytes()
    with pytest.raises(TrustRefused, match=rf"{path}:1 says otherwise"):
        add_line(path, "web1", KEY)
    assert path.read_bytes() == before


def test_a_revoked_key_is_not_added(tmp_path):
    path = tmp_path / "known_hosts"
    path.write_text(f"@revoked * {KEY.type} {KEY.base64}\n")
    with pytest.raises(TrustRefused):
        add_line(path, "web1", KEY)


def test_what_is_no_file_is_not_written_to(tmp_path):
    with pytest.raises(TrustRefused, match="no file"):
        add_line(tmp_path, "web1", KEY)


def test_many_at_once_add_each_line_once(tmp_path):
    path = tmp_path / "known_hosts"
    path.write_bytes(b"no line end")
    names = [f"web{n % 5}" for n in range(40)]
    with concurrent.futures.ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        added = list(pool.map(add_line, [path] * 40, names, [KEY] * 40))
    assert sum(added) == 5
    lines = path.read_text().splitlines()
    assert lines[0] == "no line end"
    assert sorted(lines[1:]) == [f"web{n} {KEY.type} {KEY.base64}" for n in range(5)]


@pytest.mark.sshd
def test_a_real_key_is_shown_then_added(sshd):
    sshd.known_hosts.unlink()
    offer = trust(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts))
    assert offer.next is Next.ASK
    assert offer.said == f"127.0.0.1:{sshd.port} shows ssh-ed25519 {offer.key.fingerprint}"
    assert not sshd.known_hosts.exists()
    assert offer.accept() == f"added 127.0.0.1:{sshd.port} to {sshd.known_hosts}"
    assert sshd.known_hosts.read_text() == f"[127.0.0.1]:{sshd.port} {sshd.host_key}\n"
    again = trust(f"someone@127.0.0.1:{sshd.port}", str(sshd.known_hosts))
    assert again.next is Next.NOTHING
    assert "trusted already" in again.said
    assert "trusted already" in again.accept()
    assert sshd.logged("Accepted") == 0


@pytest.mark.sshd
def test_an_expected_fingerprint_needs_no_question(sshd):
    sshd.known_hosts.unlink()
    key = fetch_host_key(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts))
    offer = trust(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts), key.fingerprint)
    assert offer.next is Next.ADD
    with pytest.raises(TrustRefused, match="not SHA256:wrong; nothing was added"):
        trust(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts), "SHA256:wrong")


@pytest.mark.sshd
def test_a_changed_key_says_what_to_do(sshd):
    sshd.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {OTHER.type} {OTHER.base64}\n")
    before = sshd.known_hosts.read_bytes()
    with pytest.raises(TrustRefused, match="HAS CHANGED") as refused:
        trust(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts))
    assert f"remove line {sshd.known_hosts}:1 yourself" in str(refused.value)
    assert sshd.known_hosts.read_bytes() == before


@pytest.mark.sshd
def test_a_server_that_withholds_its_known_key_may_be_an_impostor(sshd):
    """Known keys are asked for first: one that shows another kind does not hold them."""
    blob = base64.b64encode(b"\0\0\0\7ssh-rsa" + bytes(64)).decode()
    sshd.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} ssh-rsa {blob}\n")
    offer = trust(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts))
    known = HostKey("ssh-rsa", blob).fingerprint
    beware = f"it does not show ssh-rsa {known} of {sshd.known_hosts}:1, it may be an impostor"
    assert offer.said.endswith(f"; {beware}")
    config = host_config(parse_address(sshd.where), known_hosts=str(sshd.known_hosts))
    with pytest.raises(ServerFault, match=f"unknown host key of .*; {re.escape(beware)}"):
        require_trust(config, read_known_hosts([sshd.known_hosts]), offer.key)


@pytest.mark.sshd
def test_a_revoked_key_is_not_offered(sshd):
    sshd.known_hosts.write_text(f"@revoked * {sshd.host_key}\n")
    with pytest.raises(TrustRefused, match=r"REVOKED HOST KEY of .* forbids SHA256:"):
        trust(f"127.0.0.1:{sshd.port}", str(sshd.known_hosts))


@pytest.mark.sshd
def test_a_configuration_without_known_hosts(sshd, configured):
    configured("Host *\n UserKnownHostsFile none\n GlobalKnownHostsFile none\n")
    with pytest.raises(TrustRefused, match="has no file of known hosts; name one with --known-h"):
        trust(f"127.0.0.1:{sshd.port}")


@pytest.mark.sshd
def test_through_a_jump_host(make_sshd, configured):
    jump, behind = make_sshd(), make_sshd()
    behind.known_hosts.unlink()
    configured(
        f"Host jump\n HostName 127.0.0.1\n Port {jump.port}\n IdentityFile {jump.identity}\n"
        f" UserKnownHostsFile {jump.known_hosts}\n"
        f"Host web1\n HostName 127.0.0.1\n Port {behind.port}\n ProxyJump jump\n"
    )
    trust("web1", str(behind.known_hosts)).accept()
    assert behind.known_hosts.read_text() == f"[127.0.0.1]:{behind.port} {behind.host_key}\n"


def test_a_link_to_a_file_stays_one(tmp_path):
    (tmp_path / "real").write_text("# mine\n")
    path = tmp_path / "known_hosts"
    path.symlink_to(tmp_path / "real")
    add_line(path, "web1", KEY)
    assert path.is_symlink()
    assert (tmp_path / "real").read_text() == f"# mine\nweb1 {KEY.type} {KEY.base64}\n"


def test_nobody_there(unused_tcp_port):
    with pytest.raises(ServerFault, match="refused the connection"):
        trust(f"127.0.0.1:{unused_tcp_port}")


def test_no_address():
    with pytest.raises(ValueError, match="is no server"):
        trust("web1 -oProxyCommand=x")
