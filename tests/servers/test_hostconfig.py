"""Addresses as people write them, and what the ssh configuration makes of them."""

from __future__ import annotations

import getpass
import shlex
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.server_spec import ServerSpec
from perfconsole.scenario.server_place import describe
from perfconsole.servers.backoff import Backoff
from perfconsole.servers.faults import ServerFault
from perfconsole.servers.ssh.address import Address, parse_address
from perfconsole.servers.ssh.hostconfig import host_config

USER = getpass.getuser()
needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh here")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("web1", Address("web1")),
        ("web1:2222", Address("web1", None, 2222)),
        ("deploy@web1.example.com", Address("web1.example.com", "deploy")),
        ("deploy@10.0.0.1:22", Address("10.0.0.1", "deploy", 22)),
        ("[::1]:2222", Address("::1", None, 2222)),
        ("root@[fe80::1%eth0]", Address("fe80::1%eth0", "root")),
        ("::1", Address("::1")),
        ("me@corp.com@web1", Address("web1", "me@corp.com")),
    ],
)
def test_addresses(text, address):
    assert parse_address(text) == address
    assert parse_address(address.place).host == address.host


@pytest.mark.parametrize(
    "text",
    ["", "@web1", "-oProxyCommand=id", "a b", "web1:", "web1:0", "web1:65536", "web1:ssh", "[::1",
     "web1;id", "$(id)@web1", "-l@web1", "we\nb1", "web1,web2", "web1:22:x y"],
)  # fmt: skip
def test_what_is_no_address(text):
    with pytest.raises(ValueError, match=r"is no (server|port)"):
        parse_address(text)


@given(st.text())
def test_an_address_never_holds_what_a_shell_or_a_file_could_take_amiss(text):
    try:
        address = parse_address(text)
    except ValueError:
        return
    for part in (address.host, address.user or ""):
        assert not set(part) & set(" \t\n\r\"'`$;&|<>(){}*?!#,~[]")
        assert not part.startswith("-")


def test_described_as_written():
    assert describe(ServerSpec(ssh="deploy@web1:22")) == "deploy@web1:22"
    assert describe(ServerSpec(local=True)) == "this machine"


CONFIG = """
Host web1
  HostName 192.0.2.7
  Port 2200
  User deploy
  IdentityFile ~/.ssh/web_key
  IdentitiesOnly yes
  UserKnownHostsFile /tmp/a /tmp/b
  GlobalKnownHostsFile /dev/null
Host aliased
  HostName 192.0.2.8
  HostKeyAlias Pool
Host proxied
  ProxyCommand nc -x %h:%p %r %%n
Host jumped
  ProxyJump first,ops@bastion:2022
Host noagent
  IdentityAgent none
"""


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / "config"
    path.write_text(CONFIG)
    return path


@needs_ssh
def test_an_alias(config_file):
    config = host_config(parse_address("web1"), config_file=config_file, environ_agent="/run/a")
    assert config.login == "deploy@192.0.2.7:2200"
    assert config.name == "[192.0.2.7]:2200"
    assert config.known_hosts == (Path("/tmp/a"), Path("/tmp/b"), Path("/dev/null"))
    assert config.identity_files == (Path("~/.ssh/web_key").expanduser(),)
    assert config.only_identities
    assert config.agent == Path("/run/a")
    assert config.trust_command == "perfconsole hosts trust web1"


@needs_ssh
def test_what_the_scenario_says_wins(config_file):
    config = host_config(
        parse_address("root@web1:23"), "~/k", "/tmp/own kh", config_file=config_file
    )
    assert config.login == "root@192.0.2.7:23"
    assert config.identity == Path("~/k").expanduser()
    assert config.known_hosts == (Path("/tmp/own kh"),)
    assert config.trust_command == "perfconsole hosts trust web1:23 --known-hosts '/tmp/own kh'"


@needs_ssh
def test_the_alias_of_a_key(config_file):
    assert host_config(parse_address("aliased"), config_file=config_file).name == "pool"


@needs_ssh
def test_proxies(config_file):
    proxied = host_config(parse_address("me@proxied:24"), config_file=config_file)
    assert proxied.proxy_of() == ("/bin/sh", "-c", "exec nc -x proxied:24 me %n")
    jumped = host_config(parse_address("jumped"), config_file=config_file)
    hop = jumped.proxy_of()
    assert hop[-7:] == ("[jumped]:22", "-l", "ops", "-p", "2022", "--", "bastion")
    assert hop[-8] == "-W"
    before = next(word for word in hop if word.startswith("ProxyCommand="))
    assert before.endswith("-W '[bastion]:2022' -l me -p 22 -- first".replace("me", USER))
    for words in (hop, shlex.split(before)):
        assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ControlMaster=no"} <= set(words)
    assert host_config(parse_address("web1"), config_file=config_file).proxy_of() == ()


@needs_ssh
def test_jump_hosts_in_a_circle(tmp_path):
    (tmp_path / "config").write_text("Host a\n ProxyJump b\nHost b\n ProxyJump a\n")
    with pytest.raises(ServerFault, match=r"ProxyJump: over 8 hosts, or in a circle"):
        host_config(parse_address("a"), config_file=tmp_path / "config")


@needs_ssh
def test_no_agent_when_told_so(config_file):
    config = host_config(parse_address("noagent"), config_file=config_file, environ_agent="/run/a")
    assert config.agent is None


@needs_ssh
def test_a_broken_configuration_is_one_line(tmp_path):
    (tmp_path / "config").write_text("Nonsense here\n")
    with pytest.raises(ServerFault, match=r"^ssh -G web1 failed: .*config.*$"):
        host_config(parse_address("web1"), config_file=tmp_path / "config")


def test_without_ssh_the_file_is_read(tmp_path, monkeypatch):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text(CONFIG)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    config = host_config(parse_address("web1"))
    assert config.login == "deploy@192.0.2.7:2200"
    assert config.identity_files == (tmp_path / ".ssh" / "web_key",)
    plain = host_config(parse_address("me@other"))
    assert plain.login == "me@other:22"
    assert plain.known_hosts[0] == tmp_path / ".ssh" / "known_hosts"


def test_backoff_grows_to_a_minute_and_starts_again():
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(20)]
    assert all(1.0 <= wait <= 60.0 for wait in waits)
    assert all(wait >= 30.0 for wait in waits[7:])
    backoff.reset()
    assert 1.0 <= backoff.next_s() <= 2.0
    assert len({Backoff().next_s() for _ in range(50)}) > 40, "not all of them come back at once"
