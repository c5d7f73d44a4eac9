"""Accepting a server's host key: show it, and add one line to known_hosts, changing no other."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from perfconsole.servers.lifeline import Lifeline
from perfconsole.servers.ssh.address import parse_address
from perfconsole.servers.ssh.host_trust import why_not_trusted, withheld
from perfconsole.servers.ssh.hostconfig import HostConfig, host_config
from perfconsole.servers.ssh.known_hosts import (
    Finding,
    HostKey,
    Standing,
    judge,
    parse_known_hosts,
    read_known_hosts,
)
from perfconsole.servers.ssh.ssh_link import host_key_of, negotiated
from perfconsole.texts import say


class TrustRefused(Exception):
    """The key may not be added; the message says why and what to do."""


class Next(Enum):
    """What remains to be done with an offered key."""

    ASK = "ask"
    """A person compares the fingerprint and says yes."""
    ADD = "add"
    """The fingerprint is the one that was expected."""
    NOTHING = "nothing"
    """It is trusted already."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A server's key, not trusted by this alone."""

    where: str
    """Host and port that were asked."""
    name: str
    """What the host is called in known_hosts."""
    key: HostKey
    path: Path
    """The known_hosts file that the line goes to."""
    next: Next
    said: str
    """What to show before asking; with `NOTHING`, the whole answer."""

    def accept(self) -> str:
        """Add the line; what was done. Raises TrustRefused, OSError."""
        if not add_line(self.path, self.name, self.key):
            return say("{where} is trusted already, in {path}", where=self.where, path=self.path)
        return say("added {where} to {path}", where=self.where, path=self.path)


def fetch_host_key(where: str, known_hosts: str | None = None) -> HostKey:
    """The key that ``HOST[:PORT]`` holds now. Blocks. Raises ValueError, ServerFault."""
    return _fetch(_config(where, known_hosts))


def trust(
    where: str, known_hosts: str | None = None, expected_fingerprint: str | None = None
) -> Offer:
    """Ask a host for its key and compare it with what is known.

    Blocks. Raises ValueError (no such address), ServerFault (no answer), and TrustRefused when
    another key is known, the key is revoked, or it is not the expected one.
    """
    config = _config(where, known_hosts)
    key = _fetch(config)
    finding = judge(read_known_hosts(config.known_hosts), config.name, key)
    if finding.standing in (Standing.CHANGED, Standing.REVOKED):
        raise TrustRefused(why_not_trusted(config, finding, key))
    if expected_fingerprint and expected_fingerprint.removeprefix("SHA256:").rstrip(
        "="
    ) != key.fingerprint.removeprefix("SHA256:"):
        raise TrustRefused(
            say(
                "{where} shows {type} {fingerprint}, not {expected}; nothing was added",
                where=config.where, type=key.type, fingerprint=key.fingerprint,
                expected=expected_fingerprint,
            )
        )  # fmt: skip
    return _offer(config, key, finding, bool(expected_fingerprint))


def _offer(config: HostConfig, key: HostKey, finding: Finding, expected: bool) -> Offer:
    if not config.known_hosts:
        raise TrustRefused(
            say("your ssh configuration has no file of known hosts; name one with --known-hosts")
        )
    path = config.known_hosts[0]
    said = say(
        "{where} shows {type} {fingerprint}", where=config.where, type=key.type,
        fingerprint=key.fingerprint,
    )  # fmt: skip
    todo = Next.ADD if expected else Next.ASK
    if finding.other is not None:
        said += "; " + withheld(finding.other)
    if finding.standing is Standing.TRUSTED:
        said, todo = said + "; " + say("it is trusted already"), Next.NOTHING
    return Offer(config.where, config.name, key, path, todo, said)


def _config(where: str, known_hosts: str | None) -> HostConfig:
    return host_config(parse_address(where), known_hosts=known_hosts)


def _fetch(config: HostConfig) -> HostKey:
    lines = read_known_hosts(config.known_hosts)
    with negotiated(config, Lifeline(), lines) as transport:
        return host_key_of(transport)


def add_line(path: Path, name: str, key: HostKey) -> bool:
    """Append the line that trusts `key` for `name`; False when it is there already.

    Under a lock on the file, so that two at once add one line. What is in the file stays as it is,
    byte for byte. Raises TrustRefused when another key of that type is known or this one is
    revoked, and OSError.
    """
    if path.exists() and not path.is_file():
        raise TrustRefused(say("{path} is no file that a key can be kept in", path=path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read() or b""
        finding = judge(parse_known_hosts(path, content), name, key)
        if finding.standing is Standing.TRUSTED:
            return False
        if finding.line is not None:
            raise TrustRefused(
                say("{place} says otherwise; remove that line first", place=finding.line.place)
            )
        line = f"{name} {key.type} {key.base64}\n".encode()
        file.write(line if content.endswith(b"\n") or not content else b"\n" + line)
        os.fsync(file.fileno())
    return True
