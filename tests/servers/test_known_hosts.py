"""known_hosts as people have it: what each line means, and that none can do harm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.servers.faults import ServerFault
from perfconsole.servers.ssh.known_hosts import (
    HostKey,
    Standing,
    judge,
    known_types,
    lookup_name,
    parse_known_hosts,
    read_known_hosts,
)

HERE = Path("known_hosts")


def a_key(kind="ssh-ed25519", body=b"x" * 32):
    blob = len(kind).to_bytes(4, "big") + kind.encode() + len(body).to_bytes(4, "big") + body
    return HostKey(kind, base64.b64encode(blob).decode())


OURS = a_key()
OTHER = a_key(body=b"y" * 32)
RSA = a_key("ssh-rsa", b"z" * 200)


def line(hosts, key, marker=""):
    return f"{marker} {hosts} {key.type} {key.base64} comment here".strip()


def hashed(name):
    salt = b"salt" * 5
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return "|1|" + base64.b64encode(salt).decode() + "|" + base64.b64encode(digest).decode()


def standing(text, name="web1", key=OURS):
    return judge(parse_known_hosts(HERE, text.encode()), name, key).standing


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        ("web1", "web1"),
        ("WEB1", "web1"),
        ("db1,web1,10.0.0.1", "web1"),
        ("web?", "web1"),
        ("*", "web1"),
        ("*.example.com,!bad.example.com", "web1.example.com"),
        ("[web1]:2222", "[web1]:2222"),
        ("[*]:2222", "[web1]:2222"),
        (hashed("web1"), "web1"),
        (hashed("[web1]:2222"), "[web1]:2222"),
    ],
)
def test_lines_that_name_the_host(hosts, name):
    assert standing(line(hosts, OURS), name) is Standing.TRUSTED
    assert standing(line(hosts, OTHER), name) is Standing.CHANGED
    assert standing(line(hosts, RSA), name) is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        ("web2", "web1"),
        ("web1", "[web1]:2222"),
        ("[web1]:2222", "web1"),
        ("[web1]:2222", "w:2222"),
        ("*,!web1", "web1"),
        (hashed("web2"), "web1"),
        ("|1|!!!|???", "web1"),
        ("|2|" + hashed("web1")[3:], "web1"),
        ("|1|a", "web1"),
    ],
)
def test_lines_of_others(hosts, name):
    assert standing(line(hosts, OURS), name) is Standing.UNKNOWN


def test_one_of_several_keys_is_enough():
    assert standing(f"{line('web1', OTHER)}\n{line('web1', OURS)}") is Standing.TRUSTED


def test_revoked_wins():
    text = f"{line('web1', OURS)}\n{line('*', OURS, '@revoked')}"
    finding = judge(parse_known_hosts(HERE, text.encode()), "web1", OURS)
    assert finding.standing is Standing.REVOKED
    assert finding.line is not None
    assert finding.line.place == "known_hosts:2"


def test_an_authority_vouches_for_no_plain_key():
    assert standing(line("*", OURS, "@cert-authority")) is Standing.UNKNOWN
    assert standing(line("*", OTHER, "@cert-authority")) is Standing.UNKNOWN
    text = f"{line('db1', OTHER, '@cert-authority')}\n{line('web?', OTHER, '@cert-authority')}"
    finding = judge(parse_known_hosts(HERE, text.encode()), "web1", OURS)
    assert finding.line is None
    assert finding.authority is not None
    assert finding.authority.place == "known_hosts:2"
    also = judge(parse_known_hosts(HERE, f"{text}\n{line('web1', OURS)}".encode()), "web1", OURS)
    assert also.standing is Standing.TRUSTED


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "#",
        "# web1 ssh-ed25519 AAAA",
        "web1",
        "web1 ssh-ed25519",
        "web1 ssh-ed25519 !!!!",
        "web1 ssh-ed25519 AAAA",
        f"web1 ssh-rsa {OTHER.base64}",
        "@revoked",
        "@wrong " + line("web1", OTHER),
        "\x00\x01\x02",
        "web1 1024 35 1234567890",
    ],
)
def test_broken_lines_neither_trust_nor_stop_the_rest(broken):
    assert standing(broken) is Standing.UNKNOWN
    assert standing(f"{broken}\n{line('web1', OURS)}\r\n{broken}") is Standing.TRUSTED


@given(st.binary())
def test_any_bytes_are_read_and_trust_nothing(data):
    lines = parse_known_hosts(HERE, data)
    assert judge(lines, "web1", OURS).standing is Standing.UNKNOWN
    good = line("web1", OURS).encode()
    after = parse_known_hosts(HERE, data + b"\n" + good)
    assert judge(after, "web1", OURS).standing is Standing.TRUSTED


def test_known_types_are_asked_first():
    lines = parse_known_hosts(HERE, f"{line('web1', RSA)}\n{line('db1', OURS)}".encode())
    assert known_types(lines, "web1") == ["ssh-rsa"]


def test_names_by_port():
    assert lookup_name("Web1", 22) == "web1"
    assert lookup_name("::1", 2222) == "[::1]:2222"


def test_files_that_are_not_there(tmp_path):
    assert read_known_hosts([tmp_path / "no", tmp_path / "no" / "such"]) == []


def test_a_folder_in_its_place_is_a_fault(tmp_path):
    with pytest.raises(ServerFault, match="cannot read"):
        read_known_hosts([tmp_path])


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_as_ssh_keygen_hashes_and_prints_it(tmp_path):
    path = tmp_path / "known_hosts"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True
    )
    kind, blob = (tmp_path / "k.pub").read_text().split()[:2]
    path.write_text(f"web1 {kind} {blob}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    assert "web1" not in path.read_text()
    key = HostKey(kind, blob)
    assert judge(read_known_hosts([path]), "web1", key).standing is Standing.TRUSTED
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "k.pub"], check=True, capture_output=True, text=True
    )
    assert key.fingerprint in said.stdout
